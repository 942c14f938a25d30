"""The texts of one column, from what the file says to the normal form of its field."""
