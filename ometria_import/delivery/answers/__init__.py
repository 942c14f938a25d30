"""What the API says of records after it has accepted them."""
