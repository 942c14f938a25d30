"""What the columns of a table say of days and months, zones, decimal signs and currencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ometria_import.choices import DateOrder
from ometria_import.inspection.report import FileReport
from ometria_import.mapping.model import TableMapping
from ometria_import.prepare.survey import Survey, TextsByPath
from ometria_import.schema.field_types import Conventions, FieldType, FieldTypeName, field_type
from ometria_import.sources import TableSource

_DATE_ORDER, _DECIMAL_SIGN, _TIMEZONE = "date_order", "decimal_sign", "timezone"
_FLAGS = {
    _DATE_ORDER: ("days and months", "--date-order dmy or --date-order mdy"),
    _DECIMAL_SIGN: ("decimal signs", "--decimal-sign point or --decimal-sign comma"),
}
_ALL_NEEDS = {_DATE_ORDER, _DECIMAL_SIGN, _TIMEZONE}
_CURRENCIES_SHOWN = 6


def read_conventions(
    report: FileReport, source: TableSource, mapping: TableMapping, given: Conventions
) -> None:
    """Read a whole table once: its rows are counted, and its columns asked what they say."""
    fields = mapping.fields()
    types = {path: field_type(each.type, Conventions()) for path, each in fields.items()}
    currencies = _Currencies(
        [path for path in fields if fields[path].type is FieldTypeName.CURRENCY]
    )

    needs = _Needs(types)

    def read() -> Iterator[TextsByPath]:
        for chunk in source.chunks():
            report.rows += len(chunk) + len(chunk.rejects)
            report.unreadable += len(chunk.rejects)
            texts = mapping.texts(chunk.table)
            currencies.take(texts)
            needs.take(texts)
            yield texts

    survey = Survey(types, read)
    survey.said_of("")
    for path in types:
        known = mapping.conventions(path, given)
        column = mapping.column_of(path)
        for need in (each for each in _FLAGS if each in needs.of[path]):
            _tell(report, column, need, getattr(known, need), survey.said_of(path))
        if _TIMEZONE in needs.of[path]:
            _tell_zone(report, column, known.timezone)
    if currencies.seen:
        report.conventions["currency"] = str(currencies)


class _Needs:
    """What the texts of each column leave open; all of them are looked at."""

    def __init__(self, types: dict[str, FieldType]) -> None:
        self._types = types
        self.of: dict[str, set[str]] = {path: set() for path in types}

    def take(self, texts: TextsByPath) -> None:
        for path, kind in self._types.items():
            if kind.needs is None or path not in texts or self.of[path] >= _ALL_NEEDS:
                continue
            for text in _not_canonical(texts[path], kind):
                self.of[path] |= set(kind.needs(text))


def _not_canonical(texts: Any, kind: FieldType) -> Iterator[str]:
    """The distinct texts that are not in normal form, which leaves nothing open."""
    import pyarrow.compute as pc

    known = pc.match_substring_regex(texts, f"^(?:{kind.canonical})$")
    for text in texts.filter(pc.invert(known)).unique().to_pylist():
        if stripped := text.strip():
            yield stripped


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
    report.conventions[f"{column}: zone"] = f"{zone} (given)" if zone else "none is written"
    question = "times bear no zone and are read as UTC; else say --timezone Europe/London"
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
        why = "its values contradict each other" if of_kind else "no value tells"
        report.questions.append(f"{column}: {words} are open, {why}: {flags}")


def _kind_of(said: Any) -> str:
    return _DATE_ORDER if isinstance(said, DateOrder) else _DECIMAL_SIGN
