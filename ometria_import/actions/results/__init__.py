"""What became of every row of a run's sources, as a file to hand over."""
