"""The journal of a run: what became of every batch, safe against a power cut."""
