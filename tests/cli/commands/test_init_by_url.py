"""`init` of exports on other machines: the settings name their URLs, which are read later."""

from __future__ import annotations

import json
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.commands.test_init import CUSTOMERS, LINES, ORDERS, PRODUCTS, TILL
from tests.cli.program import Shop, stored
from tests.servers.bucket import Bucket, bucket_in_memory

BUCKET = "s3://shop-exports/night"
FILES = {
    "customers.csv": CUSTOMERS,
    "order_lines.csv": LINES,
    "orders.csv": ORDERS,
    "products.csv": PRODUCTS,
}


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    system = bucket_in_memory(monkeypatch)
    for name, content in FILES.items():
        system.pipe(f"shop-exports/night/{name}", content.encode())
    return system


def sources_of(shop: Shop) -> list[dict[str, Any]]:
    settings = tomllib.loads((shop.folder / "ometria-import.toml").read_text("utf-8"))
    sources = settings["sources"]
    assert isinstance(sources, list)
    return sources


def copies(shop: Shop) -> list[Path]:
    return [*(shop.folder / ".ometria-import" / "copies").glob("*")]


def test_exports_of_another_machine_are_set_up_by_their_urls(
    shop: Shop, emulator: RunningEmulator, bucket: MemoryFileSystem
) -> None:
    ended = shop.run("init", f"{BUCKET}/", "--yes")
    assert ended.code == ExitCode.OK, ended.out + ended.err
    assert [each["path"] for each in sources_of(shop)] == [f"{BUCKET}/{name}" for name in FILES]
    assert len(Bucket.copied) == len(FILES)
    assert copies(shop) == []
    assert "orders.csv: customer_id is customer_id of customers.csv" in ended.out
    assert "lineitems[1].unit_price: 4.75" in ended.out
    assert ended.out.rstrip().endswith("Next: ometria-import push --to staging")
    rehearsed = shop.run("push", "--to", "staging", "--dry-run", "--quiet")
    assert (rehearsed.code, rehearsed.out, rehearsed.err) == (ExitCode.OK, "", "")
    assert shop.run("push", "--to", "staging").code == ExitCode.OK
    copied = len(Bucket.copied)
    again = shop.run("push", "--to", "staging")
    assert "Nothing to do" in again.out
    assert len(Bucket.copied) == copied
    changed = CUSTOMERS.replace("Winter", "Lenz")
    bucket.pipe("shop-exports/night/customers.csv", changed.encode())
    assert shop.run("push", "--to", "staging").code == ExitCode.OK
    people = [record for record in map(json.loads, stored(emulator)) if "email" in record]
    assert {"Lenz", "Sommer"} <= {each["lastname"] for each in people}


def test_what_is_open_is_asked_once_and_what_is_listed_stays(shop: Shop) -> None:
    system = Bucket(skip_instance_cache=True)
    system.pipe("shop-exports/till/till.csv", TILL.encode())
    url = "s3://shop-exports/till/till.csv"
    assert shop.run("init", url).code == ExitCode.UNUSABLE
    settings = shop.folder / "ometria-import.toml"
    text = settings.read_text()
    assert "# QUESTION: What is currency" in text
    told = shop.run("init", url, "--json").json
    assert len(told["open"]) == 2
    assert settings.read_text() == text
    assert [each["path"] for each in sources_of(shop)] == [url]


def test_a_pattern_that_is_listed_already_holds_for_its_files(shop: Shop) -> None:
    assert shop.run("init", f"{BUCKET}/products.csv", "--yes").code == ExitCode.OK
    settings = shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("products.csv", "prod*.csv", 1))
    assert shop.run("init", f"{BUCKET}/products.csv").code == ExitCode.OK
    assert [each["path"] for each in sources_of(shop)] == [f"{BUCKET}/prod*.csv"]


def test_exports_here_and_there_are_set_up_together(shop: Shop) -> None:
    shop.write("products.csv", PRODUCTS)
    ended = shop.run("init", "products.csv", f"{BUCKET}/order*.csv", "--yes")
    assert ended.code in {ExitCode.OK, ExitCode.REJECTS}, ended.out + ended.err
    assert {each["path"] for each in sources_of(shop)} == {
        "products.csv",
        f"{BUCKET}/order_lines.csv",
        f"{BUCKET}/orders.csv",
    }
    assert "order_lines.csv: sku is sku of products.csv" in ended.out


def test_the_files_of_an_archive_are_copied_once(shop: Shop, bucket: MemoryFileSystem) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    bucket.pipe("shop-exports/all.zip", packed.getvalue())
    ended = shop.run("init", "s3://shop-exports/all.zip", "--yes")
    assert ended.code == ExitCode.OK, ended.out + ended.err
    paths = [each["path"] for each in sources_of(shop)]
    assert paths == [f"s3://shop-exports/all.zip!{name}" for name in FILES]
    assert Bucket.copied == ["shop-exports/all.zip"]
    assert "lineitems[1].unit_price: 4.75" in ended.out
    assert shop.run("check").code == ExitCode.OK
    assert len(Bucket.copied) == 2


def test_of_files_with_the_same_records_the_newer_one_of_the_other_machine_counts(
    shop: Shop, bucket: MemoryFileSystem
) -> None:
    older = bucket.store["/shop-exports/night/customers.csv"]
    bucket.pipe("shop-exports/night/a_customers.csv", CUSTOMERS.encode())
    newer = bucket.store["/shop-exports/night/a_customers.csv"]
    older.modified = newer.modified.replace(year=2020)
    shop.run("init", f"{BUCKET}/*customers.csv", "--yes")
    paths = [each["path"] for each in sources_of(shop)]
    assert paths == [f"{BUCKET}/customers.csv", f"{BUCKET}/a_customers.csv"]


def test_nothing_is_written_where_a_file_cannot_be_copied(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "breaks_after", 10)
    monkeypatch.setattr(Bucket, "breaks_from", "orders.csv")
    ended = shop.run("init", f"{BUCKET}/customers.csv", f"{BUCKET}/orders.csv", "--yes")
    assert ended.code == ExitCode.UNUSABLE
    assert f"{BUCKET}/orders.csv cannot be read to its end: Connection reset by peer" in ended.err
    assert not (shop.folder / "ometria-import.toml").exists()
    assert copies(shop) == []
    assert [each.name for each in shop.folder.iterdir()] == [".ometria-import"]
