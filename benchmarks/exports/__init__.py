"""Exports of shops, made as large as a case needs."""
