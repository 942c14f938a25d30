"""The laws of `FieldType`, for every type under several conventions, in both regex engines."""

from __future__ import annotations

import re
import sys
import unicodedata
from datetime import datetime

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.columns.rewriting import rewritten
from ometria_import.problems import CAUSES, Finding
from ometria_import.problems.invisible_text import without_invisible
from ometria_import.schema.field_types import (
    FIELD_TYPE_NAMES,
    ConventionPattern,
    Conventions,
    DateOrder,
    DecimalSign,
    FieldType,
    GenderLetters,
    Rewrite,
    field_type,
)
from ometria_import.schema.field_types.text import STABLE_NON_ASCII
from tests.thoroughness import COSTLY

CONVENTIONS = (
    Conventions(),
    Conventions(DateOrder.DMY, DecimalSign.COMMA, "Europe/London", "GB"),
    Conventions(DateOrder.MDY, DecimalSign.POINT, "UTC", "US"),
    Conventions(DateOrder.DMY, DecimalSign.COMMA, None, "DE"),
    Conventions(DateOrder.YMD, None, "Asia/Kolkata", None),
)
_NUMBERS = [*"102,.'-+()e\u00a0\u20ac", "234", "50", "EUR"]
_TIMES = [*"129-/.:TZ", "2024", "24", "01", "30", "31", "Jan", "Wed,", "PM", "+01:00", "-0500"]
_WORDS = ["opt", "ed", "in", "out", "not", "subscribed", "yes", "1", "-", "_", "male", "true"]
_CODES = ["E", "UR", "\u20ac", "97", "8", "G", "B", "United", "Kingdom", "(UK)", ".", "$"]
_LISTS = [*"[]\",;|a1\\'", '["', '"]', '","', ".0", "u00e9", "null"]
PARTS = {
    "text": ["7", "'", "x", "\n", "\t", "\u00e9", "e", "\u0301", "\u1100", "\u1161", "\0"],
    "id": ["7", "0", "21", ".", ",", "e", "E", "+", "-", "'", "x", "\n", "\u00e9", "\u0301"],
    "email": ["a", "B", ".", "@", "-", "b.", "com", "<", ">", "mailto:", "\u0130", "\u00e4"],
    "phone": [*"+(0)-'x\u0663", "+44", "00", ".0", "44", "20", "7183", "8750"],
    "money": _NUMBERS,
    "number": _NUMBERS,
    "whole_number": _NUMBERS,
    "timestamp": _TIMES,
    "date": _TIMES,
    "currency": _CODES,
    "country": _CODES,
    "timezone": ["Europe", "/", "London", "utc", "Etc", "GMT", "+", "1"],
    "url": ["http", "s", "://", "b", ".", "com", "/", "?", "#", ":", "80", "@", "\u00fc", "\\"],
    "text_list": _LISTS,
    "whole_number_list": _LISTS,
}
"""What texts of a type are made of, so that Hypothesis comes near to them."""

TYPES_WITH_CONVENTIONS = ("phone", "money", "number", "whole_number", "timestamp", "date")
STRANGE = st.text(st.characters(exclude_categories=()))


FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y/%m/%d", "%y-%m-%d"),
    *("%d/%m/%Y %H:%M", "%m/%d/%Y", "%d.%m.%y", "%d-%m-%Y %I:%M %p", "%m/%d/%y, %I:%M:%S%p"),
    *("%Y%m%d", "%Y%m%dT%H%M%SZ", "%Y%m%d%H%M%S", "%Y-%m-%dT24:00", "%d/%m/%y", "%s.%f"),
    *("%d %b %Y %H:%M", "%B %d, %Y", "%a, %d %b %Y %H:%M:%S -0330", "%Y-%m-%d %H:%M:%S UTC"),
)
WRITTEN_TIMES = st.builds(
    datetime.strftime,
    st.datetimes(datetime(1890, 1, 1), datetime(2110, 1, 1)),  # noqa: DTZ001 - local times
    st.sampled_from(FORMATS),
)


def texts_like(case: FieldType) -> st.SearchStrategy[str]:
    """Stripped, with something to see; Arrow can hold them: no part is a lone surrogate."""
    near = st.lists(st.sampled_from([*PARTS.get(case.name, _WORDS), " "]), max_size=14)
    blend = near.map("".join) | st.text()
    if case.name in {"timestamp", "date"}:
        blend = WRITTEN_TIMES | blend
    return blend.map(str.strip).filter(without_invisible)


CASES = [
    pytest.param(field_type(name, conventions), id=f"{name}-{number}")
    for name in FIELD_TYPE_NAMES
    for number, conventions in enumerate(CONVENTIONS)
    if conventions == Conventions() or name in TYPES_WITH_CONVENTIONS
]
REWRITES = [
    pytest.param(field_type(name, conventions), rewrite, id=f"{name}-{number}-{position}")
    for name in TYPES_WITH_CONVENTIONS
    for number, conventions in enumerate(CONVENTIONS)
    for position, rewrite in enumerate(field_type(name, conventions).rewrites)
]
PATTERNS = [
    pytest.param(kind, pattern, id=f"{kind.name}-{position}")
    for kind in (field_type(name, Conventions()) for name in TYPES_WITH_CONVENTIONS)
    for position, pattern in enumerate(kind.convention_patterns)
]
"""An example is a list of many texts."""
every_type = pytest.mark.parametrize("case", CASES)


