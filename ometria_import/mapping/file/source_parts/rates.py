"""What a mapping file says of rates of exchange, and the files that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from ometria_import.mapping.expressions.computing.rates import Moment, RateOf, Rates, moment_of
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.origins import Braced, cut_braces
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.source_parts.keys import declared
from ometria_import.mapping.file.source_parts.tables import ReadBraced, of_file, read_columns
from ometria_import.problems import Finding
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldType,
    FieldTypeName,
    field_type,
)


class RatesFile(NamedTuple):
    """A file with rates."""

    load: Callable[[Mapping[str, str]], Rates]
    """Gives the rates for the user's settings."""
    order: Braced
    """How the days of records are written, where the mapping says so of all columns."""


_COLUMNS = ("date", "currency", "rate")


def read_rates(root: Section, braced: ReadBraced) -> dict[str, RatesFile]:
    """The `[rates.NAME]` of a mapping file.

    Args:
        root: The mapping file.
        braced: Reads a text that may have settings in braces.
    """
    conventions = root.section("conventions")
    says_order = "date_order" in conventions.values
    order = braced(conventions, "date_order") if says_order else cut_braces("")
    return {
        each.keys[-1]: RatesFile(_rates(each, braced), order)
        for each in root.section("rates").tables()
    }


def rate_origin(
    source: Section, rates: Mapping[str, RatesFile], plain: Callable[[Section, str], Expression]
) -> Expression:
    """The rate of a currency on a day."""
    name = declared(source, "rate", rates, "rates")
    for key in ("of", "at"):
        if key not in source.values:
            what = "the currency" if key == "of" else "the date"
            raise source.error(f"'rate' needs '{key}', the source of {what}", "rate")
    order = source.chosen("date_order", DateOrder, "") if "date_order" in source.values else ""
    return RateOf(
        (plain(source, "of"), plain(source, "at")),
        name,
        rates[name].load,
        cut_braces(order) if order else rates[name].order,
        lambda text: source.error(
            f"'{text}' does not say which is the day and which the month",
            "rate",
            hint='Add date_order = "dmy" or "mdy" next to \'rate\'.',
        ),
    )


def _rates(section: Section, braced: ReadBraced) -> Callable[[Mapping[str, str]], Rates]:
    section.only("file", *_COLUMNS, "date_order", "decimal_sign")
    names = tuple(map(section.text_of, _COLUMNS))
    order = section.chosen("date_order", DateOrder, "")
    sign = section.chosen("decimal_sign", DecimalSign, "")
    said = Conventions(DateOrder(order) if order else None, DecimalSign(sign) if sign else None)
    return of_file(section, braced, lambda path: _load(section, path, names, said))


def _load(section: Section, path: Path, names: tuple[str, ...], said: Conventions) -> Rates:
    lines, (days, currencies, numbers) = read_columns(section, path, names)
    of_days = _settled(FieldTypeName.TIMESTAMP, days, said)
    of_rates = _settled(FieldTypeName.NUMBER, numbers, said)
    known: dict[str, dict[Moment, Decimal]] = {}
    for line, day, currency, text in zip(lines, days, currencies, numbers, strict=True):
        if not (day or currency or text):
            continue
        moment = moment_of(day, of_days.date_order)
        rate = field_type(FieldTypeName.NUMBER, of_rates).parse(text) if text else ""
        problem = _problem(moment, day, currency, rate)
        if problem or not isinstance(moment, tuple) or isinstance(rate, Finding):
            raise section.error(f"{path}, line {line}: {problem}", "file")
        earlier = known.setdefault(currency.upper(), {}).setdefault(moment, Decimal(rate))
        if earlier != Decimal(rate):
            words = f"{currency} has the rates {earlier} and {rate} on {day}"
            raise section.error(f"{path}, line {line}: {words}", "file")
    rates = Rates()
    for currency, by_moment in known.items():
        rates.since[currency] = sorted(by_moment)
        rates.rates[currency] = [by_moment[each] for each in rates.since[currency]]
    return rates


def _problem(moment: Moment | str | None, day: str, currency: str, rate: str | Finding) -> str:
    """What is wrong with a row, or nothing."""
    if moment is None:
        return f"'{day}' may be two days; say which with date_order"
    if isinstance(moment, str):
        return f"'{day}' {moment}"
    if not currency:
        return "it has no currency"
    if isinstance(rate, Finding):
        return f"{rate.message}; a decimal_sign says how the rates are written"
    return "" if rate and Decimal(rate) > 0 else "it has no rate above 0"


def _settled(name: FieldTypeName, texts: list[str], said: Conventions) -> Conventions:
    """The conventions of a column: those that are said, or those that all of its texts show."""
    kind: FieldType = field_type(name, Conventions())
    evidence = {kind.evidence(text) for text in texts if text} if kind.evidence else set()
    orders = [each for each in evidence if isinstance(each, DateOrder)]
    signs = [each for each in evidence if isinstance(each, DecimalSign)]
    return Conventions(
        said.date_order or (orders[0] if len(orders) == 1 else None),
        said.decimal_sign or (signs[0] if len(signs) == 1 else None),
    )
