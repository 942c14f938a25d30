"""What a file is, told by its columns or keys without guessing."""
