"""Removing people from a home who asked to be forgotten, and leaving them out of what is sent."""
