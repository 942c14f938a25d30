"""Drafting mappings for files that no preset knows."""
