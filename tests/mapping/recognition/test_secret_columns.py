from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.mapping.objects.values import depths_of
from ometria_import.mapping.recognition.secret_columns import may_hold_secrets, without_secrets
from ometria_import.mapping.secret_names import is_secret
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

SECRET = "hushhush"


@pytest.mark.parametrize(
    "name",
    [
        *("password_hash", "Password", "passwordHash", "passwd", "customerPasswd", "user_pass"),
        *("Passwort", "Contraseña", "mot_de_passe", "password salt", "salt", "PIN", "login_pin"),
        *("rp_token", "rp_token_created_at", "resetToken", "Reset Token", "token", "accesstoken"),
        *("cart_token", "checkoutToken", "remember-token", "client_secret", "api_key", "API Key"),
        *("secure_key", "SECURE_KEY", "secureKey", "securekey", "order_key", "meta:_order_key"),
        *("billing.order_key", "ps_secure_key", "auth_key", "user_activation_key", "auth"),
        *("protect_code", "subscriber_confirm_code", "confirmation", "security_code", "otp"),
        *("statusPageUrl", "multipass_identifier", "deepLinkCode", "download_hash"),
        *("order_status_url", "OrderStatusUrl", "reset_password_url", "unsubscribe_link"),
        *("abandoned_checkout_url", "session", "session_hash", "sessionKey", "Authorization"),
        *(
            "card_code",
            "cardCode",
            "CVV",
            "cvc2",
            "cc_cid",
            "Card Number",
            "credit_card_number",
            "cc_number_enc",
            "IBAN",
        ),
    ],
)
def test_secrets_are_known_by_their_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("email", "Payment Method", "Card Type", "Secretary", "Gift Card", "key", "Note"),
        *("pin_code", "pincode", "Shipping PIN", "token_count", "tokens", "broken", "author"),
        *("auth_method", "is_authenticated", "session_id", "Session length", "passenger"),
        *("season_pass", "sea salt", "salt_content", "opinion", "keyword", "sort_key", "monkey"),
        *(
            "CardCode",
            "confirmation_number",
            "confirmed_email",
            "coupon_code",
            "discount_code",
            "postcode",
        ),
        *("url", "image_url", "product_url", "secure", "status", "order_id", "reorder keyring"),
    ],
)
def test_harmless_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


def assert_nowhere(folder: Path, outcome: Outcome, *sources: str) -> None:
    """The secret is in the sources and in nothing that was made of them."""
    written = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db"]
    holding = {path.name for path in written if SECRET.encode() in path.read_bytes()}
    assert holding == set(sources)
    assert SECRET not in "".join(outcome.texts)


def test_secrets_reach_no_record_problem_or_reject(tmp_path: Path) -> None:
    text = (
        "id,email,password_hash,Order-Status-URL\n"
        "1,a@example.com,hushhush1,https://shop.example.com/o?key=hushhush2\n"
        ",b@example.com,hushhush3,hushhush4\n"
        "ragged,hushhush5\n"
    )

    outcome = prepare_text(tmp_path, "contacts.csv", text)

    assert [set(record) for record in outcome.records] == [{"@type", "id", "email"}]
    assert len(outcome.rejects()) == 2
    assert {field for _, field in outcome.places("W110")} == {"password_hash", "Order-Status-URL"}
    assert_nowhere(tmp_path, outcome, "contacts.csv")


def test_secrets_in_json_are_taken_out_at_every_depth(tmp_path: Path) -> None:
    order = {
        "@type": "order",
        "id": "1",
        "timestamp": "2024-01-31T09:30:00Z",
        "grand_total": 9,
        "currency": "EUR",
        "orderKey": SECRET,
        "lineitems": [
            {
                "product_id": "MUG",
                "quantity": 1,
                "unit_price": 9,
                "properties": {"gift": True, "access_key": SECRET},
            }
        ],
        "properties": {"note": "red", "deep": {"kept": 1, "secure_key": SECRET}},
    }
    lines = [json.dumps(order), json.dumps({**order, "id": None}), f'{{"token": "{SECRET}", "id']

    outcome = prepare_text(tmp_path, "orders.ndjson", "\n".join(lines))

    (record,) = outcome.records
    assert record["properties"] == {"note": "red", "deep": {"kept": 1}}
    assert record["lineitems"][0]["properties"] == {"gift": True}
    assert {field for _, field in outcome.places("W110")} == {
        "access_key",
        "orderKey",
        "secure_key",
    }
    assert outcome.summary.rejected == 2
    assert_nowhere(tmp_path, outcome, "orders.ndjson")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"id": 1, "key": "_order_key", "value": SECRET}, {"id": 1, "key": "_order_key"}),
        ({"name": "Card Number", "value": SECRET}, {"name": "Card Number"}),
        ({"key": "api_key", "value": SECRET, "display_value": SECRET}, {"key": "api_key"}),
        ({"attribute_code": "rp_token", "value": SECRET}, {"attribute_code": "rp_token"}),
        ({"type": "token", "id": SECRET, "label": SECRET}, {"type": "token"}),
        ({"id": 7, "name": "Token", "price": 9}, {"id": 7, "name": "Token", "price": 9}),
        ({"key": "colour", "value": "red"}, {"key": "colour", "value": "red"}),
    ],
)
def test_values_beside_the_name_of_a_secret_are_taken_out(
    given: dict[str, object], left: dict[str, object]
) -> None:
    holds_secret = SECRET in given.values()
    withheld: set[str] = set()

    assert without_secrets({"meta": [given]}, withheld) == {"meta": [left]}
    assert bool(withheld) is holds_secret


