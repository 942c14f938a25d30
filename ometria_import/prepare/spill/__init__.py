"""Keeping data on disk until it is needed, with constant memory whatever its size."""
