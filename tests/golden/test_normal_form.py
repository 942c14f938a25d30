"""Whoever changes the bytes of records says so, as accounts were given them in the form before."""

from __future__ import annotations

import hashlib
import json

from ometria_import.package import NORMAL_FORM
from tests.golden.golden import load

DIGESTS = {
    "magento": "57969d5022c3b5e0",
    "ometria": "5269bab5ffa7dbad",
    "shopify": "d83bad75a49f2d61",
    "woocommerce": "36ee1eab522a8beb",
}
"""Of the bodies of some golden files, as `NORMAL_FORM` stands for them."""


def test_other_bytes_of_the_same_rows_are_another_normal_form() -> None:
    found = {}
    for platform in ("magento", "ometria", "shopify", "woocommerce"):
        bodies = {name: each.get("bodies") for name, each in load(platform).items()}
        text = json.dumps(bodies, sort_keys=True).encode()
        found[platform] = hashlib.sha256(text).hexdigest()[:16]

    assert (NORMAL_FORM, found) == (2, DIGESTS), (
        "If exports that were there before become other bytes, raise NORMAL_FORM and this number: "
        "`push --changed` then says why everything goes again. Then write the digests down."
    )
