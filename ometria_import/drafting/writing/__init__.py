"""Drafts as mapping files."""
