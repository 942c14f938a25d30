"""Which columns say which fields: with all words of their names, and with no value against it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from ometria_import.drafting.columns.evidence import can_be
from ometria_import.drafting.columns.names import Meanings
from ometria_import.drafting.columns.profile import Column
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import FieldTypeName

_FIRST_ONE = frozenset({"#0", "#1"})
"""`addresses.0.city`, `Email 1`: the first of several."""
_SAY_HOW = frozenset({"minor", "epoch"})
"""Words that tell how a value is written, and not what it is."""


_OF_LINES = frozenset({"order", "sale", "receipt", "document"})
"""What lines are of: `SLS_LN_AMT` is the amount of a line."""
_FIRST = {
    "contact": ("id", "email"),
    "product": ("id", "title"),
    "lineitem": ("product_id", "quantity"),
    "order": ("id", "timestamp", "grand_total"),
}
"""The fields that a record cannot do without choose their columns before the others."""
_LAST = 99


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
            owns |= _OF_LINES
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
        return all(each & free or "filler" in each or each & _FIRST_ONE for each in left)
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
    folder = resources.files("ometria_import.drafting.columns")
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
            meanings = column.meanings
            rank = next((n for n, each in enumerate(patterns) if each.explains(meanings)), None)
            if meanings and rank is not None and can_be(kind, path, column, types.get(path)):
                found.append(Fit(path, column, rank))
        level.fits[path] = sorted(found, key=lambda each: (each.column.is_blank, each.rank))
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
