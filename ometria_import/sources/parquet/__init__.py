"""Parquet files: as rows of text, or as objects where they are nested."""
