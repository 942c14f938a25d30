"""What one cell says about consent, by the words of its platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import STRUCTURE, trimmed
from ometria_import.mapping.expressions.origins import Braced
from ometria_import.problems import Finding
from ometria_import.schema.field_types.words import SUPPRESSED, parse_boolean, parse_optin

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Verdicts = npt.NDArray[np.int8]

_OUT_STATE = "EXPLICITLY_OPTEDOUT"
_BETWEEN = re.compile(r"[\s_-]+")
_REASON = re.compile(r'[^\[\]{}",;|]+')


class Verdict(IntEnum):
    """What a row says about consent, from the lightest to the weightiest."""

    SILENT = 0
    IN = 1
    NOTHING = 2
    """It says that there is no statement."""
    BOUNCED = 3
    """The address does not work, which is no statement of the person."""
    UNCLEAR = 4
    """Its word is in none of the lists, so it may be an opt-out."""
    OUT = 5
    SUPPRESSED = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """How the field of a consent spells what a row says."""

    words: tuple[str, ...]
    """By `Verdict`; the word of an unclear row is its own."""
    parse: Callable[[str], str | Finding]

    def unclear(self, word: str) -> str:
        """An unlisted word so that the field reports it and does not understand it."""
        is_understood = isinstance(self.parse(word), str)
        return f"{word} (not listed in the mapping)" if is_understood else word


MAIL = Wording(
    ("", "EXPLICITLY_OPTEDIN", "NOT_SPECIFIED", "NOT_SPECIFIED", "", _OUT_STATE, SUPPRESSED),
    parse_optin,
)
SMS = Wording(("", "true", "", "", "", "false", SUPPRESSED), parse_boolean)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a platform, which may be settings."""

    opted_in: tuple[Braced, ...] = ()
    opted_out: tuple[Braced, ...] = ()
    nothing: tuple[Braced, ...] = ()
    bounces: tuple[Braced, ...] = ()

    def verdicts(self, settings: Mapping[str, str]) -> dict[str, Verdict]:
        """What each word says; of a word in several lists, the weightiest."""
        lists = (
            (Verdict.IN, self.opted_in),
            (Verdict.NOTHING, self.nothing),
            (Verdict.BOUNCED, self.bounces),
            (Verdict.OUT, self.opted_out),
        )
        return {
            # What a platform itself calls suppressed is final, as a reason of suppression is.
            key: Verdict.SUPPRESSED if verdict is Verdict.OUT and key == SUPPRESSED else verdict
            for verdict, words in lists
            for word in words
            for each in word.filled(settings).split(",")
            if (key := word_key(each))
        }


def word_key(word: str) -> str:
    """A word as words are compared: without case, blanks, hyphens and underscores."""
    return _BETWEEN.sub("", word).casefold()


def per_word(texts: Texts, verdict_of: Callable[[str], Verdict]) -> Verdicts:
    """The verdict of each text; blanks say nothing."""
    import numpy as np

    encoded = trimmed(texts).dictionary_encode()
    words = encoded.dictionary.to_pylist()
    found = [verdict_of(word) if word else Verdict.SILENT for word in words]
    verdicts: Any = np.array(found, np.int8)
    taken: Verdicts = verdicts[encoded.indices.to_numpy()] if found else verdicts
    return taken


def of_state(word: str, known: Mapping[str, Verdict]) -> Verdict:
    """What the word of a state says."""
    if (listed := known.get(word_key(word))) is not None:
        return listed
    # An opt-out in plain words is never lost, whatever the mapping forgot to list.
    return Verdict.OUT if parse_optin(word) == _OUT_STATE else Verdict.UNCLEAR


def reasons_in(text: str) -> list[str]:
    """The reasons in a cell: one, several, or a list in JSON."""
    found = _REASON.findall(text.removeprefix(STRUCTURE))
    return [each.strip() for each in found if each.strip()]


def suppression(text: str, known: Mapping[str, Verdict]) -> Verdict:
    """What a cell with one or several reasons says: any reason but a bounce suppresses."""
    reasons = reasons_in(text)
    if not reasons:
        return Verdict.SILENT
    bounced = all(known.get(word_key(each)) is Verdict.BOUNCED for each in reasons)
    return Verdict.BOUNCED if bounced else Verdict.SUPPRESSED


def refusal(word: str) -> Verdict:
    """What a cell says whose column says who left."""
    meant = parse_boolean(word)
    if isinstance(meant, Finding):
        return Verdict.OUT if parse_optin(word) == _OUT_STATE else Verdict.UNCLEAR
    return Verdict.OUT if meant == "true" else Verdict.SILENT
