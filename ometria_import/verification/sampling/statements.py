"""What users ask to be read: everything, a number, a share, a statement, a time or a part."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ometria_import.errors import UsageError
from ometria_import.verification.sampling.bounds import records_to_draw

DEFAULT_CONFIDENCE = 95.0
READS_PER_S = 4.0
"""What an account allows unless somebody has had it raised."""
_NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_COUNT = re.compile(r"\d{1,12}", re.ASCII)
_SHARE = re.compile(rf"({_NUMBER}) ?%(?: ?@ ?({_NUMBER}) ?%?)?", re.ASCII)
_PART = re.compile(r"(\d{1,6}) ?/ ?(\d{1,6})", re.ASCII)
_FULL = 100


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything."""

    def __str__(self) -> str:
        return "all"


@dataclass(frozen=True, slots=True)
class Count:
    """So many records."""

    records: int

    def __str__(self) -> str:
        return str(self.records)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the records."""

    percent: float

    def __str__(self) -> str:
        return f"{self.percent:g}%"


@dataclass(frozen=True, slots=True)
class Claim:
    """As many records as it takes to say that fewer than a share of all are wrong."""

    percent: float
    confidence: float = DEFAULT_CONFIDENCE

    def __str__(self) -> str:
        return f"{self.percent:g}%@{self.confidence:g}"


@dataclass(frozen=True, slots=True)
class ForTime:
    """As many records as can be read in a time."""

    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:g}s"


@dataclass(frozen=True, slots=True)
class Part:
    """One of several parts, which together are everything; the same part is always the same."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"part {self.number}/{self.parts}"


Statement: TypeAlias = Whole | Count | Share | Claim | ForTime | Part
DEFAULT_STATEMENT = Claim(0.1)


def parse_sample(text: str) -> Count | Share | Claim:
    """Read what `--sample` says.

    Raises:
        UsageError: it is none of `3000`, `1%` and `0.1%@95`.
    """
    said = text.strip()
    if _COUNT.fullmatch(said) and int(said):
        return Count(int(said))
    found = _SHARE.fullmatch(said)
    if found and 0 < float(found[1]) <= _FULL:
        if found[2] is None:
            return Share(float(found[1]))
        if 0 < float(found[2]) < _FULL and float(found[1]) < _FULL:
            return Claim(float(found[1]), float(found[2]))
    raise UsageError(
        f"--sample: {text!r} is not a sample",
        hint="Give a number of records (3000), a share (1%), or what is to be said afterwards: "
        "0.1%@95 reads as many as it takes to say with 95 % confidence that fewer than 0.1 % "
        "are wrong.",
    )


def parse_part(text: str) -> Part:
    """Read what `--part` says.

    Raises:
        UsageError: it is not like `3/30`.
    """
    found = _PART.fullmatch(text.strip())
    if found and 1 <= int(found[1]) <= int(found[2]):
        return Part(int(found[1]), int(found[2]))
    raise UsageError(
        f"--part: {text!r} is not a part such as 3/30",
        hint="3/30 is the third of thirty parts: one a night, and all is read within the month.",
    )


def evenly_drawn(
    statement: Statement, populations: Sequence[int], reads_per_s: float = READS_PER_S
) -> int:
    """How many records a statement takes, drawn in proportion to the strata.

    Args:
        statement: Anything but a part, which is not drawn by chance.
        populations: Of the strata.
        reads_per_s: How many single records can be read in a second.
    """
    population = sum(populations)
    match statement:
        case Count(records):
            wanted = records
        case Share(percent):
            wanted = math.ceil(population * percent / _FULL)
        case Claim(percent, confidence):
            wanted = records_to_draw(populations, percent / _FULL, confidence)
        case ForTime(seconds):
            wanted = int(seconds * reads_per_s)
        case Whole() | Part():
            wanted = population
    return min(wanted, population)
