"""A date, a time and a time zone that stand in columns of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.computing.combined import Combined
from ometria_import.mapping.expressions.computing.zone_names import RAILS_ZONES
from ometria_import.mapping.expressions.model import (
    Expression,
    Has,
    SourceRows,
    Step,
    is_blank,
    per_distinct,
    trimmed,
)

_IANA = {name.casefold(): zone for name, zone in RAILS_ZONES.items()}
_GMT = re.compile(r"\(GMT[+-][0-9]{2}:[0-9]{2}\) (?=.)")
"""Stands before the name where Rails writes a zone in full."""
_MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?$"
"""What programs write behind a day that has its time in another column."""


@dataclass(frozen=True, slots=True)
class DateAndTime(Combined):
    """A date and a time, with a blank between them; a date without a time stays one."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where there is no date."""
        import pyarrow.compute as pc

        date, time = (each.texts(rows) for each in self.parts)
        if date is None or time is None:
            return date
        date, time = trimmed(date), trimmed(time)
        day = pc.replace_substring_regex(date, _MIDNIGHT, "")
        whole = pc.binary_join_element_wise(day, time, " ")
        return pc.if_else(pc.or_(is_blank(date), is_blank(time)), date, whole)


@dataclass(frozen=True, slots=True)
class InZone(Step):
    """Dates and times with the zones that they are in."""

    zone: Expression

    def texts(self, rows: SourceRows) -> Texts | None:
        """With the name or the offset of a zone in square brackets, as in RFC 9557."""
        import pyarrow.compute as pc

        texts, zones = self.source.texts(rows), self.zone.texts(rows)
        if texts is None or zones is None:
            return texts
        zones = per_distinct(zones, _suffix)
        whole = pc.binary_join_element_wise(texts, zones, "")
        return pc.if_else(is_blank(texts), "", whole)

    def columns(self) -> Iterator[str]:
        """Those of the dates and of the zones."""
        yield from self.source.columns()
        yield from self.zone.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What either lacks."""
        yield from self.source.lacking(has)
        yield from self.zone.lacking(has)


def _suffix(zone: str) -> str:
    name = _GMT.sub("", zone.strip())
    return f" [{_IANA.get(name.casefold(), name)}]" if name else ""
