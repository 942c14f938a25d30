"""Addresses of people on the list are found in any text, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.config.home import Home
from ometria_import.forgotten import Addresses, Kind, People, list_people

ANN = "ann@example.com"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    home = Home(tmp_path_factory.mktemp("list") / "home")
    return list_people(
        home,
        lambda people: [
            people.entry(Kind.EMAIL, ANN),
            people.entry(Kind.EMAIL, "jürgen@example.com"),
            people.entry(Kind.MD5, "5f4dcc3b5aa765d61d8327deb882cf99"),
        ],
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (ANN, "(forgotten)"),
        (" Ann@Example.COM.", " (forgotten)."),
        ("'ann@example.com' is not", "'(forgotten)' is not"),
        ("Ann <ann@example.com>; bob@example.com", "Ann <(forgotten)>; bob@example.com"),
        ("mailto:ann@example.com?to=ann@example.com", "mailto:(forgotten)?to=(forgotten)"),
        ("u=ann%40example.com&x", "u=(forgotten)&x"),
        ("jürgen@example.com", "(forgotten)"),
    ],
)
def test_an_address_is_replaced_and_all_else_stays(people: People, text: str, left: str) -> None:
    addresses = Addresses(people)
    assert addresses.are_in(text)
    assert addresses.removed_from(text) == left
    assert not addresses.are_in(left)
    assert addresses.are_in(json.dumps({"a": [text]}))
    assert addresses.removed_from_json({text: [text, 1, None]}) == {left: [left, 1, None]}


@pytest.mark.parametrize(
    "text",
    [
        "joann@example.com",
        "o'ann@example.com",
        "ann@example.com.au",
        "ann@example.co",
        "x.ann@example.com",
        "x+ann@example.com",
        "ann @example.com",
        "@example.com",
        "ann@",
        "",
    ],
)
def test_nobody_elses_address_is_touched(people: People, text: str) -> None:
    assert not Addresses(people).are_in(text)
    assert Addresses(people).removed_from(text) == text


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_text_that_is_clean_once_stays_so(people: People, before: str, after: str) -> None:
    addresses = Addresses(people)
    clean = addresses.removed_from(f"{before} {ANN} {after}")
    assert not addresses.are_in(clean)
    assert ANN not in clean


def test_the_list_holds_no_address_and_no_hash_that_can_be_tried(
    people: People, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    list_people(home, lambda own: [own.entry(Kind.EMAIL, ANN), own.entry(Kind.MD5, "ab" * 16)])
    told = (home.forgotten / "people.json").read_text()
    assert "ann" not in told
    assert "ab" * 16 not in told
    # Another home has another secret, so the same person has another hash.
    assert not {value for _, value in people.hashes} & {
        each[1] for each in json.loads(told)["people"]
    }
