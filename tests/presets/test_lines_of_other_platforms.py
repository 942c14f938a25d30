"""Orders beside the lines of another platform, which are not the lines that they lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from tests.prepare.outcomes import prepare_files

EXPORTS = Path(__file__).parents[1] / "exports"
SETTINGS = {"currency": "EUR", "timezone": "Europe/Paris"}


@pytest.mark.parametrize(
    ("orders", "lines", "missing"),
    [
        ("prestashop/orders.csv", "opencart/oc_order_product.csv", "ps_order_detail"),
        ("opencart/oc_order.csv", "prestashop/order_detail.csv", "oc_order_product"),
        ("opencart/oc_order.csv", "bigcommerce/api-v2-order-products.json", "oc_order_product"),
        ("bigcommerce/api-v2-orders.json", "opencart/oc_order_product.csv", "/v2/orders/{id}"),
    ],
)
def test_lines_of_another_platform_do_not_stand_for_those_that_are_missing(
    tmp_path: Path, orders: str, lines: str, missing: str
) -> None:
    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, EXPORTS / orders, EXPORTS / lines, settings=SETTINGS)

    assert refused.value.exit_code is ExitCode.UNUSABLE
    assert f"{EXPORTS / orders} has no lines, because they are in another file" in (
        refused.value.message
    )
    assert missing in refused.value.message