def test_secrets_in_cells_of_json_and_of_pairs_are_taken_out(tmp_path: Path) -> None:
    cell = json.dumps({"size": "M", "price": 1.10, "meta": [{"protect_code": SECRET}]})
    rows = [["id", "title", "properties.raw"], ["1", "Mug", cell], ["2", "[Cup] {red}", "{no json"]]
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)

    outcome = prepare_text(
        tmp_path, "products.csv", text + f'\nragged,"{{""token"":""{SECRET}""}}"'
    )

    first, second = outcome.records
    assert json.loads(first["properties"]["raw"]) == {"size": "M", "price": 1.1, "meta": [{}]}
    assert (second["title"], second["properties"]["raw"]) == ("[Cup] {red}", "{no json")
    assert_nowhere(tmp_path, outcome, "products.csv")


def test_secrets_among_attributes_of_a_cell_are_taken_out(tmp_path: Path) -> None:
    text = (
        "sku,product_type,attribute_set_code,name,visibility,additional_attributes\n"
        f'1,simple,Default,Mug,4,"color=Red,api_key={SECRET},size=M"\n'
    )

    outcome = prepare_text(
        tmp_path,
        "products.csv",
        text,
        settings={"shop_url": "https://shop.example.com", "currency": "EUR"},
    )

    attributes = outcome.records[0]["attributes"]
    assert [(each["type"], each["label"]) for each in attributes] == [
        ("color", "Red"),
        ("size", "M"),
    ]
    assert_nowhere(tmp_path, outcome, "products.csv")


def test_secrets_in_files_of_items_are_taken_out(tmp_path: Path) -> None:
    orders = write(
        tmp_path / "orders.csv",
        f"id,timestamp,grand_total,currency,secure_key\n1,2024-01-31T09:30:00Z,9,EUR,{SECRET}\n",
    )
    items = write(
        tmp_path / "items.csv",
        "order_id,product_id,quantity,unit_price,Gift Card Code\n"
        f"1,MUG,1,9,{SECRET}\n2,CUP,1,9,{SECRET}\n",
    )

    outcome = prepare_files(tmp_path, orders, f"lineitem={items}")

    assert outcome.records[0]["lineitems"] == [
        {"product_id": "MUG", "quantity": 1, "unit_price": 9}
    ]
    assert {field for _, field in outcome.places("W110")} == {"secure_key", "Gift Card Code"}
    assert_nowhere(tmp_path, outcome, "orders.csv", "items.csv")


def test_secrets_in_parquet_are_taken_out(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["1", None],
            "email": ["a@example.com", "b@example.com"],
            "subscriber_confirm_code": [SECRET, SECRET],
        }
    )
    pq.write_table(table, tmp_path / "contacts.parquet", compression="none")

    outcome = prepare_files(tmp_path, tmp_path / "contacts.parquet")

    assert [set(record) for record in outcome.records] == [{"@type", "id", "email"}]
    assert_nowhere(tmp_path, outcome, "contacts.parquet")


_KEYS = st.sampled_from(["id", "meta", "password", "Api Key", "key", "name", "value", "label"])
_OBJECTS = st.dictionaries(
    _KEYS,
    st.recursive(
        st.sampled_from(["x", "_order_key", 1, None]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@given(st.lists(_OBJECTS, max_size=3))
def test_objects_that_are_passed_over_together_hold_no_secret(
    objects: list[dict[str, Any]],
) -> None:
    withheld: set[str] = set()
    may_hold = may_hold_secrets(depths_of(objects))
    assert may_hold or without_secrets(deepcopy(objects), withheld) == objects
    assert may_hold or not withheld
