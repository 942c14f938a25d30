"""The words for what became of a row."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from ometria_import.consent import REASONS
from ometria_import.forgotten import REASON as FORGOTTEN
from ometria_import.package import ONLY_CHANGED
from ometria_import.problems import catalogue
from ometria_import.problems.catalogue import CAUSES


class Verdict(IntEnum):
    """What became of a row; where several records begin on it, the highest one is told."""

    ACCEPTED = 0
    READY = 1
    """A dry run would have sent it."""
    HEADER = 2
    MERGED = 3
    REPEATED = 4
    SUPERSEDED = 5
    HELD_BACK = 6
    LEFT_OUT = 7
    """By the mapping."""
    UNCHANGED = 8
    CONSENT = 9
    FORGOTTEN = 10
    NOT_RETRIED = 11
    NOT_IN_PACKAGE = 12
    """One of those above, but it is not known any more which one."""
    NOT_SENT = 13
    IN_DOUBT = 14
    SKIPPED = 15
    UNCERTAIN = 16
    """In a batch of which some records did not get in, and nobody knows which."""
    REJECTED_LATER = 17
    REFUSED = 18
    REJECTED = 19

    @property
    def word(self) -> str:
        """The word for it in the file."""
        return self.name.lower()


class Telling(NamedTuple):
    """The reason for a verdict about a row."""

    code: str
    words: str


def _warning(cause: str, words: str = "") -> Telling:
    return Telling(f"W{cause}", words or CAUSES[cause].title)


TELLING = MappingProxyType(
    {
        Verdict.HEADER: _warning(catalogue.REPEATED_HEADER),
        Verdict.MERGED: _warning(catalogue.SUPERSEDED, "merged into a row with the same key"),
        Verdict.REPEATED: _warning(catalogue.REPEATED, "it is in the input once more"),
        Verdict.SUPERSEDED: _warning(catalogue.SUPERSEDED, "a later row with its key was sent"),
        Verdict.HELD_BACK: _warning(catalogue.HELD_BACK),
        Verdict.LEFT_OUT: Telling("", "left out by the mapping or an option"),
        Verdict.UNCHANGED: Telling("", "unchanged since the account was last given it"),
        Verdict.CONSENT: Telling("", "the account says otherwise of the person's consent"),
        Verdict.FORGOTTEN: Telling("", "the person asked to be forgotten"),
        Verdict.NOT_RETRIED: Telling("", "not among the records that this run sent again"),
        Verdict.NOT_IN_PACKAGE: Telling("", "left out after it was prepared"),
        Verdict.IN_DOUBT: Telling("", "sent without a recorded answer: a resume sends it again"),
        Verdict.SKIPPED: Telling("", "the push API counted it as skipped"),
        Verdict.UNCERTAIN: Telling("", "nobody knows which records of its batch got in"),
    }
)
"""The code and the reason of verdicts that always have the same."""
OF_REASONS = MappingProxyType(
    {
        ONLY_CHANGED: Verdict.UNCHANGED,
        FORGOTTEN: Verdict.FORGOTTEN,
        **dict.fromkeys(REASONS.values(), Verdict.CONSENT),
    }
)
"""By the reason why a package was derived from another one."""
