"""From sources to a package: map, normalise, assemble, pack."""
