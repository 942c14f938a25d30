"""How fast and how small `ometria-import` is, measured beside a row-by-row program."""
