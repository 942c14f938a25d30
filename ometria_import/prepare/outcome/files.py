"""The files about rows and records that were not accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from ometria_import.config.storage import private_file
from ometria_import.prepare.outcome.rejects import RejectFiles
from ometria_import.prepare.outcome.sorted_log import SortedLog


class OutcomeFiles:
    """`problems.csv` and the reject files of one run; a context manager."""

    def __init__(self, folder: Path, *, is_masked: bool = False) -> None:
        """Begin the files.

        Args:
            folder: Takes them; its name is the run's id.
            is_masked: Whether no value of a shopper may be repeated in them.
        """
        self._folder = folder
        self._is_masked = is_masked
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.problems.close()
        self.rejects.close()

    def name_rows(self, labels: Mapping[str, Callable[[int], str]]) -> None:
        """Set how row numbers are shown, by source, in everything that is written from now on."""
        self.problems.labels = self.rejects.labels = labels

    def start_over(self) -> None:
        """Remove all that was written."""
        labels = self.problems.labels
        self.problems.discard()
        self.rejects.remove()
        self._open()
        self.name_rows(labels)

    def _open(self) -> None:
        path = private_file(self._folder / "problems.csv")
        self.problems = SortedLog(path, is_masked=self._is_masked)
        rejects = self._folder / "rejects"
        self.rejects = RejectFiles(rejects, self._folder.name, is_masked=self._is_masked)
