"""How good drafts are: tables of many systems, invented, with the right mapping of each column."""