def matches_in_arrow(pattern: str, texts: list[str]) -> list[bool]:
    column = pa.array(texts, pa.string())
    found: list[bool] = pc.match_substring_regex(column, f"^(?:{pattern})$").to_pylist()
    return found


@every_type
@COSTLY
@given(data=st.data())
def test_parse_answers_any_text_and_never_raises(case: FieldType, data: st.DataObject) -> None:
    text = data.draw(STRANGE | texts_like(case))
    found = case.parse(text)

    assert isinstance(found, str) or found.cause in CAUSES
    if case.open_in is not None and case.evidence is not None:
        assert case.open_in(text) <= {"date_order", "decimal_sign", "timezone", "gender_letters"}
        assert case.evidence(text) in {None, *DateOrder, *DecimalSign, *GenderLetters}


@every_type
@COSTLY
@given(data=st.data())
def test_normal_form_is_a_fixed_point_of_a_column_with_decimal_point(
    case: FieldType, data: st.DataObject
) -> None:
    found = case.parse(data.draw(texts_like(case)))

    if isinstance(found, str):
        assert found
        assert found == found.strip()
        # Numbers are written with a decimal point, whatever the column that they came from.
        in_normal_form = field_type(case.name, Conventions(decimal_sign=DecimalSign.POINT))
        assert in_normal_form.parse(found) == found


@every_type
@COSTLY
@given(data=st.data())
def test_texts_in_normal_form_are_returned_unchanged_and_both_engines_agree(
    case: FieldType, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(texts_like(case), min_size=3, max_size=20))
    found = [str(found) for text in texts if isinstance(found := case.parse(text), str)]
    tried = [*texts, *found, *(f"{text}\n" for text in texts)]
    in_python = [re.fullmatch(case.canonical, text) is not None for text in tried]

    assert matches_in_arrow(case.canonical, tried) == in_python
    for text, is_canonical in zip(tried, in_python, strict=True):
        if is_canonical:
            assert case.parse(text) == text


@every_type
@COSTLY
@given(data=st.data())
def test_every_text_of_the_canonical_pattern_is_its_own_normal_form(
    case: FieldType, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(case.canonical, fullmatch=True))

    assert case.parse(text) == text
    assert text == text.strip()
    assert matches_in_arrow(case.canonical, [text]) == [True]


def taken(rewrite: Rewrite, texts: list[str]) -> dict[str, str]:
    """The texts that a rewriting takes, and what it makes of them."""
    found = rewritten(pa.array(texts, pa.string()), rewrite)
    if found is None:
        return {}
    places = np.flatnonzero(found.mask)
    return {
        texts[place]: value for place, value in zip(places, found.values.to_pylist(), strict=True)
    }


@every_type
def test_a_blank_cell_is_in_no_normal_form(case: FieldType) -> None:
    assert re.fullmatch(case.canonical, "") is None
    assert matches_in_arrow(case.canonical, [""]) == [False]


@pytest.mark.parametrize(("case", "rewrite"), REWRITES)
@COSTLY
@given(data=st.data())
def test_rewriting_a_text_gives_what_parse_gives(
    case: FieldType, rewrite: Rewrite, data: st.DataObject
) -> None:
    form = st.from_regex(rewrite.dressed or rewrite.pattern, fullmatch=True)
    texts = data.draw(st.lists(form, min_size=1, max_size=2))
    found = taken(rewrite, texts)

    assert found == {text: case.parse(text) for text in found}
    if rewrite.after is None:
        assert found.keys() == set(texts)


@every_type
@COSTLY
@given(data=st.data())
def test_a_rewriting_takes_only_texts_that_it_rewrites_as_parse_does(
    case: FieldType, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(texts_like(case), min_size=1, max_size=5))
    for rewrite in case.rewrites:
        found = taken(rewrite, texts)
        assert found == {text: case.parse(text) for text in found}


DIALLED = (
    *("0{number}", "{number}", "(0{number}", "1{number}", "8{number}", "{code}{number}"),
    *("+{code} {number}", "+{code}{number}", "+{code}(0){number}", "(+{code}) {number}"),
    *("00{code}{number}", "011{code}{number}"),
)
GAPS = st.lists(st.sampled_from(["", "", "", " ", "-", ".", "/", ") "]), min_size=14, max_size=14)


def dialled(region: str) -> st.SearchStrategy[str]:
    """Numbers that begin more or less like one of a region, in the ways in which one dials them."""
    code = phonenumbers.country_code_for_region(region)
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    usual = phonenumbers.national_significant_number(mobile) if mobile else "1"

    def write(form: str, kept: int, others: str, gaps: list[str]) -> str:
        digits = usual[:kept] + others[kept:]
        number = "".join(map("".join, zip(digits, gaps, strict=False)))
        return form.format(code=code, number=number).strip()

    others = st.text("0123456789", min_size=5, max_size=13)
    return st.builds(write, st.sampled_from(DIALLED), st.integers(0, 5), others, GAPS)


