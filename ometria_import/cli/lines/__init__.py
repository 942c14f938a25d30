"""What `--json-lines` prints: every event as it happens, and at the end how the command ended."""
