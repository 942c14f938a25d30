"""JSON objects as field columns."""
