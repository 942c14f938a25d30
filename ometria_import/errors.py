"""The exception tree and the exit codes.

Exceptions are for what stops a command; a bad row or value is data (`problems.Problem`).

    OmetriaImportError
    ├── UsageError                 2   a flag, a setting or an answer is missing or wrong
    │   ├── MachineError           2   this machine has no room or memory, and nothing was begun
    │   └── LostOutputError        2   what was to be printed cannot be
    ├── SourceError                4   a source cannot be read
    ├── MappingError               4   a mapping cannot be used, or the object type is not certain
    │   └── ContestedSourceError   4   two presets fit a source equally well
    ├── RejectLimitError           4   more rejects than --max-rejects allows
    ├── GateShutError              4   a check before `promote` sends did not pass
    ├── PackageError               4   a package or journal is damaged or of another version
    ├── AccountRefusedError        5   the push API refuses the key or the account
    ├── AccountBusyError           6   another run is using the account
    ├── TemporaryFailureError     75   given up for now: network, server or a full disk
    └── InterruptedRunError      130   Ctrl-C or SIGTERM
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What a command tells the shell; the table in the documentation is made from this."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    REJECTS = 3
    UNUSABLE = 4
    REFUSED = 5
    BUSY = 6
    TEMPORARY = 75
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for the documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "all accepted, or nothing to do",
    ExitCode.UNEXPECTED: "unexpected error: this is a bug",
    ExitCode.USAGE: "wrong usage or configuration",
    ExitCode.REJECTS: "done, with rejects, or with differences or errors that a check of the "
    "account or the shop's pages found",
    ExitCode.UNUSABLE: "a source, mapping, package, run or page cannot be used, or there are too "
    "many rejects",
    ExitCode.REFUSED: "the push API refuses the key or the account",
    ExitCode.BUSY: "another run is using the account",
    ExitCode.TEMPORARY: "stopped by a temporary failure; resume",
    ExitCode.INTERRUPTED: "interrupted; resume",
}


class OmetriaImportError(Exception):
    """Something that stops the command and that its user can act on."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(
        self, message: str, hint: str = "", parts: tuple[OmetriaImportError, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.parts = parts
        """Where it stands for several: each of them. Message and hint are then those of all."""
        self.told: Mapping[str, Any] = {}
        """What is known of the work that it ended, as `--json` says it; often nothing."""

    def __reduce__(
        self,
    ) -> tuple[type[OmetriaImportError], tuple[str, str, tuple[OmetriaImportError, ...]]]:
        return type(self), (self.message, self.hint, self.parts)


class UsageError(OmetriaImportError):
    """A flag, a setting or an answer is missing or wrong."""

    exit_code = ExitCode.USAGE


class MachineError(UsageError):
    """This machine has not what the command needs, and there is nothing that could be resumed."""


class LostOutputError(UsageError):
    """What was to be printed is lost; what the command did stands."""


class SourceError(OmetriaImportError):
    """A source cannot be read, so nothing of it can be trusted."""

    exit_code = ExitCode.UNUSABLE


class MappingError(OmetriaImportError):
    """A mapping cannot be used, or the object type of a source is not certain."""

    exit_code = ExitCode.UNUSABLE


class ContestedSourceError(MappingError):
    """Two presets fit a source equally well."""


class RejectLimitError(OmetriaImportError):
    """More records were rejected than the user allows before sending."""

    exit_code = ExitCode.UNUSABLE


class GateShutError(OmetriaImportError):
    """A run may not be promoted as it is; nothing was sent."""

    exit_code = ExitCode.UNUSABLE


class PackageError(OmetriaImportError):
    """A package or a journal is damaged, or was written by another version."""

    exit_code = ExitCode.UNUSABLE


ABOUT_KEYS = (
    "A new key can take ten minutes to become active, and a Query API key does not work here."
)
"""What to know wherever a key is refused."""


class AccountRefusedError(OmetriaImportError):
    """The push API does not take this key or this account."""

    exit_code = ExitCode.REFUSED


class AccountBusyError(OmetriaImportError):
    """Another run holds the account."""

    exit_code = ExitCode.BUSY


class TemporaryFailureError(OmetriaImportError):
    """Given up for now; the same command later can succeed."""

    exit_code = ExitCode.TEMPORARY


class InterruptedRunError(OmetriaImportError):
    """Stopped by Ctrl-C or SIGTERM; everything sent so far is journaled."""

    exit_code = ExitCode.INTERRUPTED


@contextmanager
def ignoring(*kinds: type[Exception]) -> Iterator[None]:
    """Continue after the block if it raises such an error, unless it was an interrupt.

    An interrupt may be raised between any two lines. If it were lost, nothing would stop, and no
    other one would come.
    """
    try:
        yield
    except InterruptedRunError:
        raise
    except kinds:
        pass


def all_of(errors: Sequence[OmetriaImportError]) -> OmetriaImportError:
    """One error that says several at once; where there is only one, that one.

    Args:
        errors: All of what can stop a command before it has read its sources.
    """
    if len(errors) == 1:
        return errors[0]
    kinds = [kind for kind in _SAID_AT_ONCE for each in errors if isinstance(each, kind)]
    hints = dict.fromkeys(each.hint for each in errors if each.hint)
    return kinds[0]("; ".join(each.message for each in errors), " ".join(hints), tuple(errors))


_SAID_AT_ONCE = (SourceError, MappingError, UsageError)
"""The first of these that is among several errors is what they are together."""
