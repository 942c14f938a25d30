"""Formulas computed all at once give what they give one by one."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from ometria_import.prepare.columns.computing import compute_column, operands_in
from ometria_import.schema.field_types import Conventions, DecimalSign, field_type
from ometria_import.schema.field_types.formulas import (
    SEPARATOR,
    Operation,
    head,
    literal,
    unknown,
)
from ometria_import.sources.arrays import Texts

MONEY = field_type("money", Conventions(decimal_sign=DecimalSign.POINT))
_CELLS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9)).map(str),
    st.integers(-(10**17), 10**17).map(str),
    st.sampled_from(["", "0", "-0.00", "1,234.50", "(3.10)", "£2", "abc", "0.000000000001", "7.0"]),
)


def read(operands: Texts) -> Texts:
    """Operands in normal form, null for what is none."""
    outcomes = [
        MONEY.parse(text.strip()) if text.strip() else None for text in operands.to_pylist()
    ]
    return pa.array([each if isinstance(each, str) else None for each in outcomes], pa.string())


def formula(operation: Operation, *operands: str) -> str:
    """A formula as a mapping makes it."""
    return SEPARATOR.join([head(operation, len(operands)), *operands])


def shapes(first: str, second: str, third: str, digits: str) -> list[str]:
    """Formulas of every shape."""
    cents, rate = literal(Decimal("0.01")), literal(Decimal("1.25"))
    product = formula(Operation.MULTIPLY, first, second)
    return [
        product,
        formula(Operation.ADD, first, second, third),
        formula(Operation.SUBTRACT, first, second, third),
        formula(Operation.DIVIDE, first, second),
        formula(Operation.NEGATE, first),
        formula(Operation.ABSOLUTE, first),
        formula(Operation.SCALE, first, cents),
        formula(Operation.SCALE, first, literal(Decimal(1000))),
        formula(Operation.SCALE, product, cents),
        formula(Operation.SHIFT, first, digits),
        formula(Operation.ROUND, formula(Operation.MULTIPLY, first, rate), literal(Decimal(2))),
        formula(Operation.ADD, product, formula(Operation.NEGATE, third), rate),
        formula(Operation.MULTIPLY, first, unknown("no rate")),
    ]


@given(
    st.lists(
        st.tuples(_CELLS, _CELLS, _CELLS, st.sampled_from(["0", "2", "3", "12", "13", "-1", "x"])),
        max_size=8,
    )
)
@example([("1999", "2", "3.5", "2"), ("19.99", "", "", "0"), ("1e-7", "9" * 18, "0.1", "12")])
def test_columns_are_computed_like_single_formulas(rows: list[tuple[str, str, str, str]]) -> None:
    by_shape = zip(*(shapes(*row) for row in rows), strict=True)
    for column in by_shape:
        found = compute_column(pa.array(column, pa.string()), read).to_pylist()
        expected = [MONEY.parse(each) for each in column]
        assert [each for each in found if each is not None] == [
            each for each, own in zip(expected, found, strict=True) if own is not None
        ]


def test_plain_columns_are_computed_whole() -> None:
    column = [formula(Operation.SCALE, str(units), literal(Decimal("0.01"))) for units in range(99)]

    found = compute_column(pa.array(column), read).to_pylist()

    assert found == [MONEY.parse(each) for each in column]
    assert found[:12:11] == ["0", "0.11"]


def test_column_of_several_shapes_is_left_to_be_computed_one_by_one() -> None:
    column = [formula(Operation.NEGATE, "1"), formula(Operation.ABSOLUTE, "1")]

    assert compute_column(pa.array(column), read).to_pylist() == [None, None]


def test_cells_of_formulas_stand_for_these_in_a_survey() -> None:
    column = [
        "1,5",
        formula(Operation.ADD, "2,5", formula(Operation.NEGATE, "3"), literal(Decimal(4))),
    ]

    assert operands_in(pa.array(column)).to_pylist() == ["1,5", "2,5", "3"]
