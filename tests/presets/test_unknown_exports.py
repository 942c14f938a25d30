"""Exports that no preset can know: columns renamed by the shop, or in the admin's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import OmetriaImportError
from tests.prepare.outcomes import prepare_files

EXPORTS = Path(__file__).parents[1] / "exports"


@pytest.mark.parametrize(
    "name", ["woocommerce/orders-advanced-own-labels.csv", "magento/orders-grid-german.csv"]
)
def test_what_it_lacks_is_said_and_a_draft_is_offered(tmp_path: Path, name: str) -> None:
    with pytest.raises(OmetriaImportError, match="'grand_total'") as refusal:
        prepare_files(tmp_path, EXPORTS / name)

    assert f"mapping suggest {EXPORTS / name} > my.toml" in refusal.value.hint
    assert refusal.value.exit_code == 4
