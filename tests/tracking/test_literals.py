"""Whatever is written into a script as a literal is read as it is, and nothing else is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ometria_import.tracking.page.literals import (
    COMPUTED,
    Number,
    arguments_at,
    value_at,
    without_comments,
)
from ometria_import.tracking.page.markup import read_markup

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def plain(value: Any) -> Any:
    if isinstance(value, Number):
        return int(Decimal(value.text))
    if isinstance(value, list):
        return [plain(each) for each in value]
    return {name: plain(own) for name, own in value.items()} if isinstance(value, dict) else value


@given(st.dictionaries(TEXTS, VALUES, max_size=3), st.booleans())
def test_every_json_object_is_read_as_it_is(
    told: dict[str, Any],
    ascii_only: bool,  # noqa: FBT001
) -> None:
    text = json.dumps(told, ensure_ascii=ascii_only)
    # Characters beyond the first plane come in halves there, which are left out.
    if ascii_only and any(ord(char) > 0xFFFF for char in json.dumps(told, ensure_ascii=False)):
        return

    assert plain(value_at(text, 0)) == told
    assert [plain(each) for each in arguments_at(f"({text}, 7)", 1)] == [told, 7]


@given(TEXTS)
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert len(without_comments(text)) == len(text)
    assert all(isinstance(each, tuple) for each in [arguments_at(text, 0)])
    assert value_at(f"[{text}", 0) is not None
    assert read_markup(f"<script>{text}").elements[0].name == "script"


def test_what_is_computed_is_never_taken_for_a_literal() -> None:
    texts = ("a", "'1' + a", "f('1')", "`${a}`", "a ? '1' : '2'", "-a", "1 + 1", "'1'.trim()")
    for text in texts:
        assert arguments_at(f"{text}, 'x')", 0)[0] is COMPUTED, text
