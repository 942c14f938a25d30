"""Which column of a source feeds which field."""
