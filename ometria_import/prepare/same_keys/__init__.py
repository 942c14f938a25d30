"""Records that share a key: which of them are sent, and how they are merged."""
