"""What sources of a mapping file are made of, and the tables and rates that they name."""
