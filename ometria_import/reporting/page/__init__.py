"""The page: HTML made from the numbers of a report and from nothing else."""
