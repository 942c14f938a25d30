"""Telephone numbers that are nobody's, for a few people, who keep theirs.

There are only 1,000 numbers for fiction, and Ometria may merge people by their phone: no number is
ever given to two of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import UsageError
from ometria_import.on_disk import is_there

_FIRST = 447_700_900_000
_NUMBERS = 1_000
"""Source: Ofcom, numbers for drama use: +44 7700 900000 to 900999."""


class SamplePhones:
    """Who has which number; kept in a file with keyed hashes of the real ones."""

    def __init__(self, path: Path) -> None:
        """Read who has a number already.

        Raises:
            UsageError: the file is damaged.
        """
        self._path = path
        self._given: dict[str, int] = {}
        with storage_errors(path):
            if not is_there(path):
                return
            text = path.read_text("utf-8", "replace")
        try:
            self._given = {str(name): int(number) for name, number in json.loads(text).items()}
        except (ValueError, AttributeError, TypeError):
            raise UsageError(
                f"{path} is damaged: it says who has which sample phone",
                hint="Restore it from a backup. Or remove it, have staging emptied, and push "
                "again: people may then get other numbers.",
            ) from None

    def number_for(self, person: str) -> str | None:
        """The number of somebody; None for those who come when all are given away."""
        if person not in self._given:
            if len(self._given) >= _NUMBERS:
                return None
            self._given[person] = len(self._given)
        return f"+{_FIRST + self._given[person]}"

    def save(self) -> None:
        """Keep who has which number; durable when it returns."""
        unfinished = self._path.with_suffix(".unfinished")
        with storage_errors(self._path), private_file(unfinished).open("w") as file:
            file.write(json.dumps(self._given))
            file.flush()
            os.fsync(file.fileno())
            unfinished.replace(self._path)
