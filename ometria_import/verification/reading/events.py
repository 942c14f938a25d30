"""What is told while an account is read, and why reading ends early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ometria_import.delivery.events import Paused, RateChanged
from ometria_import.errors import ABOUT_KEYS, AccountRefusedError

_FORBIDDEN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class ReadRetried:
    """A read failed temporarily and will be made again after a wait."""

    path: str
    attempt: int
    """The number of the failed attempt, 1-based."""
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class AnswersSlow:
    """Answers take so long that the account's rate cannot be used."""

    latency_s: float
    reads_per_s: float
    """What can be read with as many requests under way as there may be."""


@dataclass(frozen=True, slots=True)
class PageShifted:
    """Records went or came while a list was read, and its place was found again."""

    path: str
    offset: int
    """Where the page was expected to go on."""


@dataclass(frozen=True, slots=True)
class PlaceLost:
    """So much of a list went while it was read that its place was not found again.

    Records that are in the list may not have been shown.
    """

    path: str
    offset: int


ReadEvent: TypeAlias = ReadRetried | AnswersSlow | PageShifted | PlaceLost | Paused | RateChanged
ReadSubscriber: TypeAlias = Callable[[ReadEvent], None]


def ignore_reads(_: ReadEvent) -> None:
    """A subscriber that ignores all events."""


class NotReadableError(AccountRefusedError):
    """One path of the account cannot be read; others may well be."""

    def __init__(self, path: str, reason: str, hint: str = "") -> None:
        super().__init__(f"GET {path}: {reason}", hint)
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[NotReadableError], tuple[str, str, str]]:  # type: ignore[override]
        return type(self), (self.path, self.reason, self.hint)


class ShortPageError(NotReadableError):
    """The account shows fewer records at a time than it was asked for, and does not say so."""


def not_readable(path: str, reason: str, status: int, key_env: str) -> NotReadableError:
    """The error for a path that answered a read with a refusal."""
    if status in _FORBIDDEN:
        hint = f"The key in {key_env} may not read this, or may only push. {ABOUT_KEYS}"
    else:
        hint = "Is base_url right? Redirects are not followed, because the key would go with them."
    return NotReadableError(path, reason, hint)
