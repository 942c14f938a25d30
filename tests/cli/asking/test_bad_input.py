"""Bad input gets a clear answer: the file, the line, what to do, the code, and no traceback."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop

HEADER = b"id,@collection,email\n"
GOOD = b"1,main,a@example.com\n"
LAST = b"z,main,z@example.com\n"
OBJECT = b'{"@type":"contact","id":"1","@collection":"main","email":"a@example.com"}'
HUGE = b"x" * 20_000_000
MANY = b"".join(b"%d,main,p%d@example.com\n" % (n, n) for n in range(2, 48_211))

UNUSABLE = [
    pytest.param("a.csv", b"", "a.csv is empty", id="empty"),
    pytest.param("a.csv", b"\n \n", "a.csv is empty: it has only blank lines", id="blank"),
    pytest.param("a.csv", HEADER, "a.csv: there are no rows", id="header alone"),
    pytest.param("a.csv", b"id,email,id\n1,2,3\n", "two columns named 'id': 1 and 3", id="twice"),
    pytest.param("a.json", b"[" + OBJECT + b",\n" + OBJECT[:30], "after element 1", id="cut JSON"),
    pytest.param("a.csv.gz", gzip.compress(MANY)[:-9], "a.csv.gz is truncated", id="cut gzip"),
    pytest.param("a.csv.gz", HEADER + GOOD, "but it is not a gzip file", id="no gzip"),
    pytest.param("a.csv", b"PK\x03\x04" + bytes(99), "ZIP archive", id="archive"),
    pytest.param("a.csv", b"x,y\n1,2\n", "which object type this file holds", id="uncertain"),
    pytest.param("contacts.csv", b"id,name\n1,A\n", "no column feeds", id="no mandatory column"),
]

REJECTED = [
    pytest.param(HEADER + GOOD + b"2,main\n" + LAST, "E001", 3, id="too few cells"),
    pytest.param(HEADER + GOOD + b"2,main,x,y\n" + LAST, "E001", 3, id="too many cells"),
    pytest.param(HEADER + GOOD + b'2,main,"x\n' + LAST, "E002", 3, id="unclosed quote"),
    pytest.param(HEADER + GOOD + b"2,main,\0\n" + LAST, "E003", 3, id="NUL"),
    pytest.param(HEADER + GOOD + b"2,main," + HUGE + b"\n" + LAST, "E005", 3, id="20 MB cell"),
]

REJECTED_OBJECTS = [
    pytest.param("a.ndjson", b"\n".join((OBJECT, b"[1, 2]", OBJECT)), "E006", id="no object"),
    pytest.param("b.ndjson", b"\n".join((OBJECT, OBJECT[:40], OBJECT)), "E006", id="cut line"),
    pytest.param(
        "a.json",
        b",".join((b"[" + OBJECT, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, OBJECT)) + b"]",
        "E007",
        id="10,000 levels",
    ),
]


@pytest.mark.parametrize(("name", "content", "words"), UNUSABLE)
def test_a_file_that_cannot_be_used_ends_with_4(
    shop: Shop, name: str, content: bytes, words: str
) -> None:
    ended = shop.run("check", shop.write(name, content))
    assert ended.code == ExitCode.UNUSABLE, ended
    error, hint = ended.err.splitlines()[-2:]
    assert error.startswith(f"error: {name}")
    assert words in error
    assert hint.startswith("hint: ")
    assert "Traceback" not in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(("content", "code", "line"), REJECTED)
def test_one_bad_row_is_named_by_its_line_and_the_others_get_in(
    shop: Shop, content: bytes, code: str, line: int
) -> None:
    name = shop.write("contacts.csv", content)
    ended = shop.run("check", name)
    assert ended.code == ExitCode.REJECTS, ended
    shown = ended.out.split(code)[1]
    assert f"contacts.csv:{line}\n" in shown
    assert "→ " in shown
    assert "Traceback" not in ended.out + ended.err
    told = shop.run("check", name, "--json").json
    assert told["rejected"] == 1
    assert told["rows"]["read"] == told["rows"]["in_records"] + 1 == content.count(b"\n") - 1


def test_a_row_that_is_no_utf_8_is_named_by_its_line_where_that_encoding_is_given(
    shop: Shop,
) -> None:
    name = shop.write("contacts.csv", HEADER + GOOD + MANY + b"x,main,\xff\n" + LAST)
    ended = shop.run("check", name, "--encoding", "utf-8")
    assert ended.code == ExitCode.REJECTS, ended
    assert "contacts.csv:48212\n" in ended.out.split("E004")[1]
    told = shop.run("check", name, "--encoding", "utf-8", "--json").json
    assert (told["rejected"], told["problems"]["E004"]) == (1, 1)


def test_a_row_in_another_encoding_is_read_and_named_by_its_line(shop: Shop) -> None:
    header = b"id,@collection,email,firstname\n"
    rows = "1,main,a@example.com,Zoë\n".encode() * 50 + b"2,main,b@example.com,Ren\xe9e\n"
    ended = shop.run("check", shop.write("contacts.csv", header + rows))
    assert ended.code == ExitCode.OK, ended
    assert "contacts.csv:52\n" in ended.out.split("W055")[1]


@pytest.mark.parametrize(("name", "content", "code"), REJECTED_OBJECTS)
def test_one_bad_object_is_named_by_its_place_and_the_others_get_in(
    shop: Shop, name: str, content: bytes, code: str
) -> None:
    ended = shop.run("check", shop.write(name, content))
    assert ended.code == ExitCode.REJECTS, ended
    assert f"{name}:2\n" in ended.out.split(code)[1]
    assert "3 rows = 1 that start a record + 1 merged into a later record + 1 rejected" in ended.out
    assert "Traceback" not in ended.out + ended.err


def test_a_missing_file_and_a_folder_end_with_4(shop: Shop) -> None:
    (shop.folder / "exports").mkdir()
    missing = shop.run("check", shop.contacts(1), "missing.csv")
    assert (missing.code, missing.out) == (4, "")
    assert missing.err == "error: missing.csv does not exist\nhint: Check the path.\n"
    folder = shop.run("push", "exports", "--to", "staging")
    assert folder.code == 4
    assert (
        "error: exports contains no file that can be a source\nhint: Known formats are .csv"
        in folder.err
    )
    assert shop.run_folders() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_ends_with_4(shop: Shop) -> None:
    name = shop.contacts(1)
    Path(name).chmod(0)
    ended = shop.run("check", name)
    assert ended.code == ExitCode.UNUSABLE
    assert "error: contacts.csv may not be read\nhint: " in ended.err


def test_a_column_of_open_dates_asks_for_their_order(shop: Shop) -> None:
    header = "id,timestamp,grand_total,currency\n"
    name = shop.write("orders.csv", f"{header}1,03/04/2024 10:00,1.00,EUR\n")
    ended = shop.run("check", name)
    assert ended.code == ExitCode.USAGE, ended
    assert "orders.csv" in ended.err
    assert "--date-order" in ended.err
    assert shop.run("check", name, "--date-order", "dmy").code == 0
