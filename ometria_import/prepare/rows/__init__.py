"""Which rows of a table belong together, and which of them make one record."""
