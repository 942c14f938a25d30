"""Numbers that are computed from others.

The texts of a computed number are formulas, because only all texts of a column say how its numbers
are written. The type of the field that they feed reads the operands and computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.computing.combined import Combined
from ometria_import.mapping.expressions.computing.rates import RateOf
from ometria_import.mapping.expressions.model import (
    Expression,
    Has,
    Origin,
    SourceRows,
    Step,
    is_blank,
    per_distinct,
    repeated,
    trimmed,
)
from ometria_import.mapping.expressions.origins import Constant, First
from ometria_import.schema.field_types import Conventions, DecimalSign, FieldTypeName, field_type
from ometria_import.schema.field_types.formulas import SEPARATOR, Operation, head, literal


@dataclass(frozen=True, slots=True)
class Computed(Combined):
    """A number computed from several sources."""

    operation: Operation

    def texts(self, rows: SourceRows) -> Texts | None:
        """Formulas; blank where the operands do not suffice."""
        import pyarrow.compute as pc

        found = [each.texts(rows) for each in self.parts]
        is_said = [not is_constant(each) for each in self.parts]
        if all(each is None for each, says in zip(found, is_said, strict=True) if says):
            return None
        texts = [repeated("", rows.length) if each is None else trimmed(each) for each in found]
        blank = [is_blank(each) for each in texts]
        if self.operation in {Operation.ADD, Operation.SUBTRACT}:
            # A constant alone is no sum: the row says nothing.
            blank = [each for each, says in zip(blank, is_said, strict=True) if says]
            is_nothing = reduce(pc.and_, blank)
        else:
            is_nothing = reduce(pc.or_, blank)
        formulas = _joined(self.operation, *texts)
        if self.operation is Operation.DIVIDE:
            formulas = per_distinct(formulas, _without_inexact)
        return pc.if_else(is_nothing, "", formulas)


@dataclass(frozen=True, slots=True)
class Changed(Step):
    """A number computed from another one, and perhaps from a second source."""

    operation: Operation
    by: Expression | None = None

    def texts(self, rows: SourceRows) -> Texts | None:
        """Formulas; blank where the first number is."""
        import pyarrow.compute as pc

        texts = self.source.texts(rows)
        if texts is None:
            return None
        texts = trimmed(texts)
        operands = [texts]
        if self.by is not None:
            by = self.by.texts(rows)
            operands.append(repeated("", rows.length) if by is None else trimmed(by))
        return pc.if_else(is_blank(texts), "", _joined(self.operation, *operands))

    def columns(self) -> Iterator[str]:
        """Those of the source and of the second one."""
        yield from self.source.columns()
        if self.by is not None:
            yield from self.by.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What either lacks."""
        yield from self.source.lacking(has)
        if self.by is not None:
            yield from self.by.lacking(has)


@dataclass(frozen=True, slots=True)
class Exact(Step):
    """Numbers that the mapping or the user wrote, with a point whatever the file's sign is."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Formulas that mean these numbers."""
        texts = self.source.texts(rows)
        return None if texts is None else per_distinct(texts, _exact)


@dataclass(frozen=True, slots=True)
class SumOf(Origin):
    """The sum of a field of the record's items, which is known only when these have been read."""

    path: str
    """Of the field: `lineitems.total`."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank: where nothing else is in its place, the sum is taken."""
        return repeated("", rows.length)


def sum_of(expression: Expression) -> str:
    """The field of items that is added up where it gives nothing else; blank where none is."""
    match expression:
        case SumOf(path):
            return path
        case First(alternatives):
            return next(filter(None, map(sum_of, alternatives)), "")
    return ""


def is_computed(expression: Expression) -> bool:
    """Whether some of its texts are formulas."""
    match expression:
        case Computed() | Changed() | Exact() | SumOf() | RateOf():
            return True
        case First(alternatives):
            return any(map(is_computed, alternatives))
        case Step(source):
            return is_computed(source)
    return False


def is_constant(expression: Expression) -> bool:
    """Whether it says the same in every row."""
    match expression:
        case Constant():
            return True
        case Step(source):
            return is_constant(source)
    return False


def parse_decimal(text: str) -> Decimal | None:
    """A number as mappings write it: digits, perhaps with a point; None for any other text."""
    bare = text.strip()
    is_plain = bare.isascii() and bare.removeprefix("-").replace(".", "", 1).isdigit()
    return Decimal(bare) if is_plain else None


def _exact(text: str) -> str:
    number = parse_decimal(text)
    return text if number is None else literal(number)


def _joined(operation: Operation, *texts: Texts) -> Texts:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(head(operation, len(texts)), *texts, SEPARATOR)


def _without_inexact(formula: str) -> str:
    """Blank where the division gives nothing, however its numbers are read."""
    outcomes = [
        field_type(FieldTypeName.MONEY, Conventions(decimal_sign=sign)).parse(formula)
        for sign in DecimalSign
    ]
    is_inexact = "" in outcomes and not any(each and isinstance(each, str) for each in outcomes)
    return "" if is_inexact else formula
