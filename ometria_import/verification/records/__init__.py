"""The records of one verification: which are read, what came of each, and the files about them."""
