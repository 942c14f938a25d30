"""The last words of a run that may not be the last of its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ometria_import.cli.showing.screen import Screen


class DeferredScreen(Screen):
    """Shows what another screen shows, but for the last words, which wait for `release`.

    Those are the JSON object, and the one line that `--quiet` shows.
    """

    def __init__(self, screen: Screen) -> None:
        super().__init__(is_json=screen.is_json, is_quiet=screen.is_quiet, lines=screen.lines)
        self._screen = screen
        self._waiting: Mapping[str, Any] = {}
        self._line = ""

    def result(self, values: Mapping[str, Any]) -> None:
        """Keep the object."""
        self._waiting = values

    def sum_up(self, text: str) -> None:
        """Keep the line."""
        self._line = self._line or text

    def release(self, more: Mapping[str, Any] | None = None) -> None:
        """Print the object, with more of it, and the line after all."""
        if self._line:
            self._screen.sum_up(self._line)
        self._screen.result({**self._waiting, **(more or {})})
