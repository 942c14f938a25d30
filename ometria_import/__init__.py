"""Bulk importer of products, contacts, orders and events into the Ometria push API."""

__version__ = "0.1.0"
