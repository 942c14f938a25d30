"""What keeps an emulator from doing what it is told."""

from __future__ import annotations


class EmulatorError(Exception):
    """The emulator cannot start: a setting, its address or its database is in the way."""
