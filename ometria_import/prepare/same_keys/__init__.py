"""Several records with one key: which of them hold, and what they are merged into."""
