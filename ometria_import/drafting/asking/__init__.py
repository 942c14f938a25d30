"""What a table leaves open: questions with their evidence, and what an answer changes."""
