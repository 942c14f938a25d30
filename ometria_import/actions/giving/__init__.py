"""What actions do about the records of what each account was given."""
