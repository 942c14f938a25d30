"""Where the numbers of a report come from: one module for each of its sections."""
