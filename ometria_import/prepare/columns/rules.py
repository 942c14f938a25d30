"""How each column of a source is read: its field type under the column's conventions.

A convention that single texts leave ambiguous is decided once for the whole column, from all of
its texts; if they do not settle it, the user is asked. If the first texts settle it, reading goes
on without looking at the rest, and a later text that contradicts the decision is an error.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable
from typing import NamedTuple

from ometria_import.prepare.columns.open_conventions import OpenConventionError, question
from ometria_import.prepare.columns.survey import (
    CHOICES,
    DATE_ORDER,
    DECIMAL_SIGN,
    GENDER_LETTERS,
    ZONE,
    ColumnPlace,
    Convention,
    conventions_in,
)
from ometria_import.problems import Finding
from ometria_import.problems.invisible_text import has_invisible, has_odd_ends
from ometria_import.schema import Field
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    FieldType,
    FieldTypeName,
    GenderLetters,
    Rewrite,
    field_type,
    gender_letters_of,
)
from ometria_import.sources.arrays import Texts

_NUMBERS = {FieldTypeName.MONEY, FieldTypeName.NUMBER, FieldTypeName.WHOLE_NUMBER}
_NEEDS = {
    FieldTypeName.TIMESTAMP: DATE_ORDER,
    FieldTypeName.DATE: DATE_ORDER,
    FieldTypeName.GENDER: GENDER_LETTERS,
    **dict.fromkeys(_NUMBERS, DECIMAL_SIGN),
}
"""The convention that texts of a type may leave ambiguous, besides the time zone."""
_LISTENED_TO = 1_000
"""How many distinct texts are checked for evidence of the column's conventions."""
_REMEMBERED = 4_096
"""How many parsed texts of a column are cached."""


class _Reading(NamedTuple):
    """How a column is read until another convention is decided."""

    type: FieldType
    outcomes: dict[str, str | Finding]
    """Cached results by text, because the same few unusual texts keep recurring."""


