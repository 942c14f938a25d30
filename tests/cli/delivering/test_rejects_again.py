"""Rejects that come back are read as their file was, wherever they went and whatever changed."""

from __future__ import annotations

import codecs
import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.options.choices import DateOrder, DecimalSign, Unmapped
from ometria_import.prepare import PrepareOptions
from tests.cli.program import Ended, Shop, stored
from tests.emulator.scenarios.scenarios import fault

TILL = """
name = "till"
object_type = "order"
[settings.currency]
about = "currency of the till"
required = true
[fields]
id = "Receipt"
timestamp = "Day"
grand_total = "Sum"
currency = { constant = "{currency}" }
is_valid = { constant = "true" }
"customer.email" = "Mail"
[items.lineitems.fields]
product_id = "Item"
quantity = { constant = "1" }
unit_price = "Sum"
"""
SALES = (
    "Receipt;Day;Sum;Mail;Item\n"
    "1;25/12/2021 10:00;1.234,50;a@example.com;p1\n"
    "2;03/04/2022 10:00;12,500;nobody;p2\n"
    "3;05/06/2022 10:00;12,5;c@example.com;p3\n"
)
"""The whole column says that days come first and that a comma begins the fraction."""
FLAGS = ("--mapping", "till.toml", "--set", "currency=GBP", "--timezone", "Europe/London")


def command_of(ended: Ended) -> str:
    """The command that the screen ends with."""
    return ended.out.rstrip("\n").splitlines()[-1].removeprefix("Next:").strip()


