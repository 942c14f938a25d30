"""The mapping file: read, checked, and bound to the header of a source."""
