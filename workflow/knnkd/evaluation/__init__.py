"""Scores, significance, and the distance of a model to the true distribution."""
