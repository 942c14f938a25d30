"""What became of every row: reject files, problems, and the totals."""
