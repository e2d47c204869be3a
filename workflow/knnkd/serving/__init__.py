"""Models for use outside the workflow: export, and translation of raw text."""
