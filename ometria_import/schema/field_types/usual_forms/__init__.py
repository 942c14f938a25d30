"""Usual forms of values, of which a whole column is read at once without parsing each."""
