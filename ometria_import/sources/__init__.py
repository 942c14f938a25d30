"""Reading export files: what a file is, and its rows as text cells with their origin."""
