"""What `make docs` makes: the pages that come from the code, the pictures, and the site."""
