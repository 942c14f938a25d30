"""Late errors: what the API reports about records after it has accepted them."""
