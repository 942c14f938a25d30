"""Items of records: in columns, in cells, and in files of their own."""
