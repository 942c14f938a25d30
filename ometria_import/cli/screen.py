"""The terminal: the one place that knows Rich and what may be printed where.

Results go to stdout, progress and errors to stderr. Texts of users' data are never read as
markup: they only travel as `rich.text.Text`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, cast

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from ometria_import.errors import ExitCode, OmetriaImportError

ERROR, WARNING, GOOD, FAINT, STRONG = "bold red", "yellow", "green", "dim", "bold"


class Screen:
    """What one command shows."""

    def __init__(self, *, is_json: bool = False, is_quiet: bool = False) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    @property
    def shows_results(self) -> bool:
        """Whether people read stdout."""
        return not (self.is_json or self.is_quiet)

    @property
    def shows_bars(self) -> bool:
        """Whether progress is drawn, rather than written in lines."""
        return self.shows_progress and self.err.is_terminal and not self.err.is_dumb_terminal

    @property
    def shows_progress(self) -> bool:
        """Whether progress is shown at all."""
        return not self.is_quiet

    def say(self, *parts: str | Text | tuple[str, str]) -> None:
        """Print a line of plain and styled parts, unless only JSON or nothing is wanted."""
        if self.shows_results:
            self.out.print(Text.assemble(*parts))

    def show(self, *tables: Table) -> None:
        """Print tables, unless only JSON or nothing is wanted."""
        if self.shows_results:
            for table in tables:
                self.out.print(table, soft_wrap=False)

    def note(self, text: str) -> None:
        """Write a line of progress to stderr."""
        if self.shows_progress:
            self.err.print(Text(text))

    def result(self, values: Mapping[str, Any]) -> None:
        """Print the one JSON object of `--json`."""
        if self.is_json:
            sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()

    def error(self, error: OmetriaImportError) -> None:
        """Say what went wrong and what to do."""
        self.err.print(Text.assemble(("error: ", ERROR), error.message))
        if error.hint:
            self.err.print(Text.assemble(("hint: ", STRONG), error.hint))
        self.result({"error": error.message, "hint": error.hint, "exit_code": int(error.exit_code)})

    def bug(self, error: Exception, details: str) -> None:
        """Say that something went wrong that nobody foresaw; no traceback."""
        self.err.print(
            Text.assemble(
                ("error: ", ERROR),
                f"unexpected error, this is a bug: {type(error).__name__}",
                f"\n{details}",
            )
        )
        self.result({"error": "unexpected error", "exit_code": int(ExitCode.UNEXPECTED)})


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Table:
    """A plain table; columns whose name begins with `>` are set to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=STRONG, pad_edge=False)
    for column in columns:
        is_number = column.startswith(">")
        name, side = column.removeprefix(">"), "right" if is_number else "left"
        table.add_column(name, justify=cast("JustifyMethod", side), overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min 5 s`, `3 h 28 min`."""
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
