"""Speaking HTTP to an account: one request, and what its answer means."""
