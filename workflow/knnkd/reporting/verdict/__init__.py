"""Which claims of the paper are reproduced."""
