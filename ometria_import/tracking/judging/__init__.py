"""What is right and wrong with the tracker on a page."""
