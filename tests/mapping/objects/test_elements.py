"""Laws of elements: whatever the arrays are like, the right ones are found."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ometria_import.mapping.expressions.arrays import OneElement, Sum
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.model import Children
from ometria_import.mapping.objects.children import with_children
from ometria_import.mapping.objects.elements import ObjectRows

IDS = st.sampled_from([None, "", 0, 1, "1", 2, "A", "a"])
LINES = st.none() | st.lists(st.fixed_dictionaries({"id": IDS}), max_size=4)
REFUNDS = st.none() | st.lists(
    st.fixed_dictionaries(
        {
            "lines": st.none()
            | st.lists(st.fixed_dictionaries({"of": IDS, "sum": st.integers(-3, 3)}), max_size=4)
        }
    ),
    max_size=3,
)
ORDERS = st.lists(st.fixed_dictionaries({"lines": LINES, "refunds": REFUNDS}), max_size=5)
SAME = Condition(column="refunds[].lines[].of", equals_column="lines[].id")


def key(value: object) -> str:
    """How ids are compared."""
    return "" if value is None else str(value).lower()


def listed(texts: Any, length: int) -> list[str]:
    """Texts as a list; where no object has any, all are blank."""
    found: list[str] = [""] * length if texts is None else texts.to_pylist()
    return found


def of_refunds(order: dict[str, Any], line: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of refunds that name a line."""
    refunds = order["refunds"] or []
    lines = [each for refund in refunds for each in refund["lines"] or []]
    return [each for each in lines if key(each["of"]) == key(line["id"]) != ""]


@given(ORDERS)
def test_elements_of_another_array_are_found_by_their_value_within_the_same_object(
    orders: list[dict[str, Any]],
) -> None:
    rows = ObjectRows(orders, {}).elements("lines")
    lines = [(order, line) for order in orders for line in order["lines"] or []]
    expected = [of_refunds(order, line) for order, line in lines]

    total = listed(Sum("refunds[].lines[].sum", SAME).texts(rows), len(lines))
    last = listed(OneElement("refunds[].lines[].sum", SAME, at=-1).texts(rows), len(lines))

    sums = [str(sum(each["sum"] for each in found)) if found else "" for found in expected]
    assert total == sums
    ends = [str(found[-1]["sum"]) if found else "" for found in expected]
    assert last == ends


@given(st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=6), max_size=3))
def test_every_element_is_an_item_or_in_one_once(orders: list[list[tuple[int, int]]]) -> None:
    number = iter(range(1_000))
    objects = [
        {"lines": [{"n": next(number), "id": own, "of": parent} for own, parent in order]}
        for order in orders
    ]

    found, _ = with_children(ObjectRows(objects, {}).elements("lines"), Children("id", "of"))

    told = []
    waiting = [*found.objects]
    while waiting:
        element = waiting.pop()
        told.append(element["n"])
        waiting += element.get("children", [])
    assert sorted(told) == [each["n"] for order in objects for each in order["lines"]]
    assert found.row_of.tolist() == sorted(found.row_of.tolist())
