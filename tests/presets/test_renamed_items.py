"""A preset that is named for a file in which the column of its items has another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from tests.prepare.outcomes import prepare_files, write

EXPORTS = Path(__file__).parents[1] / "exports"


@pytest.mark.parametrize(
    ("export", "mapping", "name", "renamed"),
    [
        ("squarespace/orders.csv", "squarespace-orders", "Lineitem name", "Product"),
        ("wix/orders.csv", "wix-orders", "Qty", "Number of pieces"),
        ("shopify/orders-current.csv", "shopify-orders", "Lineitem name", "Product"),
        ("woocommerce/rest-orders.json", "woocommerce-rest-orders", "line_items", "basket"),
        ("shopify/rest-orders.ndjson", "shopify-rest-orders", "line_items", "basket"),
        ("commercetools/orders.json", "commercetools-orders", "lineItems", "basket"),
    ],
)
def test_orders_are_not_sent_without_the_items_that_the_file_has_under_another_name(
    tmp_path: Path, export: str, mapping: str, name: str, renamed: str
) -> None:
    path = EXPORTS / export
    text = path.read_text("utf-8-sig").replace(name, renamed)
    file = write(tmp_path / path.name, text)

    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, file, mapping=mapping)

    assert refused.value.exit_code is ExitCode.UNUSABLE
    assert f"{file} has no column or key '{name}', from which the mapping '{mapping}' takes" in (
        refused.value.message
    )
    assert f"ometria-import mapping show {mapping} > my.toml" in refused.value.hint


def test_a_file_without_orders_lacks_no_items(tmp_path: Path) -> None:
    file = write(tmp_path / "orders.json", "[]")

    outcome = prepare_files(tmp_path, file, mapping="woocommerce-rest-orders", allow_empty=True)

    assert outcome.records == []
