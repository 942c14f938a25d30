"""What the user says: arguments, flags and answers, checked before anything is done."""
