"""What columns say: the meanings of their names, and what their values do not deny."""
