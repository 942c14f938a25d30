"""Files in the forms that people really have, each beside one that says the same plainly."""
