"""The shapes of the lines: one class for each word that an event has, named after it.

What is written is made of them, and so is the published JSON Schema: their comments are its
descriptions.
"""
