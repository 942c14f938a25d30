"""What stands in a shop's page: its scripts, the tracker's tags, and the calls to it."""
