"""Removing people who asked to be forgotten from a home, and leaving them out of what is sent."""
