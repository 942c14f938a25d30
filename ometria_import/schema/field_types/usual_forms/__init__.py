"""Usual forms of values, in which a whole column is taken without parsing each of them."""
