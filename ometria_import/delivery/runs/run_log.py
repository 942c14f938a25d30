"""The run's log: events of its deliveries as one JSON object per line, no personal data."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, TextIO

from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery.events import Event, RunEnded, RunStarted

MAX_BYTES = 4_000_000
"""The maximum size of the log before it is renamed to `run.log.1`."""
OLD_LOGS = 3
"""`run.log.1` is the newest of them; what is older still goes."""
_ANSWER = re.compile(r"(answered [0-9]{3}[^:]*): .*", re.DOTALL)
"""The words of an answer, behind its status: they can repeat what was sent."""


class RunLog:
    """Appends events to `run.log`; a context manager that closes it."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, event: Event) -> None:
        """Write one event.

        Raises:
            TemporaryFailureError: the disk has no room.
        """
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with storage_errors(self._path):
            values = {
                name: without_answer(value) if isinstance(value, str) else value
                for name, value in _values(event).items()
            }
            self._file.write(json.dumps({"at": at, "event": name, **values}) + "\n")
            self._file.flush()
            if self._file.tell() >= self._max_bytes:
                self._rotate()

    def _opened(self) -> TextIO:
        with storage_errors(self._path):
            return private_file(self._path).open("a", encoding="utf-8")

    def _rotate(self) -> None:
        """Begin a new file; a run of days must not fill the disk with its log."""
        self._file.close()
        names = [self._path, *(Path(f"{self._path}.{n + 1}") for n in range(OLD_LOGS))]
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)
        self._file = self._opened()


def without_answer(text: str) -> str:
    """A message without the words of the API's answer, which can repeat what was sent."""
    return _ANSWER.sub(r"\1", text)


def _values(event: Event) -> dict[str, Any]:
    match event:
        case RunStarted():
            return {
                "batches_to_send": event.batches_to_send,
                "between": str(event.hours),
                "records": {total.object_type: total.records for total in event.totals},
            }
        case RunEnded(summary):
            return {
                "exit_code": int(summary.exit_code),
                "accepted": summary.accepted,
                "refused": summary.refused,
                "rejected_later": summary.rejected_later,
                "late_errors": summary.late.errors,
                "late_errors_known": summary.late.is_known,
                "to_send": summary.to_send,
                "requests": summary.requests,
                "retries": summary.retries,
                "paused_s": round(summary.paused_s, 3),
                "paused_total_s": round(summary.paused_total_s, 3),
                "reason": summary.failure.message if summary.failure else "",
            }
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
