"""The lines on stdout: each is one JSON object, the last one says how the command ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from ometria_import.cli.command_words import COMMANDS, EXAMPLES
from ometria_import.cli.lines.lost_output import discard, lost_output
from ometria_import.errors import InterruptedRunError, LostOutputError

SCHEMA: Final = 1
"""The version of all lines. It changes when a reader would break, not for a new event or field."""
STREAMING = frozenset({"push", "resume", "retry", "promote", "check", "verify", "consent diff"})
"""The commands that print more than their last line."""

SENDING = frozenset({"push", "resume", "retry", "promote"})
"""The commands that send to an account: it is kept how they end."""


def command_in(arguments: Sequence[str]) -> str:
    """The command that a command line means, such as `consent diff`; empty where there is none."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or words[0] not in COMMANDS:
        return ""
    inner = " ".join(words[:2])
    return inner if len(words) > 1 and inner in EXAMPLES else words[0]


def ended(command: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The object that says how a command ended, for a hook or as the last line.

    Args:
        command: Such as `push`.
        told: What `--json` tells, and the exit code.
    """
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"schema": SCHEMA, "event": "ended", "at": at, "command": command, **told}


class JsonLines:
    """The lines of one command.

    When nobody reads them any more, they stop in silence: a delivery does not need a spectator.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        self.has_begun = False
        """Whether the command was called, rather than its help."""
        self._told: dict[str, Any] = {}
        self._lost: LostOutputError | None = None
        self._is_writing = False
        self._put_off: InterruptedRunError | None = None

    def put_off(self, error: InterruptedRunError) -> bool:
        """Whether a line is being written: then an interrupt waits until it is whole."""
        if self._is_writing:
            self._put_off = error
        return self._is_writing

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line; if it cannot be written, `tell` or `end` says so, once.

        Raises:
            InterruptedRunError: a signal came while it was written; it is written whole.
        """
        self._is_writing = True
        try:
            self._write(line)
        finally:
            self._is_writing = False
        error, self._put_off = self._put_off, None
        if error is not None:
            raise error

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            # ASCII: paths that are no valid Unicode are written all the same.
            sys.stdout.write(json.dumps(line, default=str) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            discard(sys.stdout)
        except OSError as error:
            discard(sys.stdout)
            self._lost = lost_output(error)

    def tell(self, values: Mapping[str, Any]) -> None:
        """Keep what the last line is to tell.

        Raises:
            LostOutputError: lines are lost.
        """
        self._told.update(values)
        self._raise_if_lost()

    def end(self, code: int) -> None:
        """Write the last line.

        Raises:
            LostOutputError: it is lost, or a line before it.
        """
        if self.has_begun or code:
            # Once it is said how the command ended, an interrupt changes nothing any more.
            with suppress(InterruptedRunError):
                self.write(ended(self.command, {**self._told, "exit_code": int(code)}))
            self._raise_if_lost()

    def _raise_if_lost(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            raise lost
