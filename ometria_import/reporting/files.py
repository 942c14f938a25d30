"""A report on the disk: the numbers, and the page that is made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ometria_import.config import output_files as files
from ometria_import.config.home import RunFolder
from ometria_import.reporting.model import Report
from ometria_import.reporting.page.render import is_report, render

PAGE = "report.html"
NUMBERS = "report.json"


def save_report(folder: RunFolder, report: Report, page: Path | None = None) -> Path:
    """Write the numbers into the run's folder, and the page there or to another file.

    Whoever reads one of the files sees the old one or the new one.

    Raises:
        UsageError: the page cannot be written there.
        TemporaryFailureError: the disk has no room.
    """
    to = folder.path / PAGE if page is None else page
    numbers = encode_report(report)
    _write(folder.path / NUMBERS, numbers)
    _write(to, render(decode_report(numbers)))
    return to


def encode_report(report: Report) -> bytes:
    """A report as JSON."""
    return msgspec.json.format(msgspec.json.encode(as_json(report)), indent=1) + b"\n"


def as_json(report: Report) -> dict[str, Any]:
    """A report for `--json`; bytes in file names that are no text are escaped."""
    told: dict[str, Any] = _as_text(msgspec.to_builtins(report))
    return told


def decode_report(numbers: bytes) -> Report:
    """Read what `encode_report` wrote."""
    return msgspec.json.decode(numbers, type=Report)


def require_place(page: Path) -> None:
    """Make sure that a page may be written to a file.

    Raises:
        UsageError: its folder does not exist, or it is a folder or a file that is no report.
    """
    files.require_place(page, "--out", "a report", is_report, example=PAGE)


def _write(path: Path, content: bytes) -> None:
    with files.whole_file(path) as file:
        file.write(content)


def _as_text(told: Any) -> Any:
    if isinstance(told, str):
        return told.encode("utf-8", "backslashreplace").decode()
    if isinstance(told, dict):
        return {_as_text(name): _as_text(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_as_text(each) for each in told]
    return told
