"""Taking one value out of an event: where it may stand, and what is done to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from ometria_import.problems import Finding, catalogue, shorten

Json = Any
EventPath = tuple[str, ...]
"""The keys that lead to a value."""

DROP, KEEP = "drop", "keep"


class Form(NamedTuple):
    """A way of writing a value beside which nothing is taken."""

    pattern: re.Pattern[str]
    code: str
    """Of the finding where a value is written in another way."""
    says: str


FORMS = {
    "iso8601": Form(
        re.compile(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?",
            re.ASCII,
        ),
        catalogue.BAD_TIMESTAMP,
        "is not an ISO 8601 time like 2024-01-31T09:30:00Z",
    ),
    "e164": Form(
        re.compile(r"\+[1-9][0-9]{6,14}"),
        catalogue.BAD_PHONE,
        "is not a phone number in E.164, like +442071838750",
    ),
}


def value_at(event: Json, path: EventPath) -> Json:
    """The value at a path, or None where there is none."""
    for key in path:
        if not isinstance(event, dict):
            return None
        event = event.get(key)
    return event


def is_blank(value: Json) -> bool:
    """Whether a value says nothing; false and 0 do."""
    return value is None or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place where a value may stand."""

    path: EventPath
    words: int = 0
    """Where it is not 0, only a text of so many words is taken."""
    word: int = 0
    """Which of them, from 1."""
    or_more: bool = False
    """Whether longer texts are taken, too; the last of the words then has all that follow it."""

    def value(self, event: Json) -> Json:
        """The value, or None where there is none that can be taken."""
        return self.taken(value_at(event, self.path))

    def taken(self, value: Json) -> Json:
        """What of the value at the path is taken."""
        if not self.words or value is None:
            return value
        most = self.words - 1 if self.or_more else -1
        words = value.split(maxsplit=most) if isinstance(value, str) else []
        return words[self.word - 1] if len(words) == self.words else None


@dataclass(frozen=True, slots=True)
class EventSource:
    """What feeds a field: the first place that is not blank, and the steps from there."""

    candidates: tuple[Candidate, ...] = ()
    is_lower: bool = False
    """Whether a text is trimmed and made small letters."""
    translate: Mapping[str, Json] | None = None
    """By folded text."""
    otherwise: str = KEEP
    form: Form | None = None
    """How a value must be written."""
    default: Json = None
    """What a constant is, too."""

    def read(self, found: Json) -> Json | Finding:
        """What becomes of what was found: a value, None for none, or why it cannot be taken."""
        if found is None:
            return self.default
        if self.is_lower and isinstance(found, str):
            found = found.strip().lower()
        if self.translate is not None:
            found = self._translated(found, self.translate)
        if self.form is not None and found is not None:
            text = found.strip() if isinstance(found, str) else ""
            if not self.form.pattern.fullmatch(text):
                return Finding(self.form.code, f"'{shown(found)}' {self.form.says}")
        return self.default if found is None else found

    def _translated(self, value: Json, words: Mapping[str, Json]) -> Json:
        folded = str(value).strip().casefold()
        if folded in words:
            return words[folded]
        return {KEEP: value, DROP: None}.get(self.otherwise, self.otherwise)


class Lookup:
    """Finds in an event what feeds some sources.

    The objects in which the values stand are the same few, so each is looked up once per event.
    """

    __slots__ = ("_candidates", "_places")

    def __init__(self, sources: Iterable[EventSource]) -> None:
        places: dict[EventPath, int] = {}
        self._candidates = [
            [
                (places.setdefault(each.path[:-1], len(places)), each.path[-1], each)
                for each in source.candidates
            ]
            for source in sources
        ]
        self._places = tuple(places)

    def found(self, event: Json) -> list[Json]:
        """For each source what stands in the first place that is not blank, else None.

        This runs for every field of every event, so it is plain loops.
        """
        at = [value_at(event, path) for path in self._places]
        places = [each if isinstance(each, dict) else {} for each in at]
        return [_first(places, candidates) for candidates in self._candidates]


def _first(places: list[dict[str, Json]], candidates: Iterable[tuple[int, str, Candidate]]) -> Json:
    for place, key, candidate in candidates:
        value = places[place].get(key)
        if value is None:
            continue
        if candidate.words:
            value = candidate.taken(value)
        if not is_blank(value):
            return value
    return None


@dataclass(frozen=True, slots=True)
class EventCondition:
    """What an event must say at a path."""

    path: EventPath
    equals: frozenset[str] | None
    """Folded texts; None where any value will do."""
    not_equals: frozenset[str] = frozenset()

    def holds(self, event: Json) -> bool:
        """Whether the event says so."""
        value = value_at(event, self.path)
        if is_blank(value):
            return False
        said = value.strip().casefold() if isinstance(value, str) else shown(value).casefold()
        return (self.equals is None or said in self.equals) and said not in self.not_equals


def shown(value: Json) -> str:
    """A value for messages."""
    return shorten(value if isinstance(value, str) else msgspec.json.encode(value).decode())
