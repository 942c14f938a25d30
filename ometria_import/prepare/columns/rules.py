"""How each column of a source is read: its field type under the column's conventions.

A convention that the texts leave open is decided once for the whole column, by what all its
texts say, or asked for. Where the first texts say it, the others are not waited for, and it is
an error as soon as one of them says otherwise.
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
    field_type,
)
from ometria_import.sources.arrays import Texts

_NUMBERS = {FieldTypeName.MONEY, FieldTypeName.NUMBER, FieldTypeName.WHOLE_NUMBER}
_LISTENED_TO = 1_000
"""Distinct texts of a column that say of themselves how it is written."""
_REMEMBERED = 4_096
"""Texts of a column whose outcome is kept."""


class _Reading(NamedTuple):
    """How a column is read as long as nothing more is decided."""

    type: FieldType
    outcomes: dict[str, str | Finding]
    """What some texts came to; the same few odd ones come again and again."""


class ColumnRule:
    """The rule of one column of one source; shared by the threads that prepare its chunks."""

    def __init__(self, field: Field, place: ColumnPlace, conventions: Conventions) -> None:
        self.field = field
        self.place = place
        self._conventions = conventions
        self._lock = threading.Lock()
        self._reading = _Reading(field_type(field.type, conventions), {})
        self._has_passed_undecided = False
        self._is_decided = False
        self._is_assumed = False
        self._said: set[Convention] = set()
        """By texts that needed no decision."""
        self._listened_to = 0

    @property
    def type(self) -> FieldType:
        """The field type under what is known of the column by now."""
        return self._reading.type

    @property
    def decided(self) -> Conventions | None:
        """What the column's texts say of what others leave open; None where they say nothing.

        Where nothing had to be decided, only the order of days and months of the first texts is
        known.
        """
        if self._is_decided:
            return self._conventions
        orders = self._said & CHOICES[DATE_ORDER]
        return _with(self._conventions, *orders) if len(orders) == 1 else None

    @property
    def assumes_zone(self) -> bool:
        """Whether times without a zone are read as UTC because nobody said which it is."""
        return self._conventions.timezone is None

    def leaves_open(self, text: str) -> bool:
        """Whether a text means one thing or another as long as its column is undecided."""
        return bool(self._open_in(text))

    @property
    def may_be_open(self) -> bool:
        """Whether some text could still leave something open."""
        return self.type.open_in is not None and not self._is_decided

    @property
    def may_mix_decimal_signs(self) -> bool:
        """Whether numbers are read with a decimal point as well as with a comma."""
        return self.field.type in _NUMBERS and self._conventions.decimal_sign is None

    def parse(self, text: str, among: Texts) -> str | Finding:
        """Read one stripped text, deciding the column's conventions first where it needs them.

        Args:
            text: The text.
            among: The texts that were read together with it.

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
        """Remember what one of the first texts says, though nobody has to know it by now."""
        evidence = self.type.evidence
        if evidence is None or self._is_decided or self._listened_to >= _LISTENED_TO:
            return
        self._listened_to += 1
        said = evidence(text)
        if said is not None:
            self._said.add(said)

    def needs_zone(self, text: str) -> bool:
        """Whether a text is a time without a zone."""
        return self.type.open_in is not None and ZONE in self.type.open_in(text)

    def hides(self, text: str) -> bool:
        """Whether characters that nobody sees are taken out of a text when it is read."""
        if self.type.keeps_invisible:
            return has_odd_ends(text)
        return has_invisible(text)

    def accept(self, read_by: FieldType) -> bool:
        """Let texts pass that were read by a type, which was the column's at the time.

        Returns:
            False where the column was decided meanwhile: they must be read again.
        """
        if read_by.evidence is None:
            return True
        with self._lock:
            self._has_passed_undecided |= not self._is_decided
            return self.type is read_by

    def decide(self, needs: Iterable[str], among: Texts) -> None:
        """Decide open conventions by what the first texts say, or else by the whole column.

        Raises:
            OpenConventionError: the column's texts do not say it, or contradict each other.
        """
        with self._lock:
            open_names = [need for need in needs if getattr(self._conventions, need) is None]
            if not open_names:
                return
            evidence = set() if self._has_passed_undecided else conventions_in(among, self.type)
            self._is_assumed = len(evidence) == 1
            if not self._is_assumed:
                evidence = self.place.survey.conventions_of(self.place.path)
            need = DATE_ORDER if DATE_ORDER in open_names else DECIMAL_SIGN
            found = evidence & CHOICES[need]
            if len(found) != 1:
                raise self._undecided(need, contradicts=len(found) > 1)
            decided = _with(self._conventions, *found)
            # The type first: who sees the conventions decided reads by the type without asking.
            self._reading = _Reading(field_type(self.field.type, decided), {})
            self._conventions = decided
            self._is_decided = True

    def _check_assumed(self, text: str) -> None:
        """Look at a text that cannot be read: what contradicts a decision is among these.

        Raises:
            OpenConventionError: it says another convention than the one that was decided on.
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
    """Conventions with one more of them known."""
    if isinstance(found, DateOrder):
        return dataclasses.replace(conventions, date_order=found)
    return dataclasses.replace(conventions, decimal_sign=found)
