from __future__ import annotations

import re
from pathlib import Path

import pytest

from ometria_import.problems import (
    CAUSES,
    Origin,
    Problem,
    Severity,
    catalogue,
    cause_of,
    shorten,
)

PACKAGE = Path(catalogue.__file__).resolve().parents[1]
CONSTANTS = {
    name: value
    for name, value in vars(catalogue).items()
    if name.isupper() and isinstance(value, str)
}


def test_every_cause_constant_is_in_the_catalogue_once() -> None:
    assert sorted(CONSTANTS.values()) == sorted(CAUSES)
    assert len(set(CONSTANTS.values())) == len(CONSTANTS)


def test_every_cause_is_used_somewhere() -> None:
    sources = [
        path.read_text("utf-8")
        for path in PACKAGE.rglob("*.py")
        if path != Path(catalogue.__file__).resolve()
    ]

    unused = [
        name
        for name in CONSTANTS
        if not any(re.search(rf"\b{name}\b", source) for source in sources)
    ]
    assert unused == []


@pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.number)
def test_cause_has_words_for_people(cause: catalogue.Cause) -> None:
    assert re.fullmatch(r"[0-9]{3}", cause.number)
    assert cause.letters in {"E", "W", "EW"}
    assert cause.title
    assert not cause.title.endswith(".")
    assert cause.explanation.endswith(".")
    assert cause.remedy
    assert cause.codes == tuple(letter + cause.number for letter in cause.letters)


def test_titles_are_told_apart() -> None:
    assert len({cause.title for cause in CAUSES.values()}) == len(CAUSES)


def test_cause_is_found_by_its_code() -> None:
    for cause in CAUSES.values():
        for code in cause.codes:
            assert cause_of(code) is cause
            assert cause_of(code.lower()) is cause


@pytest.mark.parametrize("code", ["", "E", "E999", "W001", "X012", "012", "E0120", "E 12"])
def test_code_that_does_not_exist_has_no_cause(code: str) -> None:
    assert cause_of(code) is None


def test_severity_follows_from_the_letter() -> None:
    origin = Origin("orders.csv", 812)

    assert str(origin) == "orders.csv:812"
    assert Problem("E012", origin, "email", "x", "no").severity is Severity.ERROR
    assert Problem("W012", origin, "email", "x", "no").severity is Severity.WARNING


def test_shown_values_are_cut_and_made_visible() -> None:
    assert shorten("plain") == "plain"
    assert shorten("a\nb\x00\x1b[31m") == "a\\nb\\x00\\x1b[31m"
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 80 + "\u2026"
    assert shorten("abcdef", limit=3) == "abc\u2026"
