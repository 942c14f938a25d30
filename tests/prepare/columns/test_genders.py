"""What a letter says of a gender depends on the letters beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, prepare_rows, prepare_text, small_blocks

# Letters of all rows, and what each becomes; None where it is left out.
COLUMNS = [
    (["M", "F", "M"], ["m", "f", "m"]),
    (["M", "M"], ["m", "m"]),
    (["H", "M", "M"], ["m", "f", "f"]),
    (["h", "m", ""], ["m", "f", None]),
    (["H", "F"], ["m", "f"]),
    (["H", "F", "M"], ["m", "f", None]),
    (["V", "H"], ["m", "f"]),
    (["M", "V"], ["m", "f"]),
    (["V", "H", "F", "M"], [None, None, "f", None]),
    (["M", "K"], ["m", "f"]),
    (["Hombre", "M", "Mujer", "H"], ["m", "f", "f", "m"]),
]


def genders(outcome: Outcome) -> list[str | None]:
    return [record.get("gender") for record in outcome.records]


@pytest.mark.parametrize(("letters", "meant"), COLUMNS)
def test_letters_are_read_by_those_beside_them(
    tmp_path: Path, letters: list[str], meant: list[str | None]
) -> None:
    rows = [[str(n), f"p{n}@example.com", text] for n, text in enumerate(letters)]
    outcome = prepare_rows(tmp_path, "people.csv", [["id", "email", "gender"], *rows])

    assert genders(outcome) == meant
    left_out = sum(1 for text, each in zip(letters, meant, strict=True) if text and not each)
    assert len(outcome.places("W020")) == left_out


def test_letters_in_json_are_read_in_the_same_way(tmp_path: Path) -> None:
    people = [
        {"@type": "contact", "id": str(n), "email": f"p{n}@example.com", "gender": text}
        for n, text in enumerate(["H", "M"])
    ]

    outcome = prepare_text(tmp_path, "people.json", json.dumps(people))

    assert genders(outcome) == ["m", "f"]


@pytest.mark.parametrize(("last", "meant"), [("H", "f"), ("F", "m")])
def test_a_letter_in_a_later_chunk_decides_the_first_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, meant: str
) -> None:
    small_blocks(monkeypatch, 2_048)
    letters = ["M"] * 300 + [last]
    rows = [[str(n), f"p{n}@example.com", text] for n, text in enumerate(letters)]

    outcome = prepare_rows(tmp_path, "people.csv", [["id", "email", "gender"], *rows])

    assert genders(outcome)[:300] == [meant] * 300
