"""JSON arrays and NDJSON: elements one at a time."""
