"""What commands do, for notebooks and scheduled tasks: `from ometria_import import push`."""
