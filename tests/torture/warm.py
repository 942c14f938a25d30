"""Imports all that a command may need, once, under a clock that can be warped.

The fork server imports this module before anything else, and forks from it.
"""

from __future__ import annotations

from tests.starting.importing import import_program
from tests.torture import warped_time

warped_time.install()
import_program()
