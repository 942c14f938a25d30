"""What each source is and how it is read, decided before any of it is prepared."""
