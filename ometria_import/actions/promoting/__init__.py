"""What `promote` does before and after it sends: the gate, and the statement."""
