"""The report of an experiment and the page of the benchmarks."""
