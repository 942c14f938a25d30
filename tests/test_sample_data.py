from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.run import check

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
WRONG_NUMBERS = ("HP9", "99", "000990", "000995")
"""Rows that are wrong on purpose have numbers of their own, or a spoilt one."""


def rows_of(name: str, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=delimiter):
            identifier = row["id"]
            if identifier and "E+" not in identifier and not identifier.startswith(WRONG_NUMBERS):
                yield row


def json_orders() -> list[dict[str, object]]:
    lines = (FOLDER / "orders.json").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"@type":"order","id":"0000')]


def test_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "generate.py", tmp_path], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(written) == [
        "README.md",
        "contacts.csv",
        "orders.csv",
        "orders.json",
        "products.csv",
    ]
    for name, content in written.items():
        assert (FOLDER / name).read_bytes() == content, f"{name} is stale: run the generator"


def test_raw_exports_are_set_up_without_a_question(tmp_path: Path) -> None:
    for path in (FOLDER / "raw").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "ometria_import", "init", "--json"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["open"], len(told["joins"])) == ([], 3)
    kinds = {each["path"]: each["object_type"] for each in told["sources"]}
    assert kinds == {
        "catalogue.csv": "product",
        "customers.csv": "contact",
        "order_lines.csv": "lineitem",
        "orders.csv": "order",
    }


def test_catalogue_has_parents_with_two_listings_and_variants_without() -> None:
    stores: dict[str, list[str]] = {}
    variants = 0
    for row in rows_of("products.csv"):
        if row["is_variant"] == "true":
            variants += 1
            assert not row["listings.store"]
        else:
            stores.setdefault(row["id"], []).append(row["listings.store"])
    assert len(stores) >= 500
    assert variants >= 1_000
    assert all(pair == ["example.com/uk", "example.com/eu"] for pair in stores.values())


def test_there_are_two_thousand_contacts_in_two_collections() -> None:
    # Not by the csv module: a quote that is never closed is part of the sample.
    lines = (FOLDER / "contacts.csv").read_text("utf-8-sig").splitlines()[1:]
    keys = {tuple(line.split(";")[:2]) for line in lines}
    sound = {(number, kind) for number, kind in keys if number[:1] in "58" and number.isdigit()}
    assert len(sound) == 2_000
    assert {kind for _, kind in sound} == {"customers", "newsletter"}


def test_there_are_five_thousand_orders_over_five_years_in_two_currencies() -> None:
    in_csv = {row["id"]: (row["timestamp"][:4], row["currency"]) for row in rows_of("orders.csv")}
    in_json = {
        str(order["id"]): (str(order["timestamp"])[:4], str(order["currency"]))
        for order in json_orders()
    }
    assert not in_csv.keys() & in_json.keys()
    assert len(in_csv) + len(in_json) == 5_000
    seen = set(in_csv.values()) | set(in_json.values())
    years = [str(year) for year in range(2021, 2026)]
    assert seen == {(year, currency) for year in years for currency in ("GBP", "EUR")}


def test_orders_come_from_the_till_too_and_cancelled_ones_are_not_valid() -> None:
    rows = list(rows_of("orders.csv"))
    assert any(row["channel"] == "offline" and not row["customer.email"] for row in rows)
    assert any(row["lineitems.refunded"] for row in rows)
    for row in rows:
        assert (row["is_valid"] == "0") == (row["status"] == "cancelled")


def faults_by_code() -> Counter[str]:
    """What the README says is wrong: records by problem code."""
    counts: Counter[str] = Counter()
    for line in (FOLDER / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| `") and len(cells) == 6:
            counts[cells[4]] += int(cells[3])
    return counts


def test_a_few_dozen_records_are_wrong() -> None:
    assert 40 <= faults_by_code().total() <= 60


def test_check_finds_what_the_readme_says_is_wrong_and_no_other_error(tmp_path: Path) -> None:
    names = ("products.csv", "contacts.csv", "orders.csv", "orders.json")
    arguments = [SourceArgument(FOLDER / name, None) for name in names]
    found = check(arguments, PrepareOptions(), tmp_path).problems
    promised = faults_by_code()
    assert {code: count for code, count in found.items() if code.startswith("E")} == {
        code: count for code, count in promised.items() if code.startswith("E")
    }
    for code, count in promised.items():
        assert found[code] >= count, code


def test_sample_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 4_000_000
