from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.delivery.answers.feed_window import WINDOW, FeedMemory
from ometria_import.delivery.api.feed_entries import FeedEntry, UnreadableFeedError, parse_feed


def named(number: int) -> FeedEntry:
    return FeedEntry("not a valid value", "root > phone", f"c-{number}", "contact", "r-1", "09:30")


ALIKE = [FeedEntry("not a valid value", "root > phone"), FeedEntry("required", "root > id")]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<html>", b'{"status":"OK"}', b"3", b"null", b'"errors"', b"[" * 5000, b"\xff\xfe"),
        pytest.param(b"[" + b"{}," * 300_000 + b"{}]", id="so many that nothing is sent meanwhile"),
    ],
)
def test_what_is_no_list_of_errors_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableFeedError):
        parse_feed(content)


def test_the_documented_entry_has_a_message_and_a_path() -> None:
    content = b'[{"error_message":"not a valid value","error_path":"root > lastname"}]'
    (entry,) = parse_feed(content)
    assert entry == FeedEntry("not a valid value", "root > lastname")
    assert not entry.is_unique


@pytest.mark.parametrize(
    "value",
    [None, 3, "text", [], {}, {"error_message": None}, {"error_message": ["a", {"b": 1}]}],
)
def test_an_odd_entry_is_an_entry_all_the_same(value: object) -> None:
    assert len(parse_feed(json.dumps([value]).encode())) == 1


def test_other_names_and_shapes_are_understood() -> None:
    said = {
        "errors": [
            {
                "message": "bad\n\x1b[31m" + "x" * 9000,
                "path": ["root", "lineitems", 0],
                "record_id": 17,
                "type": "Order",
                "request_id": "r-1",
                "created_at": "2026-11-22T09:30:00Z",
            }
        ]
    }
    (entry,) = parse_feed(json.dumps(said).encode())
    assert (entry.record_id, entry.record_type, entry.path) == (
        "17",
        "order",
        "root > lineitems > 0",
    )
    assert entry.is_unique
    assert len(entry.message) < 600
    assert "\x1b" not in entry.message


def test_the_key_in_an_answer_is_taken_out() -> None:
    (entry,) = parse_feed(
        b'[{"error_message":"no: k-123"}]', lambda text: text.replace("k-123", "*")
    )
    assert entry.message == "no: *"


def test_what_was_there_before_the_first_reading_is_not_new() -> None:
    memory = FeedMemory()
    assert memory.compare([named(1), *ALIKE]).new == ()
    change = memory.compare([named(2), named(1), *ALIKE])
    assert change.new == ((named(2), 1),)
    assert not change.is_overflow
    assert not change.is_at_least


def test_alike_entries_are_counted() -> None:
    memory = FeedMemory([ALIKE[0]])
    change = memory.compare([ALIKE[0]] * 4)
    assert (change.new, change.is_at_least) == (((ALIKE[0], 3),), False)


def test_a_whole_window_of_strangers_is_an_overflow() -> None:
    memory = FeedMemory([named(n) for n in range(WINDOW)])
    change = memory.compare([named(500 + n) for n in range(WINDOW)])
    assert (sum(count for _, count in change.new), change.is_overflow) == (WINDOW, True)


def test_a_full_window_after_an_empty_one_may_have_overflowed() -> None:
    assert FeedMemory([]).compare([named(n) for n in range(WINDOW)]).is_overflow
    assert not FeedMemory([]).compare([named(n) for n in range(WINDOW - 1)]).is_overflow


def test_alike_entries_in_a_full_window_are_counted_as_at_least() -> None:
    memory = FeedMemory([ALIKE[0]] * WINDOW)
    assert memory.compare([ALIKE[0]] * WINDOW).is_at_least


def test_an_entry_that_vanishes_and_returns_is_counted_once() -> None:
    memory = FeedMemory([])
    full = [named(1), named(2), ALIKE[0]]
    assert memory.compare(full).new == tuple((entry, 1) for entry in full)
    assert memory.compare([named(2)]).new == ()
    assert memory.compare(full).new == ()


@given(
    polls=st.lists(st.lists(st.integers(0, 5), max_size=130), min_size=1, max_size=6),
    before=st.lists(st.integers(0, 5), max_size=110),
    chance=st.randoms(use_true_random=False),
    is_shuffled=st.booleans(),
)
def test_no_entry_is_counted_twice_and_none_is_lost_unless_that_is_told(
    polls: list[list[int]], before: list[int], chance: random.Random, *, is_shuffled: bool
) -> None:
    """Kinds 0 and 1 look alike; each entry of the others is one of its own, sometimes repeated."""
    arrived: list[FeedEntry] = []

    def arrive(kinds: list[int]) -> None:
        for kind in kinds:
            arrived.append(ALIKE[kind] if kind < 2 else named(len(arrived)))

    def read() -> list[FeedEntry]:
        shown = list(reversed(arrived[-WINDOW:]))
        shown += [entry for entry in shown if entry.is_unique and chance.random() < 0.1]
        if is_shuffled:
            chance.shuffle(shown)
        return shown

    arrive(before)
    memory = FeedMemory()
    memory.compare(read())
    counted: Counter[FeedEntry] = Counter()
    is_told = False
    for kinds in polls:
        arrive(kinds)
        change = memory.compare(read())
        counted.update(dict(change.new))
        is_told = is_told or change.is_overflow or change.is_at_least
    actual = Counter(arrived[len(before) :])
    assert not counted - actual
    assert is_told or counted == actual
