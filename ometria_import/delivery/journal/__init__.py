"""The journal of a run: the outcome of every batch, safe against power cuts."""
