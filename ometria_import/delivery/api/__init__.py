"""HTTP requests to an account, and the meaning of their answers."""
