"""The runs of a home: listing them, their history, and cleaning up after them."""
