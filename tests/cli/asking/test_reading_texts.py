"""The flags and settings that say how texts are to be read, through the program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored

CONTACTS = "id,email,firstname,lastname\n1,a@example.com,NULL,-\n"
PHP = 'id,title\n1,"Mug \\"blue\\", large"\n'
SETTINGS = "ometria-import.toml"


def checked(shop: Shop, *words: str) -> dict[str, Any]:
    ended = shop.run("check", *words, "--json")
    assert ended.code in {0, ExitCode.REJECTS}, ended.err
    return ended.json


def listed(shop: Shop, text: str) -> None:
    path = shop.folder / SETTINGS
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}[[sources]]\n{text}\n")


def test_null_words_are_said_on_the_command_line(shop: Shop, emulator: RunningEmulator) -> None:
    shop.write("contacts.csv", CONTACTS)

    flags = ("--null", "-", "--keep-word", "NULL")
    ended = shop.run("push", "contacts.csv", "--to", "staging", *flags, "--json")

    assert ended.code == 0, ended.err
    assert ended.json["problems"] == {"W058": 1}
    (contact,) = map(json.loads, stored(emulator))
    assert contact["firstname"] == "NULL"
    assert "lastname" not in contact


def test_null_words_are_said_of_a_source(shop: Shop) -> None:
    shop.write("contacts.csv", CONTACTS)
    listed(shop, 'path = "contacts.csv"\nnull = ["-", "firstname=x"]\nkeep_word = ["#N/A"]')

    assert checked(shop)["problems"] == {"W058": 2}


@pytest.mark.parametrize("line", ['null = "-"', "null = [1]", 'keep_word = [""]'])
def test_words_of_a_source_that_are_none_are_refused(shop: Shop, line: str) -> None:
    shop.write("contacts.csv", CONTACTS)
    listed(shop, f'path = "contacts.csv"\n{line}')

    ended = shop.run("check")

    assert ended.code == ExitCode.USAGE
    assert "[[sources]] number 1" in ended.err


def test_escape_is_said_on_the_command_line_or_of_a_source(shop: Shop) -> None:
    shop.write("products.csv", PHP)

    assert checked(shop, "products.csv")["rejected"] == 1
    assert checked(shop, "products.csv", "--escape", "backslash")["records"] == {"product": 1}
    listed(shop, 'path = "products.csv"\nescape = "backslash"')
    assert checked(shop)["records"] == {"product": 1}


def test_next_command_repeats_what_was_said(shop: Shop) -> None:
    shop.write("contacts.csv", CONTACTS)

    flags = ("--null", "-", "--keep-word", "NULL", "--escape", "none")
    ended = shop.run("check", "contacts.csv", *flags)

    shown = " ".join(ended.out.split())
    assert "--escape none --null - --keep-word NULL" in shown


def test_guessed_encoding_is_told_by_inspect_and_first_of_all_warnings_by_check(
    shop: Shop,
) -> None:
    text = "id,email,firstname,other\n1,a@example.com,\u0141ukasz,NULL\n2,x@example.com,a,NULL\n"
    (shop.folder / "contacts.csv").write_bytes(text.encode("cp1250"))

    inspected = shop.run("inspect", "contacts.csv")
    checking = shop.run("check", "contacts.csv")

    for shown in (inspected.out, checking.out):
        assert "--encoding cp1250 makes '\u0141ukasz' of them" in " ".join(shown.split())
    assert checking.out.index("W057") < checking.out.index("W058")


def test_repeated_header_is_named_in_the_sum(shop: Shop) -> None:
    shop.write("contacts.csv", CONTACTS + CONTACTS.replace("1,a", "2,b"))

    shown = " ".join(shop.run("check", "contacts.csv").out.split())

    assert "3 rows = 2 that start a record + 1 that repeat the header" in shown
