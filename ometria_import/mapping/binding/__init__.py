"""A mapping file meets the header of a source: from its sources to the cells of fields."""
