"""The exact search of a datastore in itself, in advance: the nearest k rows of every row."""
