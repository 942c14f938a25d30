"""`init`: from a folder of exports to settings that check and push can use."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, stored
from tests.starting import warm

EXPORTS = Path(__file__).parents[2] / "exports"
ORDERS = (
    "order_id,customer_id,ordered_at,status,currency,total_pence,is_test\n"
    "O1,7,2024-01-02T09:30:00Z,complete,GBP,950,f\n"
    "O2,8,2024-01-03T09:30:00Z,cancelled,GBP,1200,f\n"
    "O3,8,2024-01-03T09:30:00Z,complete,GBP,1,t\n"
)
LINES = "order_id,line_number,sku,qty,unit_pence\nO1,1,MUG,2,475\nO2,1,CUP,1,1200\n"
CUSTOMERS = (
    "customer_id,email_address,first_name,last_name,is_email_subscribed,created_at\n"
    "7,ada@example.com,Ada,Winter,t,2020-01-02T10:00:00Z\n"
    "8,ben@example.com,Ben,Sommer,f,2020-01-03T10:00:00Z\n"
)
PRODUCTS = (
    "sku,product_name,list_price,currency,cost_price\nMUG,Mug,4.75,GBP,1.00\nCUP,Cup,12,GBP,3\n"
)
TILL = "Receipt No;Sold;Receipt total;Article;Qty;Unit price\n1;31.01.2024 09:30;5,00;A1;1;5,00\n"


@pytest.fixture
def warehouse(shop: Shop) -> Shop:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    for name, content in (
        ("orders.csv", ORDERS),
        ("order_lines.csv", LINES),
        ("customers.csv", CUSTOMERS),
        ("products.csv", PRODUCTS),
    ):
        shop.write(name, content)
    return shop


def settings_of(shop: Shop) -> dict[str, object]:
    return tomllib.loads((shop.folder / "ometria-import.toml").read_text("utf-8"))


def at_terminal(folder: Path, answers: str, *arguments: str) -> tuple[int, str]:
    """Run `init` as somebody does who types the answers."""
    ours, theirs = pty.openpty()
    process = warm.start(
        "init",
        *arguments,
        cwd=folder,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, out


def test_a_folder_of_related_tables_is_understood_as_one(
    warehouse: Shop, emulator: RunningEmulator
) -> None:
    ended = warehouse.run("init", "--yes")

    assert ended.code == 0, ended.out
    assert "order_lines.csv: order_id is order_id of orders.csv (100%" in ended.out
    assert "orders.csv: customer_id is customer_id of customers.csv (100%" in ended.out
    assert "lineitems[1].unit_price: 4.75" in ended.out
    assert ended.out.rstrip().endswith("Next: ometria-import push --to staging")
    assert warehouse.run("push", "--to", "staging").code == 0
    records = {record["id"]: record for record in map(json.loads, stored(emulator))}
    assert set(records) == {"O1", "O2", "7", "8", "MUG", "CUP"}
    assert records["O1"]["grand_total"] == 9.5
    assert records["O2"]["is_valid"] is False
    assert records["7"]["marketing_optin"] == "EXPLICITLY_OPTEDIN"
    assert records["8"]["marketing_optin"] == "NOT_SPECIFIED"
    assert records["MUG"]["price"] == 4.75


def test_what_a_folder_is_called_says_nothing_of_its_files(warehouse: Shop) -> None:
    folder = warehouse.folder / "2024 orders and products of customers"
    folder.mkdir()
    for name in ("orders.csv", "order_lines.csv", "customers.csv", "products.csv"):
        (warehouse.folder / name).rename(folder / name)

    ended = warehouse.run("init", str(folder), "--yes")

    assert ended.code == 0, ended.out
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    assert [each["path"] for each in sources] == [
        f"{folder.name}/{name}"
        for name in ("customers.csv", "order_lines.csv", "orders.csv", "products.csv")
    ]
    drafted = tomllib.loads((warehouse.folder / "mappings" / "customers.toml").read_text())
    assert drafted["fields"]["@collection"] == {"constant": "customers"}
    assert str(warehouse.folder) not in ended.out


def test_the_first_rows_stand_beside_their_records_and_what_was_left_out(warehouse: Shop) -> None:
    ended = warehouse.run("init", "--yes")

    shown = [line for line in ended.out.splitlines() if line.startswith("orders.csv, row")]
    assert shown == ["orders.csv, row 2", "orders.csv, row 3"]
    mug = ended.out.split("products.csv, row 2")[1].split("\n\n")[0].splitlines()
    assert [line.split() for line in mug if "left out" in line] == [
        ["the", "row", "the", "record", "left", "out"]
    ]
    assert any(line.split()[-1:] == ["cost_price"] for line in mug)
    person = ended.out.split("customers.csv, row 2")[1].split("\n\n")[0]
    assert "is_email_subscribed: t" in person
    assert "marketing_optin: EXPLICITLY_OPTEDIN" in person


def test_what_only_a_person_knows_stands_in_the_settings_as_a_question(warehouse: Shop) -> None:
    warehouse.write("till.csv", TILL)

    ended = warehouse.run("init")

    assert ended.code == ExitCode.UNUSABLE
    assert "3 questions are open:" in ended.out
    text = (warehouse.folder / "ometria-import.toml").read_text()
    assert '# settings = { currency = "…" }' in text
    assert '# timezone = "UTC"' in text
    told = warehouse.run("init", "--json").json
    assert told["exit_code"] == ExitCode.UNUSABLE
    assert len(told["open"]) == 3


def test_answers_are_kept_and_never_asked_again(warehouse: Shop) -> None:
    warehouse.write("till.csv", TILL)
    assert warehouse.run("init").code == ExitCode.UNUSABLE

    code, out = at_terminal(warehouse.folder, "out\npounds\nGBP\nEurope/London\n")

    assert code == 0, out
    assert "'pounds' is not a currency code" in out
    assert "QUESTION" not in (warehouse.folder / "ometria-import.toml").read_text()
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    till = next(each for each in sources if each["path"] == "till.csv")
    assert (till["settings"], till["timezone"]) == ({"currency": "GBP"}, "Europe/London")
    again = warehouse.run("init")
    assert again.code == 0, again.out
    assert "open" not in again.out


def test_going_away_keeps_what_was_answered(warehouse: Shop) -> None:
    warehouse.write("till.csv", TILL)

    code, out = at_terminal(warehouse.folder, "nothing\nGBP\n\x04")

    assert code == ExitCode.UNUSABLE
    assert "stopped; what was answered so far is kept" in out
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    assert {"currency": "GBP"} in [each.get("settings") for each in sources]


def test_ctrl_c_at_a_question_keeps_what_was_answered(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    shop.write("till.csv", TILL)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ometria_import", "init"],
        cwd=shop.folder,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    seen = b""
    os.write(ours, b"GBP\n")
    while b"Which time zone" not in seen:
        seen += os.read(process.stderr.fileno(), 4096)
    while b"Answer [UTC]" not in seen:
        seen += os.read(process.stderr.fileno(), 4096)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert process.returncode == ExitCode.INTERRUPTED
    assert b"Traceback" not in err
    sources = settings_of(shop)["sources"]
    assert isinstance(sources, list)
    assert sources[0]["settings"] == {"currency": "GBP"}


def test_yes_takes_no_default_that_opts_anybody_in(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    rows = "".join(f"{n},p{n}@example.com,{n % 3 + 1}\n" for n in range(9))
    shop.write("subscribers.csv", f"subscriber_id,subscriber_email,newsletter_status\n{rows}")

    ended = shop.run("init", "--yes")

    assert ended.code == 0, ended.out
    mapping = (shop.folder / "mappings" / "subscribers.toml").read_text()
    assert "EXPLICITLY_OPTEDIN" not in mapping
    assert tomllib.loads(mapping)["fields"]["marketing_optin"]["first"] == [
        {
            "column": "newsletter_status",
            "translate": dict.fromkeys("123", "NOT_SPECIFIED"),
            "otherwise": "drop",
        }
    ]


def test_what_a_person_wrote_stays(warehouse: Shop) -> None:
    own = '# mine\n[accounts.staging]\nrate = 2 # slow\n\n[[sources]]\npath = "orders*.csv"\n'
    (warehouse.folder / "ometria-import.toml").write_text(own)
    (warehouse.folder / "mappings").mkdir()
    (warehouse.folder / "mappings" / "customers.toml").write_text("broken = ")

    warehouse.run("init")

    text = (warehouse.folder / "ometria-import.toml").read_text()
    assert text.startswith(own)
    assert 'path = "orders.csv"' not in text
    assert 'mapping = "mappings/customers-2.toml"' in text
    assert (warehouse.folder / "mappings" / "customers.toml").read_text() == "broken = "


def test_files_that_cannot_be_imported_are_told_with_the_reason(warehouse: Shop) -> None:
    warehouse.write("stores.csv", "store_id,store_name,city\n1,Leeds,Leeds\n")
    warehouse.write("empty.csv", "")
    warehouse.write("noise.csv", bytes(range(256)) * 20)
    warehouse.write("notes.pdf", b"%PDF-1.4")
    (warehouse.folder / "old").mkdir()
    warehouse.write("old/orders.csv", ORDERS)

    ended = warehouse.run("init")

    assert "no column says that its rows are products" in ended.out
    assert "notes.pdf" not in ended.out
    assert "old/orders.csv: 100% of its records are in orders.csv, too" in ended.out
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    assert [each["path"] for each in sources] == [
        *("customers.csv", "order_lines.csv", "orders.csv", "products.csv", "old/orders.csv")
    ]
    assert sources[-1]["mapping"] == "mappings/orders-2.toml"


def test_a_newer_export_counts_beside_an_older_one(warehouse: Shop) -> None:
    (warehouse.folder / "2023").mkdir()
    warehouse.write("2023/orders of 2023.csv", "".join(ORDERS.splitlines(keepends=True)[:2]))
    os.utime(warehouse.folder / "2023" / "orders of 2023.csv", (1, 1))

    ended = warehouse.run("init")

    said = "2023/orders of 2023.csv: 100% of its records are in orders.csv, too"
    assert f"{said}; of each the one in orders.csv counts" in ended.out
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    paths = [each["path"] for each in sources]
    assert paths.index("2023/orders of 2023.csv") < paths.index("orders.csv")


def test_a_link_to_what_is_there_already_is_no_second_export(warehouse: Shop) -> None:
    (warehouse.folder / "again").symlink_to(warehouse.folder)
    (warehouse.folder / "gone.csv").symlink_to("nowhere.csv")

    ended = warehouse.run("init", "--yes")

    assert ended.code == 0, ended.out
    assert "again" not in ended.out


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_mapping_that_somebody_broke_is_named_and_kept(warehouse: Shop, *, is_gone: bool) -> None:
    assert warehouse.run("init", "--yes").code == 0
    mapping = warehouse.folder / "mappings" / "orders.toml"
    drafted = mapping.read_text()
    mapping.write_text("broken = ")
    if is_gone:
        mapping.unlink()

    ended = warehouse.run("init", "--yes")

    if is_gone:
        assert (ended.code, mapping.read_text()) == (0, drafted)
    else:
        assert ended.code == ExitCode.UNUSABLE
        assert ended.err.splitlines()[-1].startswith("error: mappings/orders.toml:1: ")
        assert mapping.read_text() == "broken = "


def test_a_folder_without_anything_useful_gets_no_settings(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    shop.write("stores.csv", "store_id,store_name,city\n1,Leeds,Leeds\n")
    shop.write("empty.json", "")
    shop.write("photo.dat", bytes(range(256)) * 20)
    shop.write("locked.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4000))

    ended = shop.run("init")

    assert ended.code == ExitCode.UNUSABLE
    for said in (
        "stores.csv: no column says that its rows are",
        "empty.json: is empty. Export the file again.",
        "photo.dat: line 1: ",
        "locked.xlsx: is an old Excel workbook (.xls), or one with a password. Save it without",
        "None of these files can be imported as it is",
    ):
        assert said in ended.out
    assert not (shop.folder / "ometria-import.toml").exists()
    told = shop.run("init", "--json").json
    assert (told["written"], told["exit_code"]) == ([], ExitCode.UNUSABLE)


def test_more_files_than_belong_together_are_not_looked_at(shop: Shop) -> None:
    for number in range(201):
        shop.write(f"{number}.csv", CUSTOMERS)

    ended = shop.run("init")

    assert ended.code == ExitCode.UNUSABLE
    assert "there are 201 files, and at most 200 are looked at together" in ended.err
    assert not (shop.folder / "mappings").exists()


def test_files_in_several_languages_stand_in_one_folder(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    shop.write("people.csv", CUSTOMERS)
    shop.write(
        "kunden.csv",
        "Kundennummer;E-Mail-Adresse;Vorname;Nachname;Newsletter\n"
        "K1;eva@example.com;Eva;Herbst;ja\nK2;udo@example.com;Udo;Winter;nein\n",
    )
    shop.write(
        "pedidos.csv",
        "Nº de pedido;Fecha del pedido;Total;Moneda\nP1;31/01/2024;1.234,50;EUR\n"
        "P2;13/02/2024;9,00;EUR\n",
    )

    code, out = at_terminal(shop.folder, "\n" * 9)

    records = {"firstname: Eva", "firstname: Ada", "grand_total: 1234.5"}
    assert {each for each in records if each in out} == records, out
    assert code == 0, out


def test_who_is_asked_for_a_currency_sees_amounts(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    till = "Receipt No,Sold,Receipt total,Article,Qty\n1,2024-01-31T09:30:00Z,$5.00,A1,1\n"
    shop.write("till.csv", till + "2,2024-01-31T09:31:00Z,$7.00,A1,1\n")

    ended = shop.run("init")

    assert "till.csv: Receipt total: $5.00, $7.00" in ended.out


def test_phones_of_a_known_export_need_their_country_as_well(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    shop.write(
        "contacts.csv",
        "id,@collection,email,phone_number\n1,main,ada@example.com,020 7946 0018\n"
        "2,main,ben@example.com,+442079460019\n",
    )
    assert shop.run("init", "--json").json["open"] == [
        "Which country are phone numbers without a country code from, such as GB?"
    ]

    code, out = at_terminal(shop.folder, "GB\n")

    assert code == 0, out
    assert "phone_number: +442079460018" in out


def test_an_archive_stands_for_the_exports_in_it(warehouse: Shop) -> None:
    with zipfile.ZipFile(warehouse.folder / "export.zip", "w") as archive:
        for name in ("orders.csv", "order_lines.csv", "customers.csv"):
            archive.write(warehouse.folder / name, name)
            (warehouse.folder / name).unlink()

    ended = warehouse.run("init", "--yes")

    assert ended.code == 0, ended.out
    sources = settings_of(warehouse)["sources"]
    assert isinstance(sources, list)
    assert [each["path"] for each in sources] == [
        *("export.zip!customers.csv", "export.zip!order_lines.csv", "export.zip!orders.csv"),
        "products.csv",
    ]


def test_lines_and_orders_of_one_preset_are_listed_together(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    for name in ("square-items.csv", "square-transactions.csv"):
        shop.write(name, (EXPORTS / "square" / name.removeprefix("square-")).read_bytes())

    code, out = at_terminal(shop.folder, "USD\n")

    assert code in {0, ExitCode.REJECTS}, out
    sources = settings_of(shop)["sources"]
    assert isinstance(sources, list)
    assert [each["mapping"] for each in sources] == ["square-items", "square-transactions"]


def test_a_workbook_in_the_folder_is_drafted_like_a_table(shop: Shop) -> None:
    (shop.folder / "ometria-import.toml").unlink(missing_ok=True)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in ("SKU", "Name", "Price", "Currency"), ("MUG", "Mug", 4.75, "GBP"):
        book.active.append(row)
    book.save(shop.folder / "items.xlsx")

    ended = shop.run("init")

    assert ended.code == 0, ended.out
    assert "title: Mug" in ended.out


@pytest.mark.parametrize(
    ("settings", "arguments", "code", "words"),
    [
        (
            "[[sources]\n",
            (),
            ExitCode.USAGE,
            "ometria-import.toml:1: the settings file is not TOML",
        ),
        ("", ("nowhere",), ExitCode.UNUSABLE, "nowhere does not exist"),
        ("", ("bare",), ExitCode.UNUSABLE, "there is no file that could be an export"),
    ],
)
def test_what_cannot_be_set_up_is_refused(
    shop: Shop, settings: str, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    (shop.folder / "bare").mkdir()
    shop.write("people.csv", CUSTOMERS)
    (shop.folder / "ometria-import.toml").write_text(settings)

    ended = shop.run("init", *arguments)

    assert ended.code == code
    assert words in ended.err
    assert (shop.folder / "ometria-import.toml").read_text() == settings
