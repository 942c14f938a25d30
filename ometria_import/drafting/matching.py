"""Which columns explain which fields: a name must say it with all of its words, and the values must not deny it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from ometria_import.drafting.names import Meanings, meanings_of
from ometria_import.drafting.profile import NEARLY_ALL, Column
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import FieldTypeName

_TELLING = frozenset(
    {
        FieldTypeName.EMAIL,
        FieldTypeName.CURRENCY,
        FieldTypeName.COUNTRY,
        FieldTypeName.URL,
        FieldTypeName.GENDER,
        FieldTypeName.TIMEZONE,
        FieldTypeName.DATE,
    }
)
"""Types whose rule refuses most texts that are something else."""
_ONE_OF_SEVERAL = frozenset(
    {FieldTypeName.MONEY, FieldTypeName.NUMBER, FieldTypeName.ID, FieldTypeName.TIMESTAMP}
)
_LEAST_SHARE = {FieldTypeName.COUNTRY: 0.7, FieldTypeName.GENDER: 0.5}
"""Types of which many values may be unknown or not said."""
_TITLES = frozenset(
    "mr mrs ms miss dr prof sir herr frau fraulein hr fr mme mlle m madame monsieur mademoiselle sr sra srta don dona "
    "signor signora signorina sig dhr mevr mw mevrouw heer de sig.ra".split()
)


_SAY_HOW = frozenset({"minor", "epoch"})
"""Words that tell how a value is written, and not what it is."""


_STATUS = re.compile(
    r"^(paid|unpaid|pending|open|complete[d]?|shipped|delivered|closed|processing|refunded|failed|ready|cancel+ed|new|"
    r"balance ?due|credit ?owed|partial|delayed|bezahlt|offen|betaald|verzonden)$",
    re.IGNORECASE,
)
_FIRST = {
    "contact": ("id", "email"),
    "product": ("id", "title"),
    "lineitem": ("product_id", "quantity"),
    "order": ("id", "timestamp", "grand_total"),
}
"""The fields that a record cannot do without choose their columns before the others."""
_LAST = 99
_MOST_RATES = 4
_HIGHEST_RATE = 28


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to say a field: words that must be there, and words that may."""

    needed: tuple[frozenset[str], ...]
    optional: tuple[frozenset[str], ...]
    barred: frozenset[str]
    """Words that may not be there, though `owns` has them."""
    owns: frozenset[str]

    def explains(self, meanings: Meanings) -> bool:
        """Whether the words of a name are these and no others."""
        if any(each & self.barred for each in meanings):
            return False
        owns = self.owns
        if "line" in owns and any("line" in each for each in meanings):
            owns |= {"order"}  # the lines of an order
        return _explains(list(meanings), self.needed, self.optional, owns, frozenset())


def _explains(
    left: Sequence[frozenset[str]],
    needed: tuple[frozenset[str], ...],
    optional: tuple[frozenset[str], ...],
    owns: frozenset[str],
    said: frozenset[str],
) -> bool:
    if not needed:
        free = owns | said | _SAY_HOW | frozenset().union(*optional)
        return all(each & free or "filler" in each or "#1" in each for each in left)
    first, rest = needed[0], needed[1:]
    for number, each in enumerate(left):
        if common := each & first:
            others = [*left[:number], *left[number + 1 :]]
            if _explains(others, rest, optional, owns, said | common):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Fit:
    """A column that says a field."""

    path: str
    column: Column
    rank: int
    """How sure the pattern is: 0 is the surest."""


@dataclass
class Level:
    """The fields of one kind of record, or of its items, with the columns that say them."""

    kind: str
    fits: dict[str, list[Fit]] = field(default_factory=dict)
    """By field, the surest first."""

    def best(self, path: str) -> Fit | None:
        """The surest column of a field."""
        return next(iter(self.fits.get(path, ())), None)

    def without(self, path: str) -> Level:
        """The other fields."""
        return self.kept(lambda fit: fit.path != path)

    def kept(self, keeps: Callable[[Fit], bool]) -> Level:
        """The columns that a condition keeps."""
        fits = {path: [fit for fit in each if keeps(fit)] for path, each in self.fits.items()}
        return Level(self.kind, fits)

    def has(self, *paths: str) -> bool:
        """Whether every one of some fields has a column."""
        return all(self.fits.get(path) for path in paths)


@cache
def patterns_of(kind: str) -> Mapping[str, tuple[Pattern, ...]]:
    """The patterns of all fields of an object type, or of `lineitem`."""
    folder = resources.files("ometria_import.drafting")
    read = tomllib.loads(folder.joinpath("fields.toml").read_text("utf-8"))[kind]
    owns = frozenset(read["own"].split())
    return {
        path: tuple(_pattern(text, owns) for text in texts)
        for path, texts in read["fields"].items()
    }


