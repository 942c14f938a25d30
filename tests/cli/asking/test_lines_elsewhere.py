"""Orders whose lines are in another file, and that file recognised without a word of the user's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Shop
from tests.prepare.outcomes import write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDERS = "Receipt,At,Sum\n1,2024-01-31T09:30:00Z,4.00\n"
LINES = "Receipt no,Article,Count,Each\n1,mug,2,2.00\n"
SOURCES = """
[[sources]]
path = "orders.csv"
mapping = "till-sales.toml"
{}
[[sources]]
path = "lines.csv"
mapping = "till-sale-lines.toml"
"""


@pytest.fixture
def till(shop: Shop) -> Shop:
    """A till with the two mappings of the docs."""
    section = PAGE.read_text("utf-8").split("### Orders without their lines")[1]
    for text in re.findall(r"```toml\n(.*?)```", section, re.DOTALL):
        if name := re.search(r'^name = "(.*?)"', text):
            write(shop.folder / f"{name[1]}.toml", text)
    write(shop.folder / "orders.csv", ORDERS)
    write(shop.folder / "lines.csv", LINES)
    return shop


def bodies(shop: Shop) -> list[dict[str, Any]]:
    """The orders of the last dry run."""
    (path,) = (shop.folder / ".ometria-import" / "runs").glob("*/bodies/order.ndjson")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_are_recognised_and_joined(till: Shop) -> None:
    write(till.folder / "ometria-import.toml", SOURCES.format(""))

    ended = till.run("push", "--to", "staging", "--dry-run")

    assert ended.code == 0, ended.err
    (order,) = bodies(till)
    assert [item["product_id"] for item in order["lineitems"]] == ["mug"]


def test_mapping_of_items_is_for_the_file_that_it_recognises(till: Shop) -> None:
    own = "id,timestamp,grand_total,currency\n1,2024-01-31T09:30:00Z,4.00,GBP\n"
    write(till.folder / "own.csv", own)

    ended = till.run(
        "push", "--to", "staging", "--dry-run", "--mapping", "till-sale-lines.toml", "own.csv",
        "lines.csv",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    assert [item["quantity"] for item in bodies(till)[0]["lineitems"]] == [2]


def test_orders_are_refused_without_their_lines_unless_these_are_not_wanted(till: Shop) -> None:
    alone = SOURCES.partition('[[sources]]\npath = "lines.csv"')[0]
    write(till.folder / "ometria-import.toml", alone.format(""))
    refused = till.run("check")
    by_flag = till.run("check", "--lines", "none")
    write(till.folder / "ometria-import.toml", alone.format('lines = "none"'))
    by_source = till.run("push", "--to", "staging", "--dry-run")

    assert refused.code == 4
    assert "orders.csv has no lines, because they are in another file: Sales → Lines" in refused.err
    assert "--lines none" in refused.err
    assert by_flag.code == 0, by_flag.err
    assert by_source.code == 0, by_source.err
    assert "lineitems" not in bodies(till)[0]


def test_lines_that_are_there_and_said_not_to_be_are_refused(till: Shop) -> None:
    write(till.folder / "ometria-import.toml", SOURCES.format(""))

    ended = till.run("check", "--lines", "none")

    assert ended.code == 4
    assert "lines.csv holds lines of order records, which are said to have none" in ended.err


def test_lines_alone_are_refused(till: Shop) -> None:
    ended = till.run("check", "--mapping", "till-sale-lines.toml", "lines.csv")

    assert ended.code == 4
    assert "lines.csv holds lineitems, and no table of order records is given" in ended.err


def test_inspect_tells_where_the_lines_are(till: Shop) -> None:
    write(till.folder / "ometria-import.toml", SOURCES.format(""))
    both = till.run("inspect")
    orders = till.run("inspect", "orders.csv")
    lines = till.run("inspect", "lines.csv")

    assert both.code == 0, both.err
    assert "Its lines are in another file: Sales → Lines → CSV" in both.out
    assert "lineitems of order" in both.out
    assert orders.code == lines.code == 4
    assert "orders.csv has no lines, because they are in another file" in orders.out
    assert "no table of order records is given" in lines.out


def test_word_for_lines_must_be_none(till: Shop) -> None:
    ended = till.run("check", "--lines", "some", "orders.csv")

    assert ended.code == 2
    assert "'none'" in ended.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[lines]\nfrom = "a"\n', "'about' is missing"),
        ('[lines]\nfrom = "a"\nabout = "b"\nabuot = "c"\n', "did you mean 'about'"),
        (('[lines]\nfrom = "a"\nabout = "b"\n[items.lineitems.fields]\nproduct_id = "P"\n'
         'quantity = "Q"\nunit_price = "U"\n'), "'items' contradicts it"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_line(shop: Shop, text: str, message: str) -> None:
    fields = 'object_type = "order"\n[fields]\nid = "A"\ntimestamp = "B"\ngrand_total = "C"\n'
    write(shop.folder / "my.toml", f'{fields}currency = "D"\n{text}')

    ended = shop.run("mapping", "check", "my.toml")

    assert ended.code == 4
    assert "my.toml:" in ended.err
    assert message in ended.err
