"""What the columns of a table say of days and months, zones, decimal signs and currencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ometria_import.actions.inspection.report import NO_COUNTRY, NO_ZONE, FileReport
from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.options.choices import DateOrder
from ometria_import.prepare.columns.by_country import countries_in
from ometria_import.prepare.columns.survey import (
    DATE_ORDER,
    DECIMAL_SIGN,
    ZONE,
    OpenConventions,
    Survey,
    TextsByPath,
)
from ometria_import.schema import Field
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type
from ometria_import.sources import TableSource

_FLAGS = {
    DATE_ORDER: ("days and months", "--date-order dmy or --date-order mdy"),
    DECIMAL_SIGN: ("decimal signs", "--decimal-sign point or --decimal-sign comma"),
}
_CURRENCIES_SHOWN = 6


def read_conventions(
    report: FileReport, source: TableSource, mapping: BoundMapping, given: Conventions
) -> None:
    """Read a whole table once: its rows are counted, and its columns asked what they say."""
    fields = mapping.fields()
    types = {path: field_type(each.type, Conventions()) for path, each in fields.items()}
    currencies = _Currencies(
        [path for path in fields if fields[path].type is FieldTypeName.CURRENCY]
    )

    phones = [path for path in fields if fields[path].type is FieldTypeName.PHONE]
    without_country: set[str] = set()
    open_ones = OpenConventions(types)

    def read() -> Iterator[TextsByPath]:
        for chunk in source.chunks():
            report.rows += len(chunk) + len(chunk.rejects)
            report.unreadable += len(chunk.rejects)
            texts = mapping.texts(chunk.table)
            currencies.take(texts)
            without_country.update(
                path for path in phones if path in texts and _is_open(path, fields[path], texts)
            )
            open_ones.take(texts)
            yield texts

    survey = Survey(types, read)
    survey.conventions_of("")
    for path in types:
        known = mapping.conventions(path, given)
        column = mapping.column_of(path)
        for need in (each for each in _FLAGS if each in open_ones.of[path]):
            _tell(report, column, need, getattr(known, need), survey.conventions_of(path))
        if ZONE in open_ones.of[path]:
            _tell_zone(report, column, known.timezone)
        if path in without_country and known.country is None:
            report.conventions[f"{column}: country"] = NO_COUNTRY
    if currencies.seen:
        report.conventions["currency"] = str(currencies)


def _is_open(path: str, field: Field, texts: TextsByPath) -> bool:
    """Whether some phone numbers need a country that their own rows do not say."""
    own = texts[path]
    if (named := texts.get(field.of_country)) is not None:
        own = own.filter(countries_in(named).is_null())
    return lacks_country(own.unique().to_pylist())


def lacks_country(texts: Iterable[str]) -> bool:
    """Whether some phone numbers begin neither with + nor with 00."""
    said = (text.strip() for text in texts)
    return any(text and not text.startswith(("+", "00")) for text in said)


class _Currencies:
    """The first few currencies that a table says."""

    def __init__(self, paths: list[str]) -> None:
        self._paths = paths
        self.seen: dict[str, None] = {}

    def take(self, texts: TextsByPath) -> None:
        for path in self._paths:
            if path in texts and len(self.seen) <= _CURRENCIES_SHOWN:
                said = (text.strip() for text in texts[path].unique().to_pylist())
                self.seen.update(dict.fromkeys(text for text in said if text))

    def __str__(self) -> str:
        names = list(self.seen)
        more = ", …" if len(names) > _CURRENCIES_SHOWN else ""
        return ", ".join(names[:_CURRENCIES_SHOWN]) + more


def _tell_zone(report: FileReport, column: str, zone: str | None) -> None:
    report.conventions[f"{column}: zone"] = f"{zone} (given)" if zone else NO_ZONE
    question = (
        "times have no zone and are read as UTC; if that is wrong, add --timezone Europe/London"
    )
    if not zone and question not in report.questions:
        report.questions.append(question)


def _tell(report: FileReport, column: str, need: str, known: Any, said: set[Any]) -> None:
    """One convention of one column: given, said by its texts, or to be asked for."""
    words, flags = _FLAGS[need]
    of_kind = {str(each) for each in said if _kind_of(each) == need}
    if known is not None:
        report.conventions[f"{column}: {words}"] = f"{known} (given)"
    elif len(of_kind) == 1:
        report.conventions[f"{column}: {words}"] = f"{of_kind.pop()} (as its values say)"
    else:
        why = "its values contradict each other" if of_kind else "no value settles it"
        report.questions.append(f"{column}: {words} are open, {why}: {flags}")
        flag = flags.split()[0]
        if flag not in report.flags:
            report.flags.append(flag)


def _kind_of(said: Any) -> str:
    return DATE_ORDER if isinstance(said, DateOrder) else DECIMAL_SIGN
