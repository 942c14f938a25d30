"""What waits on disk until its turn comes, in flat memory whatever its size."""
