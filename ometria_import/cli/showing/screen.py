"""The terminal: the one place that knows what may be printed where.

Results go to stdout, progress and errors to stderr. Texts of users' data are never read as
markup, and none of their control characters reaches the terminal: everything that is printed
goes through `visible` or `styled`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ometria_import.actions.calling.words import visible
from ometria_import.cli.lines.lost_output import discard, lost_output
from ometria_import.cli.lines.stream import JsonLines
from ometria_import.errors import (
    ExitCode,
    InterruptedRunError,
    LostOutputError,
    OmetriaImportError,
)

ERROR, WARNING, GOOD, FAINT, STRONG = "bold red", "yellow", "green", "dim", "bold"

Part: TypeAlias = str | tuple[str, str]
"""A text, or a text and its style."""

_UNLIMITED_COLUMNS = 10_000


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

    def show(self, what: RenderableType, *, is_wrapped: bool = False) -> None:
        self.print(what, soft_wrap=not is_wrapped, crop=False)


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
        """Print a line as it is, for paths and commands: a copy of it has no line breaks."""
        if self.shows_results:
            self.out.show(styled(*parts))

    def prose(self, *parts: Part, indent: int = 0) -> None:
        """Print a line that a terminal breaks between words, keeping its indent."""
        if self.shows_results:
            _prose(self.out, parts, indent)

    def tell(self, *parts: Part, indent: int = 0) -> None:
        """Print a line like `prose` to stderr, whether or not results are shown."""
        _prose(self.err, parts, indent)

    def show(self, *tables: Table) -> None:
        """Print tables; where no terminal limits them, each row is one line without padding."""
        if not self.shows_results:
            return
        for table in tables:
            if self.out.is_terminal:
                self.out.show(table, is_wrapped=True)
                continue
            with self.out.capture() as shown:
                self.out.show(table, is_wrapped=True)
            lines = [line.rstrip() for line in shown.get().splitlines()]
            self.out.show(Text("\n".join(lines)))

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
                self._hint(part.hint)

    def _hint(self, text: str) -> None:
        """Say what to do; a command in it stays in one piece, so that it can be copied."""
        if "ometria-import " in text:
            self.err.show(styled(("hint: ", STRONG), text))
        else:
            self.tell(("hint: ", STRONG), text)

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


def _prose(console: _Stream, parts: Sequence[Part], indent: int) -> None:
    if console.is_terminal:
        console.show(Padding(styled(*parts), (0, 0, 0, indent)), is_wrapped=True)
    else:
        console.show(styled(" " * indent, *parts))


def linked(path: Path) -> Part:
    """A path that a terminal opens when it is clicked, where it knows how (OSC 8)."""
    return str(path), f"link {path.absolute().as_uri()}"


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Table:
    """A plain table; columns whose name begins with `>` are set to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=STRONG, pad_edge=False)
    for column in columns:
        is_number = column.startswith(">")
        name, side = column.removeprefix(">"), "right" if is_number else "left"
        table.add_column(
            name,
            justify=cast("JustifyMethod", side),
            overflow="fold",
            no_wrap=is_number,
            # Else a narrow terminal breaks a heading in the middle of a word.
            min_width=max(map(len, name.split()), default=1),
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else styled(cell) for cell in row))
    return table


def duration(seconds: float) -> str:
    """`45 s`, `12 min 5 s`, `3 h 28 min`."""
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
