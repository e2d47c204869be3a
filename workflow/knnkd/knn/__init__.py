"""Datastores, indexes over them, and what neighbours are turned into."""
