"""From field columns to encoded records, with every problem of every record."""
