"""Dates in a format that the mapping names."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import (
    SourceRows,
    Step,
    per_distinct,
    trimmed,
)

_DIGITS = {"d": 2, "m": 2, "Y": 4, "y": 2, "H": 2, "M": 2, "S": 2}
"""Codes that stand for digits, and how many there are at most."""
_CODE = re.compile("%(.)")
_DATE, _TIME = ("m", "d"), ("H", "M", "S")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Moment(Step):
    """Texts of one format written as ISO 8601; other texts stay as they are.

    A year of two digits stays one, as in `15 Jun 31`: the field knows its century.
    """

    date_format: str

    def texts(self, rows: SourceRows) -> Texts | None:
        """Dates that have the format, in ISO 8601; others unchanged."""
        texts = self.source.texts(rows)
        if texts is None:
            return None
        codes = _CODE.findall(self.date_format)
        if set(codes) <= set(_DIGITS) and len(codes) == len(set(codes)):
            return self._by_digits(texts, codes)
        return per_distinct(texts, self._by_strptime)

    def _by_digits(self, texts: Texts, codes: list[str]) -> Texts:
        """All at once; a day that the calendar has not is left for the field type to refuse."""
        import pyarrow.compute as pc

        pieces = _CODE.split(self.date_format)
        pattern = "".join(
            f"(?P<{piece}>[0-9]{{{_DIGITS[piece] if piece == 'Y' else 1},{_DIGITS[piece]}}})"
            if position % 2
            else re.escape(piece)
            for position, piece in enumerate(pieces)
        )
        found = pc.extract_regex(trimmed(texts), f"^{pattern}$")
        part = {code: pc.struct_field(found, [code]) for code in codes}
        date = _by_names(part) if "y" in part else _by_numbers(part["Y"], part)
        if "H" in part:
            clock = [pc.utf8_lpad(part[c], 2, padding="0") if c in part else "00" for c in _TIME]
            date = pc.binary_join_element_wise(date, pc.binary_join_element_wise(*clock, ":"), "T")
        return pc.if_else(pc.is_valid(date), date, texts)

    def _by_strptime(self, text: str) -> str:
        with contextlib.suppress(ValueError):
            # A zone is in the text or is the column's convention, which the field type adds.
            read = datetime.strptime(text.strip(), self.date_format)  # noqa: DTZ007
            has_time = any(code in self.date_format for code in ("%H", "%I", "%X", "%c"))
            day = read.date().isoformat()
            if "%y" in self.date_format:
                day = f"{read.day:02} {_MONTHS[read.month - 1]} {read.year % 100:02}"
            return f"{day}T{read.time().isoformat()}" if has_time else day
        return text


def is_whole_date(date_format: str) -> bool:
    """Whether a format says year, month and day, which no date can do without."""
    codes = set(_CODE.findall(date_format))
    return bool(codes & {"c", "x"}) or (
        bool(codes & {"Y", "y"}) and ("j" in codes or ("d" in codes and bool(codes & set("mbB"))))
    )


def _by_numbers(year: Any, part: dict[str, Any]) -> Any:
    import pyarrow.compute as pc

    rest = (pc.utf8_lpad(part[code], 2, padding="0") for code in _DATE)
    return pc.binary_join_element_wise(year, *rest, "-")


def _by_names(part: dict[str, Any]) -> Any:
    """Days like `15 Jun 31`; with a month that no year has, one that the field type refuses."""
    import pyarrow as pa
    import pyarrow.compute as pc

    day, month, year = (pc.utf8_lpad(part[code], 2, padding="0") for code in ("d", "m", "y"))
    numbers = pa.array([f"{number:02}" for number in range(1, len(_MONTHS) + 1)], pa.string())
    names = pa.array(_MONTHS, pa.string()).take(pc.index_in(month, value_set=numbers))
    named = pc.binary_join_element_wise(day, names, year, " ")
    refused = _by_numbers(pc.binary_join_element_wise("20", year, ""), part)
    return pc.coalesce(named, refused)
