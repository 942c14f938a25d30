"""When a batch is sent, how fast, and how often it is tried again."""
