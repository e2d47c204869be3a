"""Parallel corpora that the workflow writes itself, whose true translation distribution is known."""
