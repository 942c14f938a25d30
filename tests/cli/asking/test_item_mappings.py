"""Which file a mapping of items is for, as the command line and the settings say it."""

from __future__ import annotations

from tests.cli.program import Shop
from tests.mapping.test_item_mappings import LINES, MAPPING, ORDERS
from tests.prepare.outcomes import write


def test_each_file_of_the_settings_has_the_mapping_that_it_needs(shop: Shop) -> None:
    orders = 'object_type = "order"\n[fields]\nid = "No"\ntimestamp = "At"\ngrand_total = "Sum"\n'
    write(shop.folder / "orders.toml", orders + 'currency = { constant = "EUR" }\n')
    write(shop.folder / "lines.toml", MAPPING)
    write(shop.folder / "orders.csv", "No,At,Sum\n1,2024-01-31T09:30:00Z,4\n")
    write(shop.folder / "lines.csv", LINES + "1,a,1,4\n")
    settings = """
    [[sources]]
    path = "orders.csv"
    mapping = "orders.toml"
    [[sources]]
    path = "lines.csv"
    object_type = "lineitem"
    mapping = "{}.toml"
    """

    write(shop.folder / "ometria-import.toml", settings.format("lines"))
    right = shop.run("check")
    write(shop.folder / "ometria-import.toml", settings.format("orders"))
    wrong = shop.run("check")

    assert right.code == 0, right.err
    assert "2 rows = 1" in right.out
    assert wrong.code == 4
    assert "orders.toml' is for records, and this file is said to hold lineitems" in wrong.err


def test_inspect_tells_what_a_mapping_of_items_feeds(shop: Shop) -> None:
    write(shop.folder / "lines.toml", MAPPING)
    write(shop.folder / "orders.csv", ORDERS)
    write(shop.folder / "lines.csv", LINES + "1,a,1,4\n")

    ended = shop.run("inspect", "--mapping", "lines.toml", "order=orders.csv", "lineitem=lines.csv")

    assert ended.code == 0, ended.err
    assert "lineitems of order, lines" in ended.out
    assert "lineitems.product_id ← Article" in ended.out
    assert "order, Ometria's own field names" in ended.out


def rejects_of(shop: Shop) -> str:
    """The one reject file of the last check."""
    (path,) = (shop.folder / ".ometria-import" / "checks").glob("*/rejects/*.csv")
    return str(path)


def test_rejected_items_come_back_with_their_own_mapping(shop: Shop) -> None:
    write(shop.folder / "lines.toml", MAPPING)
    write(shop.folder / "orders.csv", ORDERS)
    write(shop.folder / "lines.csv", LINES + "1,a,1,4\n3,b,1,4\n")
    command = ("check", "--mapping", "lines.toml", "order=orders.csv", "lineitem=lines.csv")
    assert shop.run(*command).code == 3
    write(shop.folder / "more.csv", ORDERS.replace("\n1,", "\n3,"))

    ended = shop.run("check", "order=more.csv", rejects_of(shop))

    assert ended.code == 0, ended.err
    assert "3 rows = 2" in ended.out


def test_rejected_items_come_back_without_the_mapping_of_their_records(shop: Shop) -> None:
    mapping = 'object_type = "order"\n[fields]\nid = "No"\ntimestamp = "At"\ngrand_total = "Sum"\n'
    write(shop.folder / "orders.toml", mapping + 'currency = { constant = "EUR" }\n')
    write(shop.folder / "orders.csv", "No,At,Sum\n1,2024-01-31T09:30:00Z,4\n")
    lines = "order_id,product_id,quantity,unit_price\n1,a,1,4\n2,b,1,4\n"
    write(shop.folder / "lines.csv", lines)
    command = ("check", "--mapping", "orders.toml", "order=orders.csv", "lineitem=lines.csv")
    assert shop.run(*command).code == 3
    write(shop.folder / "own.csv", ORDERS)

    ended = shop.run("check", "order=own.csv", rejects_of(shop))

    assert ended.code == 0, ended.err
    assert "3 rows = 2" in ended.out