def mend(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def bad_row(shop: Shop, emulator: RunningEmulator) -> Path:
    """The reject file of a file with one bad id, which whole columns had to be read for."""
    del emulator
    shop.write("sales.csv", SALES)
    mend(shop.folder / "sales.csv", "\n2;", "\n;")
    shop.write("till.toml", TILL)
    ended = shop.run("push", "sales.csv", "--to", "staging", *FLAGS)
    assert ended.code == ExitCode.REJECTS, ended
    (path,) = shop.run_folders()[-1].glob("rejects/*")
    mend(path, "\n,03/04/2022", "\n2,03/04/2022")
    return path


def order(emulator: RunningEmulator, number: str) -> dict[str, Any]:
    records: list[dict[str, Any]] = [json.loads(text) for text in stored(emulator)]
    (found,) = [record for record in records if record.get("id") == number]
    return found


def assert_read_as_before(emulator: RunningEmulator) -> None:
    found = order(emulator, "2")
    assert found["timestamp"].startswith("2022-04-03T"), found
    assert found["timestamp"] in {"2022-04-03T09:00:00Z", "2022-04-03T10:00:00+01:00"}
    assert (found["grand_total"], found["currency"]) == (12.5, "GBP")


def test_the_printed_command_reads_mended_rejects_as_their_file_was_read(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    run = shop.run_folders()[-1].name
    shown = shop.run("push", str(bad_row.relative_to(shop.folder)), "--to", "staging")
    assert shown.code == 0, shown
    assert_read_as_before(emulator)
    assert f"{bad_row.relative_to(shop.folder)}: read as in run {run} (--mapping " in shown.err
    assert "--set currency=GBP" in shown.err
    assert "--timezone Europe/London" in shown.err
    assert f"1 record corrected that run {run} had rejected" in shown.out


def test_the_command_works_as_it_is_printed(shop: Shop, emulator: RunningEmulator) -> None:
    home = "my runs & more"
    shop.write("till.toml", TILL)
    mend_me = SALES.replace("\n2;", "\n;")
    ended = shop.run(
        *("push", shop.write("my sales.csv", mend_me), "--to", "live", "--yes"),
        *("--home", home, "--config", "ometria-import.toml", *FLAGS),
    )
    command = command_of(ended)
    (path,) = (shop.folder / home / "runs").glob("*/rejects/*")
    told = str(path.relative_to(shop.folder))
    assert shlex.split(command) == [
        *("ometria-import", "push", told, "--to", "live", "--home", home),
        *("--config", "ometria-import.toml"),
    ]
    mend(path, "\n,03/04/2022", "\n2,03/04/2022")
    program = shop.folder / "ometria-import"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ometria_import "$@"\n')
    program.chmod(0o755)
    pasted = f"PATH=.:$PATH; {command} --yes"
    done = subprocess.run(
        ["/bin/sh", "-c", pasted], cwd=shop.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done
    (found,) = [one for one in map(json.loads, stored(emulator, "live")) if one["id"] == "2"]
    assert (found["timestamp"][:10], found["grand_total"]) == ("2022-04-03", 12.5)


def test_a_table_beside_the_mapping_is_kept_with_the_rejects(
    shop: Shop, emulator: RunningEmulator
) -> None:
    toml = TILL.replace("[items", 'status = { column = "Item", translate = "states" }\n[items', 1)
    toml += '[tables.states]\nfile = "{currency}.csv"\nfrom = "item"\nto = "state"\n'
    shop.write("till.toml", toml)
    shop.write("GBP.csv", "item,state\np2,complete\n")
    shop.write("sales.csv", SALES.replace("\n2;", "\n;"))
    assert shop.run("push", "sales.csv", "--to", "staging", *FLAGS).code == ExitCode.REJECTS
    (path,) = shop.run_folders()[-1].glob("rejects/*")
    mend(path, "\n,03/04/2022", "\n2,03/04/2022")
    (shop.folder / "GBP.csv").unlink()

    ended = shop.run("push", str(path), "--to", "staging")

    assert ended.code == 0, ended
    assert order(emulator, "2")["status"] == "complete"


def test_a_mapping_that_was_changed_or_removed_since_does_not_matter(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    (shop.folder / "till.toml").unlink()
    assert shop.run("push", str(bad_row), "--to", "staging").code == 0
    assert_read_as_before(emulator)


def test_a_copy_under_another_name_in_another_place_is_known(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    (shop.folder / "desk").mkdir()
    copy = shop.folder / "desk" / "mended by ann.csv"
    shutil.move(bad_row, copy)
    assert shop.run("push", "desk/mended by ann.csv", "--to", "staging").code == 0
    assert_read_as_before(emulator)


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "semicolon", "utf-16", "xlsx"])
def test_what_a_spreadsheet_saved_is_known(
    shop: Shop, emulator: RunningEmulator, bad_row: Path, form: str
) -> None:
    assert bad_row.read_bytes().startswith(codecs.BOM_UTF8)
    with bad_row.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(shop.folder / "mended.xlsx")
        name = "mended.xlsx"
    elif form == "utf-16":
        text = "\r\n".join("\t".join(row) for row in rows)
        name = shop.write("mended.csv", text.encode("utf-16"))
    else:
        name = "mended.csv"
        encoding, delimiter = ("utf-8", ";") if form == "semicolon" else (form, ",")
        with (shop.folder / name).open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
    ended = shop.run("push", name, "--to", "staging")
    assert ended.code == 0, ended
    assert_read_as_before(emulator)


def test_rejects_of_rejects_keep_what_the_first_run_knew(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    mend(bad_row, "\n2,03/04/2022", "\n,03/04/2022")
    ended = shop.run("push", str(bad_row), "--to", "staging")
    assert ended.code == ExitCode.REJECTS
    (again,) = shop.run_folders()[-1].glob("rejects/*")
    mend(again, "\n,03/04/2022", "\n2,03/04/2022")
    assert shop.run("push", str(again), "--to", "staging").code == 0
    assert_read_as_before(emulator)


def test_a_flag_wins_over_what_the_run_was_told(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    flags = ("--set", "currency=EUR", "--timezone", "UTC", "--date-order", "mdy")
    assert shop.run("push", str(bad_row), "--to", "staging", *flags).code == 0
    found = order(emulator, "2")
    assert (found["currency"], found["timestamp"]) == ("EUR", "2022-03-04T10:00:00Z")


def test_words_that_mean_nothing_mean_nothing_again(shop: Shop, emulator: RunningEmulator) -> None:
    rows = "id,@collection,email,firstname\n1,main,nobody,n/a\n"
    name = shop.write("contacts.csv", rows)
    ended = shop.run("push", name, "--to", "staging", "--null", "n/a", "--null", "-")
    (path,) = shop.run_folders()[-1].glob("rejects/*")
    mend(path, "main,nobody,n/a", "main,a@example.com,n/a")
    with path.open("a") as file:
        file.write("2,main,b@example.com,none,,,,,\n")
    command = command_of(ended)
    again = shop.run(*shlex.split(command)[1:], "--null", "none")
    assert again.code == 0, again
    assert ["firstname" in json.loads(text) for text in stored(emulator)] == [False, False]


def test_rejects_of_a_check_are_read_as_the_check_read_them(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.write("till.toml", TILL)
    name = shop.write("sales.csv", SALES.replace("\n2;", "\n;"))
    assert shop.run("check", name, *FLAGS).code == ExitCode.REJECTS
    (path,) = (shop.folder / ".ometria-import" / "checks").glob("*/rejects/*")
    mend(path, "\n,03/04/2022", "\n2,03/04/2022")
    assert shop.run("push", str(path), "--to", "staging").code == 0
    assert_read_as_before(emulator)


def test_rejects_whose_run_is_not_here_ask_for_their_flags(
    shop: Shop, emulator: RunningEmulator, bad_row: Path
) -> None:
    del emulator
    ended = shop.run("push", str(bad_row), "--to", "staging", "--home", "elsewhere")
    assert ended.code == ExitCode.UNUSABLE
    assert "elsewhere does not contain that run's settings" in ended.err
    assert "repeat the flags that it was given" in ended.err


def test_rejects_of_two_runs_that_read_differently_are_not_read_as_one(
    shop: Shop, bad_row: Path
) -> None:
    flags = ("--mapping", "till.toml", "--set", "currency=EUR", "--new")
    shop.run("push", "sales.csv", "--to", "staging", *flags)
    (other,) = shop.run_folders()[-1].glob("rejects/*")
    both = bad_row.read_text() + other.read_text().partition("\n")[2]
    ended = shop.run("push", shop.write("both.csv", both), "--to", "staging")
    assert ended.code == ExitCode.USAGE
    assert "both.csv holds rejects of the runs " in ended.err
    assert "read in different ways" in ended.err


def test_what_the_api_refused_is_in_its_own_form_and_not_mapped(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=422, record_id="2"))
    shop.write("till.toml", TILL)
    name = shop.write("sales.csv", SALES.replace("nobody", "b@example.com"))
    ended = shop.run("push", name, "--to", "staging", *FLAGS)
    emulator.heal()
    command = command_of(ended)
    assert command.endswith("rejects/order-refused.ndjson --to staging")
    again = shop.run(*shlex.split(command)[1:])
    assert again.code == 0, again
    assert_read_as_before(emulator)


def test_a_type_that_was_said_is_known(shop: Shop, emulator: RunningEmulator) -> None:
    rows = "id,email,@collection\n1,nobody,main\n2,b@example.com,main\n"
    ended = shop.run("push", f"contact={shop.write('export-7.csv', rows)}", "--to", "staging")
    (path,) = shop.run_folders()[-1].glob("rejects/*")
    mend(path, "1,nobody", "1,a@example.com")
    again = shop.run(*shlex.split(command_of(ended))[1:])
    assert again.code == 0, again
    assert len(stored(emulator)) == 2


def test_objects_that_come_back_are_read_with_the_zone_of_their_run(
    shop: Shop, emulator: RunningEmulator
) -> None:
    lines = [
        {"@type": "contact", "@collection": "main", "id": str(number), "email": email,
         "timestamp_acquired": "03/04/2022 10:00"}
        for number, email in enumerate(("a@example.com", "nobody"))
    ]  # fmt: skip
    name = shop.write("people.ndjson", "".join(json.dumps(line) + "\n" for line in lines))
    flags = ("--date-order", "dmy", "--timezone", "Europe/London")
    ended = shop.run("push", name, "--to", "staging", *flags)
    (path,) = shop.run_folders()[-1].glob("rejects/*")
    mend(path, '"nobody"', '"b@example.com"')
    again = shop.run(*shlex.split(command_of(ended))[1:])
    assert again.code == 0, again
    moments = {record["timestamp_acquired"] for record in map(json.loads, stored(emulator))}
    assert len(moments) == 1
    assert moments.pop()[:10] == "2022-04-03"


def test_a_run_id_that_leads_elsewhere_is_none(shop: Shop) -> None:
    header = "id,@collection,email,reject_line,reject_codes,reject_reasons,reject_raw,reject_run\n"
    row = "1,main,a@example.com,2,E012,bad,,../../../etc\n"
    ended = shop.run("check", shop.write("contacts.csv", header + row))
    assert (ended.code, "read as in" in ended.err) == (0, False)


ITEM_ORDERS = (
    "id,timestamp,grand_total,currency,is_valid,customer.email\n"
    "1,25/12/2021 10:00,10.00,EUR,true,a@example.com\n"
    "2,{},10.00,EUR,true,a@example.com\n"
)
ITEMS = "order_id,product_id,quantity,unit_price\n1,p1,1,10.00\n2,p1,1,10.00\n"


def test_items_of_their_own_go_with_the_records_that_they_belong_to(
    shop: Shop, emulator: RunningEmulator
) -> None:
    files = (
        f"order={shop.write('orders.csv', ITEM_ORDERS.format('yesterday'))}",
        f"lineitem={shop.write('things.csv', ITEMS)}",
    )
    ended = shop.run("push", *files, "--to", "staging", "--timezone", "UTC")
    (path,) = shop.run_folders()[-1].glob("rejects/orders.csv")
    mend(path, "yesterday", "03/04/2022 10:00")
    again = shop.run(*shlex.split(command_of(ended))[1:])
    assert again.code == 0, again
    found = order(emulator, "2")
    assert found["timestamp"] == "2022-04-03T10:00:00Z"
    assert [item["product_id"] for item in found["lineitems"]] == ["p1"]


def test_items_alone_are_to_be_mended_where_they_came_from(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    orders = ITEM_ORDERS.format("26/12/2021 10:00")
    files = (
        f"order={shop.write('orders.csv', orders)}",
        f"lineitem={shop.write('things.csv', ITEMS + '9,p1,1,10.00' + chr(10))}",
    )
    ended = shop.run("push", *files, "--to", "staging", "--timezone", "UTC")
    assert ended.code == ExitCode.REJECTS, ended
    last = ended.out.splitlines()[-1]
    assert re.fullmatch(r"Next: fix what \S+ shows in the files that it came from, .*", last)


SOURCES = (
    '[[sources]]\npath = "exports/sales-*.csv"\nmapping = "till.toml"\n'
    'timezone = "Europe/London"\ndate_order = "dmy"\nsettings = { currency = "GBP" }\n'
)


def listed(shop: Shop, text: str = SOURCES) -> None:
    shop.write("till.toml", TILL)
    (shop.folder / "exports").mkdir()
    shop.write("exports/sales-1.csv", SALES.replace("nobody", "b@example.com"))
    with (shop.folder / "ometria-import.toml").open("a") as file:
        file.write(text)


@pytest.mark.parametrize("name", ["exports/sales-1.csv", "./exports/sales-1.csv", "exports"])
def test_a_named_file_is_read_as_its_entry_under_sources_says(
    shop: Shop, emulator: RunningEmulator, name: str
) -> None:
    listed(shop)
    ended = shop.run("push", name, "--to", "staging")
    assert ended.code == 0, ended
    assert (
        "exports/sales-1.csv: read as described in ometria-import.toml:11, [[sources]] number 1"
        in ended.err
    )
    assert_read_as_before(emulator)


def test_a_flag_wins_over_the_entry(shop: Shop, emulator: RunningEmulator) -> None:
    listed(shop)
    flags = ("--set", "currency=EUR", "--date-order", "dmy", "--timezone", "UTC")
    path = str(shop.folder / "exports" / "sales-1.csv")
    assert shop.run("push", path, "--to", "staging", *flags).code == 0
    found = order(emulator, "2")
    assert (found["currency"], found["timestamp"]) == ("EUR", "2022-04-03T10:00:00Z")


def test_the_command_that_a_check_of_such_a_file_prints_reads_it_alike(
    shop: Shop, emulator: RunningEmulator
) -> None:
    listed(shop)
    checked = shop.run("check", "exports/sales-1.csv", "--max-rejects", "5%")
    command = command_of(checked)
    assert command == "ometria-import push exports/sales-1.csv --max-rejects 5% --to staging"
    assert shop.run(*shlex.split(command)[1:]).code == 0
    assert_read_as_before(emulator)
    assert shop.run("inspect", "exports/sales-1.csv").code == 0


def test_an_entry_of_another_object_type_is_not_meant(shop: Shop) -> None:
    both = (
        '[[sources]]\npath = "people.csv"\nobject_type = "contact"\ncountry = "GB"\n'
        '[[sources]]\npath = "people.csv"\nobject_type = "custom_event"\ncountry = "FR"\n'
    )
    listed(shop, both)
    rows = "id,@collection,email,phone_number\n1,main,a@example.com,020 7946 0000\n"
    shop.write("people.csv", rows)
    ended = shop.run("check", "contact=people.csv", "--json")
    assert ended.json["problems"].keys() <= {"W053"}
    assert "[[sources]] number 1" in ended.err


VALUES: dict[str, Any] = {
    "settings": {"currency": "EUR"},
    "date_order": DateOrder.DMY,
    "decimal_sign": DecimalSign.COMMA,
    "unmapped": Unmapped.IGNORE,
    "allow_empty": True,
    "older_than": timedelta(days=3),
}


@pytest.mark.parametrize(
    "name",
    [
        each.name
        for each in fields(PrepareOptions)
        if each.name not in {"by", "max_rejects", "decided", "of_sources"}
    ],
)
def test_every_option_that_a_user_gave_stands_in_the_command_that_is_suggested(name: str) -> None:
    blank: Any = getattr(PrepareOptions(), name)
    value = type(blank)(("GB",)) if isinstance(blank, tuple | frozenset) else "GB"
    options: dict[str, Any] = {name: VALUES.get(name, value)}
    assert replace(PrepareOptions(), **options).flags()
