"""How each column of a source is read: its field type under the column's conventions.

A convention that the texts leave open is decided once for the whole column, by what all its
texts say, or asked for.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ometria_import.errors import UsageError
from ometria_import.prepare.survey import Survey
from ometria_import.problems import Finding, shorten
from ometria_import.schema import Field
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldType,
    field_type,
)

Convention = TypeVar("Convention", DateOrder, DecimalSign)

_DATE_ORDER = "date_order"
_DECIMAL_SIGN = "decimal_sign"
ZONE = "timezone"


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """Where a column stands, for messages and for looking at all of it."""

    source: str
    column: str
    """As the source's header says it."""
    path: str
    survey: Survey


class ColumnRule:
    """The rule of one column of one source; shared by the threads that prepare its chunks."""

    def __init__(self, field: Field, place: ColumnPlace, conventions: Conventions) -> None:
        self.field = field
        self.place = place
        self._conventions = conventions
        self._lock = threading.Lock()
        self.type: FieldType = field_type(field.type, conventions)

    @property
    def assumes_zone(self) -> bool:
        """Whether times without a zone are read as UTC because nobody said which it is."""
        return self._conventions.timezone is None

    def leaves_open(self, text: str) -> bool:
        """Whether a text means one thing or another as long as its column is undecided."""
        return bool(self._open_needs(text))

    def parse(self, text: str) -> str | Finding:
        """Read one stripped text, deciding the column's conventions first where it needs them.

        Raises:
            UsageError: the column leaves a convention open.
        """
        if needs := self._open_needs(text):
            self.decide(needs)
        return self.type.parse(text)

    def needs_zone(self, text: str) -> bool:
        """Whether a text is a time without a zone."""
        return self.type.needs is not None and ZONE in self.type.needs(text)

    def decide(self, needs: Iterable[str]) -> None:
        """Decide open conventions by what the whole column says.

        Raises:
            UsageError: the column's texts do not say it, or contradict each other.
        """
        with self._lock:
            open_needs = [need for need in needs if getattr(self._conventions, need) is None]
            if not open_needs:
                return
            evidence = self.place.survey.said_of(self.place.path)
            decided = self._conventions
            if _DATE_ORDER in open_needs:
                order = self._only(evidence, DateOrder, _DATE_ORDER)
                decided = dataclasses.replace(decided, date_order=order)
            else:
                sign = self._only(evidence, DecimalSign, _DECIMAL_SIGN)
                decided = dataclasses.replace(decided, decimal_sign=sign)
            # The type first: who sees the conventions decided reads by the type without asking.
            self.type = field_type(self.field.type, decided)
            self._conventions = decided

    def _only(
        self, evidence: set[DateOrder | DecimalSign], kind: type[Convention], need: str
    ) -> Convention:
        said = [each for each in evidence if isinstance(each, kind)]
        if len(said) != 1:
            raise self._undecided(need, contradicts=len(said) > 1)
        return said[0]

    def _open_needs(self, text: str) -> list[str]:
        if self.type.needs is None:
            return []
        return [
            need
            for need in self.type.needs(text)
            if need != ZONE and getattr(self._conventions, need) is None
        ]

    def _undecided(self, need: str, *, contradicts: bool) -> UsageError:
        example = shorten(self.place.survey.first_open(self.place.path, need))
        where = f"{self.place.source}, column '{self.place.column}'"
        open_part, flag = (
            ("which is the day and which the month", "--date-order dmy or --date-order mdy")
            if need == _DATE_ORDER
            else (
                "whether a comma or a point begins the fraction",
                "--decimal-sign point or --decimal-sign comma",
            )
        )
        reason = "its values contradict each other" if contradicts else "no value of it tells"
        return UsageError(
            f"{where}: '{example}' does not say {open_part}, and {reason}", hint=f"Say {flag}."
        )