class ColumnRule:
    """The rule for one column of one source, shared by the threads that prepare its chunks."""

    def __init__(self, field: Field, place: ColumnPlace, conventions: Conventions) -> None:
        self.field = field
        self.place = place
        self._conventions = conventions
        self._need = _NEEDS.get(field.type)
        self._lock = threading.Lock()
        self._reading = _Reading(field_type(field.type, conventions), {})
        self._has_passed_undecided = False
        self._is_decided = False
        self._is_assumed = False
        self._said: set[Convention] = set()
        """Conventions seen in texts that needed no decision."""
        self._listened_to = 0
        self._of_countries: dict[str, ColumnRule] = {}
        self.usual_rewrite: Rewrite | None = None
        """The rewriting that fitted most of the column's latest texts."""

    @property
    def type(self) -> FieldType:
        """The field type under the conventions known so far."""
        return self._reading.type

    @property
    def country(self) -> str | None:
        """The country of phone numbers without a country code."""
        return self._conventions.country

    def of_country(self, country: str) -> ColumnRule:
        """The rule for the phone numbers of another country; the same one for all threads."""
        rule = self._of_countries.get(country)
        if rule is None:
            conventions = dataclasses.replace(self._conventions, country=country)
            rule = ColumnRule(self.field, self.place, conventions)
            rule = self._of_countries.setdefault(country, rule)
        return rule

    @property
    def decided(self) -> Conventions | None:
        """The conventions that the column's texts settled; None if they settled nothing.

        If nothing had to be decided, only the day-month order of the first texts is known.
        """
        if self._is_decided:
            return self._conventions
        orders = self._said & CHOICES[DATE_ORDER]
        return _with(self._conventions, *orders) if len(orders) == 1 else None

    def leaves_open(self, text: str) -> bool:
        """Whether a text is ambiguous until the conventions of its column are decided."""
        return bool(self._open_in(text))

    @property
    def may_be_open(self) -> bool:
        """Whether some text could still be ambiguous."""
        if self._is_decided or self._need is None:
            return False
        return getattr(self._conventions, self._need) is None

    @property
    def may_mix_decimal_signs(self) -> bool:
        """Whether numbers are read with a decimal point as well as with a comma."""
        return self.field.type in _NUMBERS and self._conventions.decimal_sign is None

    def parse(self, text: str, among: Texts) -> str | Finding:
        """Parse one stripped text, first deciding the column's conventions if the text needs them.

        Args:
            text: The stripped text to parse.
            among: The texts of the same batch, which may contain evidence.

        Raises:
            OpenConventionError: the column leaves a convention open.
        """
        if self.may_be_open and (needs := self._open_in(text)):
            self.decide(needs, among)
        reading = self._reading
        outcome = reading.outcomes.get(text)
        if outcome is None:
            outcome = reading.type.parse(text)
            self._listen(text)
            if len(reading.outcomes) >= _REMEMBERED:
                reading.outcomes.clear()
            reading.outcomes[text] = outcome
        if self._is_assumed and isinstance(outcome, Finding):
            self._check_assumed(text)
        return outcome

    def _listen(self, text: str) -> None:
        """Record the evidence in one of the first texts, in case it is needed later."""
        evidence = self.type.evidence
        if evidence is None or self._is_decided or self._listened_to >= _LISTENED_TO:
            return
        self._listened_to += 1
        said = evidence(text)
        if said is not None:
            self._said.add(said)

    def assumes_zone(self, text: str) -> bool:
        """Whether a text is a time without a zone, read as UTC as the user gave no time zone."""
        if self._conventions.timezone is not None or self.type.open_in is None:
            return False
        return ZONE in self.type.open_in(text)

    def hides(self, text: str) -> bool:
        """Whether invisible characters are removed from a text when it is read."""
        if self.type.keeps_invisible:
            return has_odd_ends(text)
        return has_invisible(text)

    def accept(self, read_by: FieldType) -> bool:
        """Confirm texts that were parsed with `kind`, the column's type at that time.

        Returns:
            False if the column was decided in the meantime: the texts must be parsed again.
        """
        if read_by.evidence is None:
            return True
        with self._lock:
            self._has_passed_undecided |= not self._is_decided
            return self.type is read_by

    def decide(self, needs: Iterable[str], among: Texts) -> None:
        """Decide open conventions from the first texts, or else from the whole column.

        Raises:
            OpenConventionError: the column's texts do not settle it, or contradict each other.
        """
        with self._lock:
            open_names = [need for need in needs if getattr(self._conventions, need) is None]
            if not open_names:
                return
            evidence = set() if self._has_passed_undecided else conventions_in(among, self.type)
            self._is_assumed = len(evidence) == 1
            if not self._is_assumed:
                evidence = self.place.survey.conventions_of(self.place.path)
            if GENDER_LETTERS in open_names:
                found: set[Convention] = {gender_letters_of(evidence)}
            else:
                need = DATE_ORDER if DATE_ORDER in open_names else DECIMAL_SIGN
                found = evidence & CHOICES[need]
                if len(found) != 1:
                    raise self._undecided(need, contradicts=len(found) > 1)
            decided = _with(self._conventions, *found)
            # Set the type first: a thread that sees the conventions decided uses the type unlocked.
            self._reading = _Reading(field_type(self.field.type, decided), {})
            self._conventions = decided
            self._is_decided = True

    def _check_assumed(self, text: str) -> None:
        """Check an unreadable text: it may contradict the convention that was decided.

        Raises:
            OpenConventionError: the text shows another convention than the one decided on.
        """
        says = self.type.evidence(text) if self.type.evidence is not None else None
        for need in (DATE_ORDER, DECIMAL_SIGN):
            decided = getattr(self._conventions, need)
            if isinstance(says, type(decided)) and says is not decided:
                raise self._undecided(need, contradicts=True)

    def _open_in(self, text: str) -> list[str]:
        if self.type.open_in is None:
            return []
        return [
            need
            for need in self.type.open_in(text)
            if need != ZONE and getattr(self._conventions, need) is None
        ]

    def _undecided(self, need: str, *, contradicts: bool) -> OpenConventionError:
        return question(self.place.source, [self.place.column], need, contradicts=contradicts)


def _with(conventions: Conventions, found: Convention) -> Conventions:
    """A copy of the conventions with one more of them settled."""
    if isinstance(found, DateOrder):
        return dataclasses.replace(conventions, date_order=found)
    if isinstance(found, GenderLetters):
        return dataclasses.replace(conventions, gender_letters=found)
    return dataclasses.replace(conventions, decimal_sign=found)
