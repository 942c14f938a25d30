"""Files made to exhaust or to confuse end in a sentence, in bounded memory, with their code."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.cli.program import Shop

CONTACT = b'{"@type":"contact","id":"1","@collection":"main","email":"a@example.com"}'
ROOT = Path(__file__).resolve().parents[2]
DEEP = 1_000_000
NOISE = random.Random(4).randbytes(100_000)


def with_properties(text: bytes) -> bytes:
    return CONTACT[:-1] + b',"properties":' + text + b"}"


def workbook(cell: str) -> bytes:
    """A workbook of contacts, one cell of which is replaced in its XML."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "@collection", "email"])
    sheet.append(["1", "main", "PLACE"])
    book.save(target)
    changed = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name).decode().replace("PLACE", cell)
            if name == "xl/sharedStrings.xml":
                text = DOCTYPE + text
            new.writestr(name, text)
    return changed.getvalue()


DOCTYPE = (
    '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY x SYSTEM "file:///etc/passwd">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)

FILES: list[tuple[str, Callable[[], bytes], int]] = [
    ("deep.ndjson", lambda: CONTACT + b"\n" + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\n", 3),
    ("open.json", lambda: b"[" * DEEP, 4),
    ("one.json", lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP, 4),
    (
        "number.ndjson",
        lambda: CONTACT + b"\n" + with_properties(b'{"x":' + b"9" * 1_000_000 + b"}"),
        3,
    ),
    ("exponent.ndjson", lambda: with_properties(b'{"x":1e999999999999}'), 0),
    ("key.ndjson", lambda: with_properties(b'{"' + b"k" * 2_000_000 + b'":1}'), 3),
    (
        "keys.ndjson",
        lambda: with_properties(b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}"),
        3,
    ),
    ("twice.ndjson", lambda: CONTACT[:-1] + b',"id":"2"}', 3),
    ("surrogate.ndjson", lambda: CONTACT + b"\n" + CONTACT.replace(b'"1"', b'"\\ud800"'), 3),
    ("wide.csv", lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n1\n", 4),
    ("header.csv", lambda: b"id,email," + b"x" * 20_000_000 + b"\n1,a@example.com,1\n", 4),
    ("quotes.csv", lambda: b'"' * 2_000_000, 4),
    ("zeros.csv", lambda: bytes(2_000_000), 4),
    ("noise.csv", lambda: NOISE, 4),
    ("noise.json", lambda: NOISE, 4),
    ("noise.ndjson", lambda: NOISE, 4),
    ("noise.parquet", lambda: b"PAR1" + NOISE + b"PAR1", 4),
    ("short.parquet", lambda: b"PAR1", 4),
    ("noise.xlsx", lambda: b"PK\x03\x04" + NOISE, 4),
    ("laughs.xlsx", lambda: workbook("&j;"), 4),
    ("outside.xlsx", lambda: workbook("&x;"), 4),
    ("cell.xlsx", lambda: workbook("x" * 200_000), 4),
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("name", "content", "code"), FILES, ids=[name for name, *_ in FILES])
def test_a_hostile_file_ends_in_words(
    shop: Shop, name: str, content: Callable[[], bytes], code: int
) -> None:
    ended = shop.run("check", shop.write(name, content()))
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    assert "this is a bug" not in ended.err
    assert len(ended.out + ended.err) < 10_000
    if code == 4:
        assert ended.err.startswith(f"error: {name}")
        assert "hint: " in ended.err


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[a-z_/]+\.py)`", page))
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_memory_that_is_not_enough_is_told_in_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ometria_import.actions.check.check_sources", exhausted)
    ended = shop.run("check", shop.contacts(1))
    assert ended.code == 2
    assert "error: this machine does not have enough memory" in ended.err
