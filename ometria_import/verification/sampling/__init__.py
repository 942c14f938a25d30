"""Which records are read where not all are, and what can be said of the others afterwards."""
