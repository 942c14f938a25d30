"""Grouping the rows of a table into records."""
