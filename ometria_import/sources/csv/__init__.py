"""CSV files: dialect, rows and cells."""
