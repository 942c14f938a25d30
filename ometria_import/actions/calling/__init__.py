"""For whom an action is done: what it is told of a run and of what happens, and in which words."""
