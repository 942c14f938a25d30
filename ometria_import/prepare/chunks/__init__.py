"""One chunk of a source on its way from rows to records, whatever its format."""
