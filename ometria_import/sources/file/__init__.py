"""The bytes of a file: opened, decompressed, decoded."""
