"""Setting up a project: what the files of a folder are, what they leave open, and what to write."""
