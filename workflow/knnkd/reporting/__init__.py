"""Tables, figures, the verdict and the pages: what readers see."""
