"""The caller of an action: how it is told about runs and events, and in which words."""
