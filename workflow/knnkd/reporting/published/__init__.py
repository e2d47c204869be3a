"""The results in docs/results, and the page made of them."""
