"""`python -m ometria_import`."""

from ometria_import.cli.main import main

main()
