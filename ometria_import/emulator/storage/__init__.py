"""What was stored, and how it is read back."""
