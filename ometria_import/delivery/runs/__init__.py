"""The runs of a home: which there are, what they left behind, and what follows from it."""
