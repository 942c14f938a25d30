"""The terminal: the one place that knows what may be printed where.

Results go to stdout, progress and errors to stderr. Texts of users' data are never read as
markup, and none of their control characters reaches the terminal: everything that is printed
goes through `visible` or `styled`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console, RenderableType
from rich.text import Text

from ometria_import.actions.calling.words import visible
from ometria_import.cli.lines.lost_output import discard, lost_output
from ometria_import.cli.lines.stream import JsonLines
from ometria_import.cli.showing.layout import Column, Table, wrapped
from ometria_import.errors import (
    ExitCode,
    InterruptedRunError,
    LostOutputError,
    OmetriaImportError,
)

ERROR, WARNING, GOOD, FAINT, STRONG = "bold red", "yellow", "green", "dim", "bold"

Part: TypeAlias = str | tuple[str, str]
"""A text, or a text and its style."""

_WITHOUT_LINKS = frozenset({"linux", "vt100", "vt220", "cons25"})
_UNLIMITED_COLUMNS = 10_000
_PROSE_COLUMNS = 100
"""Longer lines are hard to read, however wide the terminal is."""
_LABEL_COLUMNS = 11


class _Stream(Console):
    """A console that goes on in silence when nobody reads on, as in `ometria-import runs | head`.

    The command still ends as it would have: a delivery does not depend on who watches.
    """

    def on_broken_pipe(self) -> None:
        self.quiet = True
        discard(self.file)

    def __exit__(self, *details: object) -> None:
        """Write what was gathered: bars that Rich draws by itself come here as well."""
        try:
            super().__exit__(*details)
        except BrokenPipeError:
            self.on_broken_pipe()
        except OSError as error:
            self.on_broken_pipe()
            # Progress that nobody can read stops no delivery; results that are lost are a failure.
            if not self.stderr:
                raise lost_output(error) from None

    def show(self, what: RenderableType) -> None:
        self.print(what, soft_wrap=True, crop=False)

    def prose(self, text: Text, indent: int = 0, hang: int = 0) -> None:
        columns = (
            min(self.width, _PROSE_COLUMNS) - indent if self.is_terminal else _UNLIMITED_COLUMNS
        )
        for line in wrapped(text, columns, hang):
            self.show(Text(" " * indent) + line if line else line)


@dataclass(slots=True)
class ShownAttempt:
    """What the program and its command know of the same attempt to do something."""

    is_kept: bool = False
    """Whether it is kept for `status` how it ended."""


class Screen:
    """What one command shows."""

    def __init__(
        self,
        *,
        is_json: bool = False,
        is_quiet: bool = False,
        lines: JsonLines | None = None,
        attempt: ShownAttempt | None = None,
    ) -> None:
        self.attempt = attempt or ShownAttempt()
        self.is_json = is_json
        self.lines = lines
        """What `--json-lines` prints; None where it is not wanted."""
        self.is_quiet = is_quiet
        self._is_summed_up = False
        self.told: Mapping[str, Any] = {}
        """The JSON object of the command, whether or not it is printed."""
        self.out = _Stream(highlight=False)
        self.err = _Stream(stderr=True, highlight=False)
        if not self.out.is_terminal:
            self.out.width = _UNLIMITED_COLUMNS

    @property
    def shows_results(self) -> bool:
        """Whether people read stdout."""
        return not (self.is_json or self.lines or self.is_quiet)

    @property
    def shows_bars(self) -> bool:
        """Whether progress is drawn, rather than written in lines."""
        return self.shows_progress and self.err.is_terminal and not self.err.is_dumb_terminal

    @property
    def shows_progress(self) -> bool:
        """Whether progress is shown at all."""
        return not self.is_quiet

    def say(self, *parts: Part) -> None:
        """Print lines as they are: texts of files, and what is to be copied as a whole."""
        if self.shows_results:
            self.out.show(styled(*parts))

    def prose(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """Print a line that a terminal breaks between words, keeping its indent.

        Args:
            parts: What the line says.
            indent: Columns before all of it.
            hang: Further columns before what is broken off.
        """
        if self.shows_results:
            self.out.prose(styled(*parts), indent, hang)

    def fact(self, label: str, *parts: Part) -> None:
        """Print a line behind its label; facts of a block stand below each other."""
        name = f"{label + ':':<{_LABEL_COLUMNS - 1}} "
        self.prose((name, FAINT), *parts, hang=len(name))

    def next_step(self, words: str = "", command: str = "") -> None:
        """Print what to do next: some words, a command to paste on a line of its own, or both."""
        text = "\n".join(filter(None, (words, command)))
        self.prose(("Next: ", FAINT), text, hang=len("Next: "))

    def tell(self, *parts: Part, indent: int = 0) -> None:
        """Print a line like `prose` to stderr, whether or not results are shown."""
        self.err.prose(styled(*parts), indent)

    def show(self, table: Table, *, indent: int = 0) -> None:
        """Print a table as it fits; where no terminal limits it, each row is one line."""
        if self.shows_results:
            for line in table.lines(self.out.width - indent):
                self.out.show(Text(" " * indent) + line)

    def note(self, text: str) -> None:
        """Write a line of progress to stderr."""
        if self.shows_progress:
            self.tell(text)

    def result(self, values: Mapping[str, Any]) -> None:
        """Print the one JSON object of `--json`, or keep it for the last line of `--json-lines`."""
        self.told = values
        if self.lines is not None:
            self.lines.tell(values)
            return
        if not self.is_json:
            return
        try:
            # ASCII: paths that are no valid Unicode are written all the same.
            sys.stdout.write(json.dumps(values, default=str) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.out.on_broken_pipe()
        except OSError as error:
            self.is_json = False
            self.out.on_broken_pipe()
            raise lost_output(error) from None

    def sum_up(self, text: str) -> None:
        """Say in one line what `--quiet` must not hide; a second one of a command is left out."""
        if self.is_quiet and not self._is_summed_up:
            self._is_summed_up = True
            self.err.show(styled(one_line(text)))

    def complain(self, error: OmetriaImportError) -> None:
        """Say what went wrong and what to do; what several have in common is said once."""
        if self.is_quiet:
            self.sum_up(f"error: {error.message.rstrip('.')}. {error.hint}")
            return
        parts = error.parts or (error,)
        for number, part in enumerate(parts, 1):
            self.tell(("error: ", ERROR), part.message)
            if part.hint and part.hint not in [each.hint for each in parts[number : number + 1]]:
                self.tell(("hint: ", STRONG), part.hint)

    def fail(self, error: OmetriaImportError) -> None:
        """Say what ended the command, on both streams where JSON is wanted."""
        self.complain(error)
        self._result_of_failure({**failure_json(error), "exit_code": int(error.exit_code)})

    def end(self, code: int) -> int:
        """Print the last line of `--json-lines`; returns the exit code after that."""
        if self.lines is not None:
            try:
                self.lines.end(code)
            except (LostOutputError, InterruptedRunError) as error:
                self.complain(error)
                return code or error.exit_code
        return code

    def bug(self, error: Exception, details: str) -> None:
        """Say that something went wrong that nobody foresaw; no traceback."""
        name = type(error).__name__
        if self.is_quiet:
            self.sum_up(f"error: unexpected error, this is a bug: {name}. {details}")
        else:
            self.err.show(styled(("error: ", ERROR), f"unexpected error, this is a bug: {name}"))
            self.err.show(styled(("hint: ", STRONG), details))
        self._result_of_failure(
            {
                "error": f"unexpected error, this is a bug: {name}",
                "hint": details,
                "exit_code": int(ExitCode.UNEXPECTED),
            }
        )

    def _result_of_failure(self, values: Mapping[str, Any]) -> None:
        try:
            self.result(values)
        except LostOutputError as lost:
            # What ended the command matters more, and gives the exit code.
            self.complain(lost)


def failure_json(error: OmetriaImportError) -> dict[str, Any]:
    """What `--json` and hooks tell of an error."""
    told: dict[str, Any] = {**error.told, "error": error.message, "hint": error.hint}
    if error.parts:
        told["errors"] = [{"error": each.message, "hint": each.hint} for each in error.parts]
    return told


def one_line(text: str) -> str:
    """A text without line breaks, for mails and logs."""
    return " ".join(text.split())


def styled(*parts: Part) -> Text:
    """Put a text together; line breaks in it are ours, other control characters become visible."""
    text = Text()
    for part in parts:
        words, style = part if isinstance(part, tuple) else (part, "")
        text.append("\n".join(map(visible, words.split("\n"))), style)
    return text


def linked(path: Path) -> Part:
    """A path that a terminal opens when it is clicked, where it knows how (OSC 8).

    Terminals that do not know how ignore it, but for the consoles of machines without a desktop;
    `FORCE_HYPERLINK` decides where it is set.
    """
    wish = os.environ.get("FORCE_HYPERLINK", "")
    has_links = wish != "0" if wish else os.environ.get("TERM") not in _WITHOUT_LINKS
    return (str(path), f"link {path.absolute().as_uri()}") if has_links else str(path)


def table_of(
    columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, has_rows: bool = True
) -> Table:
    """A plain table; columns whose name begins with `>` are set to the right."""
    texts = [
        [cell if isinstance(cell, Text) else Text(visible(cell)) for cell in row] for row in rows
    ]
    return Table(
        [
            Column(
                styled((name.removeprefix(">"), STRONG)),
                name.startswith(">"),
                [row[place] for row in texts],
            )
            for place, name in enumerate(columns)
        ],
        FAINT,
        has_rows,
    )


def duration(seconds: float) -> str:
    """`45 s`, `12 min 5 s`, `3 h 28 min`."""
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
