"""What could be typed next, for shells: as fast as a key is pressed.

The shells' scripts are Typer's own (`--install-completion`). Typer would answer them by importing
the command with all that it uses, which takes most of a second; so commands and flags come from a
table that is made of them, and only runs and accounts are looked up.
"""

from ometria_import.cli.completing.shells import VARIABLE, complete

__all__ = ["VARIABLE", "complete"]
