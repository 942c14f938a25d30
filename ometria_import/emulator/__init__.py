"""The push API on this machine: an independent reading of its documentation."""