@pytest.mark.parametrize("country", [None, *sorted(phonenumbers.SUPPORTED_REGIONS)[::12], "GB"])
@COSTLY
@given(data=st.data())
def test_numbers_are_taken_as_they_are_dialled(country: str | None, data: st.DataObject) -> None:
    case = field_type("phone", Conventions(country=country))
    region = country or data.draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    texts = data.draw(st.lists(dialled(region), min_size=5, max_size=20))
    for rewrite in case.rewrites:
        found = taken(rewrite, texts)
        assert found == {text: case.parse(text) for text in found}


@pytest.mark.parametrize(
    ("name", "decided"),
    [
        *(("timestamp", Conventions(date_order=order)) for order in (DateOrder.DMY, DateOrder.MDY)),
        *(("date", Conventions(date_order=order)) for order in (DateOrder.DMY, DateOrder.MDY)),
        *(("money", Conventions(decimal_sign=sign)) for sign in DecimalSign),
        *(("number", Conventions(decimal_sign=sign)) for sign in DecimalSign),
        *(("whole_number", Conventions(decimal_sign=sign)) for sign in DecimalSign),
    ],
)
@COSTLY
@given(data=st.data())
def test_a_text_that_contradicts_its_column_is_never_read(
    name: str, decided: Conventions, data: st.DataObject
) -> None:
    """Whoever decides a column by its first texts learns so of the others that contradict."""
    case = field_type(name, decided)
    text = data.draw(texts_like(case))
    assert case.evidence is not None

    if case.evidence(text) not in {None, decided.date_order, decided.decimal_sign}:
        assert isinstance(case.parse(text), Finding)


@pytest.mark.parametrize(("case", "pattern"), PATTERNS)
@COSTLY
@given(data=st.data())
def test_a_form_of_text_says_what_each_text_of_it_says(
    case: FieldType, pattern: ConventionPattern, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(pattern.pattern, fullmatch=True))

    assert case.evidence is not None
    assert case.evidence(text) == pattern.says
    assert matches_in_arrow(pattern.pattern, [text]) == [True]


@COSTLY
@given(data=st.data())
def test_lower_casing_a_column_of_emails_first_changes_no_result(data: st.DataObject) -> None:
    case = field_type("email", Conventions())
    text = data.draw(texts_like(case) | st.from_regex(case.canonical.upper(), fullmatch=True))
    # Python would keep the dot of a Turkish İ as a character of its own.
    once, twice = case.parse(text), case.parse(pc.utf8_lower(pa.scalar(text)).as_py())

    assert case.lowercase
    assert once == twice or (isinstance(once, Finding) and isinstance(twice, Finding))


def test_characters_of_the_fast_path_are_stable_in_any_company() -> None:
    # A character changes in company when it combines, or is the later half of a composition.
    halves = {
        chr(int(parts[1], 16))
        for char in map(chr, range(sys.maxunicode + 1))
        if len(parts := unicodedata.decomposition(char).split()) == 2
        and not parts[0].startswith("<")
    }
    jamo = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    in_class = re.compile(f"[{STABLE_NON_ASCII}]")
    stable = [char for char in map(chr, range(0x80, sys.maxunicode + 1)) if in_class.match(char)]

    assert len(stable) > 40_000
    for char in stable:
        assert unicodedata.is_normalized("NFC", char)
        assert not unicodedata.combining(char)
        assert not char.isspace()
    assert not (halves | jamo) & set(stable)


@pytest.mark.parametrize(
    "text",
    [
        "Gr\u00fc\u00dfe aus K\u00f6ln",
        "\u0141\u00f3d\u017a \u2013 \u20ac5",
        "\u0410\u043d\u043d\u0430",
        "\u0391\u03b8\u03ae\u03bd\u03b1",
        "\u6771\u4eac\u30bf\u30ef\u30fc",
        "\uc11c\uc6b8",
        "\U0001f381 gift",
        "line one\nline two",
    ],
)
def test_ordinary_text_of_the_world_stays_on_the_fast_path(text: str) -> None:
    canonical = field_type("text", Conventions()).canonical

    assert re.fullmatch(canonical, text)
    assert matches_in_arrow(canonical, [text]) == [True]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("id", ["00123", "7210448301122", "SKU-1", "12E5", "5e12ab77-aa", "#1001", "\u00c9 1"]),
        ("email", ["ada@example.com", "first.last+tag@mail.example.co.uk", "a.b.c@example.com"]),
        ("money", ["0", "12", "-12.50", "0.99"]),
        ("timestamp", ["2024-01-31T09:30:00Z", "2024-01-31T09:30:00.123-05:00"]),
        ("url", ["https://example.com/a-b_c/d.jpg?v=1&w=2#x"]),
        ("text_list", ['["a","b c"]', "[]", '["example.com/uk"]']),
    ],
)
def test_clean_values_stay_on_the_fast_path(name: str, texts: list[str]) -> None:
    canonical = field_type(name, Conventions()).canonical

    assert matches_in_arrow(canonical, texts) == [True] * len(texts)
