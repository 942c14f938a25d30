"""What was measured, as a table for a terminal and as a page."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- begin measured -->", "<!-- end measured -->"
_HEADER = ("what", "ometria-import", "beside", "result", "goal", "met")
_LIBRARIES = ("pandas", "pyarrow", "numpy", "httpx", "pydantic", "rich", "typer", "uvicorn")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    beside: str
    """What it is compared with."""
    result: str
    goal: str
    is_met: bool

    def cells(self) -> tuple[str, ...]:
        """As the header names them."""
        met = "yes" if self.is_met else "NO"
        return self.what, self.ours, self.beside, self.result, self.goal, met


def plain_table(rows: Sequence[Row]) -> str:
    """Columns of equal width."""
    lines = [_HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def machine() -> str:
    """The machine in one paragraph, without anything that would name it."""
    cpu = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*([0-9]+) kB", _text("/proc/meminfo"), re.MULTILINE)
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    gigabytes = f"{int(memory[1]) * 1024 / 1e9:.0f} GB" if memory else "unknown memory"
    return (
        f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, {gigabytes}; "
        f"{platform.system()}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {libraries}."
    )


def write_page(rows: Sequence[Row], repeats: int) -> None:
    """Put the table into the page, in place of the one that stands there."""
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in _with_rule(rows))
    text = PAGE.read_text("utf-8")
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    measured = f"{_BEGIN}\n{machine()}\n\nMedians of {repeats}.\n\n{table}\n{_END}"
    PAGE.write_text(before + measured + after, encoding="utf-8", newline="\n")


def _with_rule(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return [_HEADER, ("---",) * len(_HEADER), *(row.cells() for row in rows)]


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