def _pattern(text: str, owns: frozenset[str]) -> Pattern:
    words = text.split()
    return Pattern(
        tuple(
            frozenset(each.split("|"))
            for each in words
            if not each.endswith("?") and each[0] != "!"
        ),
        tuple(frozenset(each[:-1].split("|")) for each in words if each.endswith("?")),
        frozenset(each[1:] for each in words if each[0] == "!"),
        owns,
    )


def level_of(kind: str, columns: Iterable[Column]) -> Level:
    """All columns that can say the fields of an object type, or of `lineitem`."""
    level, types = Level(kind), _types(kind)
    for path, patterns in patterns_of(kind).items():
        found = []
        for column in columns:
            meanings = meanings_of(column.name)
            rank = next((n for n, each in enumerate(patterns) if each.explains(meanings)), None)
            if meanings and rank is not None and can_be(kind, path, column, types.get(path)):
                found.append(Fit(path, column, rank))
        level.fits[path] = sorted(found, key=lambda each: (each.rank, each.column.is_blank))
    return level


def choose(into: dict[str, Fit], level: Level, taken: set[str] | None = None) -> None:
    """Give each field the surest column that no other field has."""
    taken = set() if taken is None else taken
    first = {path: number for number, path in enumerate(_FIRST.get(level.kind, ()))}

    def order(path: str) -> tuple[int, int]:
        return first.get(path, _LAST), min((fit.rank for fit in level.fits[path]), default=_LAST)

    for path in sorted(level.fits, key=order):
        fit = next((each for each in level.fits[path] if each.column.name not in taken), None)
        if fit is not None:
            into[path] = fit
            taken.add(fit.column.name)


@cache
def _types(kind: str) -> Mapping[str, FieldTypeName]:
    owner = ObjectType.ORDER if kind == "lineitem" else ObjectType(kind)
    prefix = "lineitems." if kind == "lineitem" else ""
    return {path.removeprefix(prefix): each.type for path, each in SCHEMAS[owner].fields()}


def can_be(kind: str, path: str, column: Column, type_name: FieldTypeName | None) -> bool:
    """Whether the values of a column do not deny that they are of a field."""
    if column.is_blank:
        return "[]." not in column.name
    name = path.rpartition(".")[2]
    if "[]." in column.name and type_name in _ONE_OF_SEVERAL:
        return False  # the first of several amounts is not their sum
    if name == "url" and all(text.startswith("/") for text in column.distinct):
        return True
    if name == "state" and any(_STATUS.search(text) for text in column.distinct):
        return False
    if name == "variant_id" and column.are_whole and max(map(len, column.distinct)) < 3:  # noqa: PLR2004 -- a position
        return False
    if name == "tax" and _are_rates(column):
        return False
    if name == "prefix":
        words = {text.rstrip(".").lower() for text in column.distinct}
        return len(words & _TITLES) * 2 >= len(words)
    if type_name in _TELLING:
        return column.share(type_name) >= _LEAST_SHARE.get(type_name, NEARLY_ALL)
    match type_name:
        case FieldTypeName.MONEY | FieldTypeName.NUMBER:
            return column.are_numbers
        case FieldTypeName.TIMESTAMP:
            return column.are_dates
        case FieldTypeName.PHONE:
            return sum(sum(c.isdigit() for c in text) > 5 for text in column.distinct) * 2 > len(
                column.distinct
            )  # noqa: PLR2004
        case FieldTypeName.ID:
            return _can_be_id(kind, name, column)
        case FieldTypeName.BOOLEAN:
            return column.are_yes_or_no or column.are_numbers
    if path in {
        "firstname",
        "lastname",
        "name",
        "customer.name",
        "customer.firstname",
        "customer.lastname",
        "title",
        "payment_method",
        "status",
    }:
        return column.are_texts or path == "status"
    return True


def _are_rates(column: Column) -> bool:
    """Whether a few whole numbers are the rates of a tax rather than amounts of it."""
    numbers = [text for text in column.distinct if re.fullmatch(r"\d{1,2}([.,]0+)?", text)]
    return (
        len(column.filled) > 2 * _MOST_RATES
        and len(numbers) == len(column.distinct) <= _MOST_RATES
        and all(int(re.split("[.,]", text)[0]) <= _HIGHEST_RATE for text in numbers)
        and any(text.strip("0.,") for text in numbers)
    )


def _can_be_id(kind: str, name: str, column: Column) -> bool:
    if kind in {"contact", "product"} and name == "id":
        return column.are_ids and len(column.distinct) >= len(column.filled) * NEARLY_ALL
    return column.are_ids and not (column.are_dates and not column.are_whole)
