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

from benchmarks.speeds.bench import Figure

PAGE = Path(__file__).with_name("README.md")
_NO, _MISSED = "NO", "**missed**"
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
        met = "yes" if self.is_met else _NO
        return self.what, self.ours, self.beside, self.result, self.goal, met


def plain_table(lines: Sequence[Sequence[str]]) -> str:
    """Columns of equal width; the header comes first."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def row_lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """What was measured, with a header."""
    return [_HEADER, *(row.cells() for row in rows)]


def figure_lines(figures: Sequence[Figure]) -> list[tuple[str, ...]]:
    """The speeds, with a header; of two installations with how the second changed them."""
    is_pair = len(figures[0].values) > 1
    measured = ("now", "after", "change") if is_pair else ("measured",)
    lines = [("what", *measured, "goal", "met")]
    for each in figures:
        met = {True: "yes", False: _NO, None: ""}[each.is_met]
        change = (f"× {each.values[-1] / each.values[0]:.2f}",) if is_pair else ()
        lines.append((each.what, *each.shown, *change, each.goal, met))
    return lines


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


def write_page(name: str, lines: Sequence[Sequence[str]], repeats: int) -> None:
    """Put a table into the page, in place of the one of its name that stands there."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    header, *rest = lines
    told = ([_MISSED if cell == _NO else cell for cell in cells] for cells in rest)
    table = "\n".join(
        f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *told)
    )
    text = PAGE.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    measured = f"{begin}\n{machine()}\n\nMedians of {repeats}.\n\n{table}\n{end}"
    PAGE.write_text(before + measured + after, encoding="utf-8", newline="\n")


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
