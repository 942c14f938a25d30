"""What a push is checked for: before it is answered, and record by record afterwards."""
