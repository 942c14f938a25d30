"""`python -m ometria_import`."""

from ometria_import.cli.entry import run

if __name__ == "__main__":
    run()
