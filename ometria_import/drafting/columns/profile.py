"""What the values of a column look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ometria_import.drafting.columns.names import Meanings, meanings_of
from ometria_import.problems import Finding
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldTypeName,
    GenderLetters,
    field_type,
)

_LIKELY = (
    Conventions(DateOrder.DMY, DecimalSign.POINT, None, "GB"),
    Conventions(DateOrder.MDY, DecimalSign.COMMA, None, "DE", GenderLetters.HM),
)
_NUMBER = re.compile(r"-?\(?[^\d\s]{0,3}\s?-?\d[\d.,'\s]*\s?[^\d\s]{0,3}\)?")
_ID = re.compile(r"\S{1,80}(?: ?[:/#-] ?\S{1,40})*")
_NULLS = frozenset(
    {
        "",
        "null",
        "\\n",
        "nan",
        "none",
        "n/a",
        "#n/a",
        "-",
        "----",
        "0000-00-00",
        "0000-00-00 00:00:00",
    }
)
NEARLY_ALL = 0.9
_THOUSANDS = 3
"""So many digits behind a comma may as well be thousands; for a rough number they are."""
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?: ?[AaPp][Mm])?|[0-2]\d[0-5]\d[0-5]\d")


@dataclass(frozen=True)
class Column:
    """A column with its first values."""

    name: str
    texts: Sequence[str]
    said: str = ""
    """The name without what stands before all names of its table; empty where it is the name."""
    unit: str = ""
    """The unit of amounts, `minor` or `major`, if something other than the name tells it."""

    @cached_property
    def meanings(self) -> Meanings:
        """What the words of its name mean."""
        return meanings_of(self.said or self.name)

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything that the words of its name may mean."""
        return frozenset({self.unit} if self.unit else ()).union(*self.meanings)

    @cached_property
    def filled(self) -> list[str]:
        """The values that say something, trimmed."""
        return [text for each in self.texts if (text := each.strip()).lower() not in _NULLS]

    @cached_property
    def distinct(self) -> list[str]:
        """The different values, in the order of their first occurrence."""
        return list(dict.fromkeys(self.filled))

    @property
    def is_blank(self) -> bool:
        """Whether none of the values says anything."""
        return not self.filled

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return len(self.distinct) == len(self.texts) > 1

    def share(self, kind: FieldTypeName) -> float:
        """How many of the values are of a field type, 0 to 1; 1 where there are none."""
        if not self.distinct:
            return 1
        counts = Counter(self.filled)
        parsers = [field_type(kind, each).parse for each in _LIKELY]
        fitting = max(
            sum(count for text, count in counts.items() if not isinstance(parse(text), Finding))
            for parse in parsers
        )
        return fitting / len(self.filled)

    @cached_property
    def are_numbers(self) -> bool:
        """Whether the values are numbers, perhaps with a currency sign."""
        return all(_NUMBER.fullmatch(text) and "%" not in text for text in self.distinct)

    @cached_property
    def are_whole(self) -> bool:
        """Whether they are whole numbers."""
        return bool(self.distinct) and all(re.fullmatch(r"-?\d+", text) for text in self.distinct)

    @cached_property
    def are_dates(self) -> bool:
        """Whether the values are dates or times; of whole numbers, only those as long as dates."""
        if self.share(FieldTypeName.TIMESTAMP) < NEARLY_ALL:
            return False
        return not self.are_whole or all(len(text) in {8, 10, 13, 16, 19} for text in self.distinct)

    @cached_property
    def are_clock_times(self) -> bool:
        """Whether they are times of the day without a day."""
        return bool(self.distinct) and all(_CLOCK.fullmatch(text) for text in self.distinct)

    @cached_property
    def are_days(self) -> bool:
        """Whether they are dates without a time of the day."""
        return self.are_dates and not any(":" in text or "T" in text for text in self.distinct)

    @cached_property
    def are_yes_or_no(self) -> bool:
        """Whether the values are words for yes and no."""
        return self.share(FieldTypeName.BOOLEAN) == 1

    @cached_property
    def are_ids(self) -> bool:
        """Whether the values can name something: short, without amounts or sentences."""
        return all(_ID.fullmatch(text) and "@" not in text for text in self.distinct)

    @cached_property
    def are_texts(self) -> bool:
        """Whether the values are words rather than numbers or dates."""
        words = sum(text[:1].isalpha() for text in self.distinct)
        return not self.distinct or words > len(self.distinct) / 2

    @cached_property
    def are_names(self) -> bool:
        """Whether the values are words without digits, as the names of people are."""
        words = sum(not any(char.isdigit() for char in text) for text in self.distinct)
        return self.are_texts and words >= len(self.distinct) * NEARLY_ALL


def number_of(text: str) -> float | None:
    """A text as a rough number, whatever its signs and separators; None where it is none."""
    digits = re.sub(r"[^\d.,-]", "", text)
    point = max(digits.rfind("."), digits.rfind(","))
    if point >= 0:
        whole, fraction = re.sub("[.,]", "", digits[:point]), digits[point + 1 :]
        digits = f"{whole}{fraction}" if len(fraction) == _THOUSANDS else f"{whole}.{fraction}"
    try:
        return float(digits)
    except ValueError:
        return None
