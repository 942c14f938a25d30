"""What tables are: their records, their lines, their consent, and what they share."""
