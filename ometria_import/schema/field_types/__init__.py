"""The kinds of value: one plain function and one pattern each."""
