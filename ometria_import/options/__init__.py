"""What a user can choose from: closed sets, the options of reading, and the nearest known name."""
