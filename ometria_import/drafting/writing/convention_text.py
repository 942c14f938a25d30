"""What a draft asks of its conventions: the zone of the times, the country of the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.tables import Reading

_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d| (UTC|GMT))$")


def convention_lines(reading: Reading) -> Iterator[str]:
    """The questions that `[conventions]` answers, with the lines that would answer them."""
    questions: list[str] = []
    fits = reading.fields.items()
    if any(path.startswith("timestamp") and _lacks_zone(fit.column) for path, fit in fits):
        questions += (
            "# QUESTION: the times say no zone. Give --timezone Europe/London, or say here:",
            '# timezone = "Europe/London"',
        )
    phone = reading.fields.get("phone_number")
    if phone and not all(text.startswith(("+", "00")) for text in phone.column.distinct):
        questions += (
            "# QUESTION: phone numbers lack their country. Give --country GB, or say it here:",
            '# country = "GB"',
        )
    if questions:
        yield from ("", "[conventions]", *questions)


def _lacks_zone(column: Column) -> bool:
    are_zoned = column.are_whole or all(_ZONED.search(text) for text in column.distinct)
    return bool(column.distinct) and not are_zoned
