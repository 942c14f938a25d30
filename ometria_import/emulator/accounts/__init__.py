"""What an account allows, counts and accepts."""
