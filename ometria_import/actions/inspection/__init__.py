"""What a file is, how well its mapping covers it, and which mappings there are."""
