"""What the user sees: the terminal, progress, and summaries."""
