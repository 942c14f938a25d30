"""An emulator over a real socket, its client, and records that the documentation allows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator, Settings, running

Rows = list[tuple[Any, ...]]


class StoppedClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def fast(tmp_path: Path) -> Settings:
    """Limits that no test meets by accident."""
    return Settings(
        rate=100_000, read_rate=100_000, drain=1_000_000, database=tmp_path / "received.db"
    )


@pytest.fixture
def emulator(fast: Settings) -> Iterator[RunningEmulator]:
    with running(fast) as emulator:
        yield emulator


@pytest.fixture
def connect() -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients of an emulator, and closes them."""
    clients: list[httpx.Client] = []

    def make(emulator: RunningEmulator, key: str = "staging-key") -> httpx.Client:
        client = httpx.Client(base_url=emulator.base_url, headers={"X-Ometria-Auth": key})
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(
    emulator: RunningEmulator, connect: Callable[[RunningEmulator], httpx.Client]
) -> httpx.Client:
    return connect(emulator)


@pytest.fixture
def query(emulator: RunningEmulator) -> Callable[[str], Rows]:
    """Reads the database while the emulator runs, through a connection of its own."""

    def run(sql: str) -> Rows:
        with closing(sqlite3.connect(f"file:{emulator.database}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    return run


@pytest.fixture(scope="session")
def full_records() -> dict[str, dict[str, Any]]:
    """One record of each type with every field that the documentation names."""
    amounts = {"currency": "EUR", "shipping": 4.9, "tax": 3.2, "discount": 0, "subtotal": 20.1}
    totals = {
        "base": amounts | {"grand_total": 25},
        "local": amounts | {"currency": "SEK", "grand_total": 280.5},
    }
    part = {"type": "size", "id": "m", "label": "M"}
    address = {"city": "Lyon", "state": "ARA", "postcode": "69001", "country_code": "FR"}
    return {
        "contact": {
            "@type": "contact",
            "id": "c-1",
            "@collection": "customers",
            "email": "ada@example.com",
            "customer_id": "k-1",
            "phone_number": "+442079460000",
            "prefix": "Dr",
            "firstname": "Ada",
            "middlename": "M",
            "lastname": "Ménard",
            "gender": "f",
            "date_of_birth": "1990-02-28",
            "country_id": "FR",
            "timezone": "Europe/Paris",
            "timestamp_acquired": "2020-01-31T10:00:00Z",
            "timestamp_subscribed": "2020-01-31",
            "timestamp_unsubscribed": "2021-01-31T10:00:00.5+02:00",
            "marketing_optin": "EXPLICITLY_OPTEDOUT",
            "@force_optin": False,
            "@merge": True,
            "channels": {
                "sms": {
                    "allow_marketing": True,
                    "allow_transactional": False,
                    "dt_updated_marketing": "2020-01-31T10:00:00Z",
                    "dt_updated_transactional": "2020-01-31T10:00:00Z",
                }
            },
            "store_ids": ["example.com", "12"],
            "@add_to_lists": [1, 2],
            "@remove_from_lists": [3],
            "properties": {"loyalty_tier": "gold", "points": 12, "tags": ["a", {"b": True}]},
        },
        "product": {
            "@type": "product",
            "id": "p-1",
            "title": "Shirt",
            "sku": "SH-1",
            "price": 20.1,
            "special_price": 18,
            "special_price_dt_from": "2024-01-01T00:00:00Z",
            "special_price_dt_to": "2024-02-01T00:00:00Z",
            "currency": "EUR",
            "url": "https://example.com/p/1?x=1",
            "image_url": "http://img.example.com/1.jpg",
            "is_active": True,
            "is_in_stock": True,
            "is_variant": False,
            "attributes": [{"type": "colour", "id": "red", "label": "Red"}],
            "listings": [
                {
                    "store": "example.com/uk",
                    "title": "Shirt",
                    "url": "https://example.com/uk/p/1",
                    "image_url": "https://example.com/uk/1.jpg",
                    "price": 17.5,
                    "special_price": 16,
                    "currency": "GBP",
                    "is_active": False,
                }
            ],
            "properties": {"season": "summer"},
        },
        "order": {
            "@type": "order",
            "id": "o-1",
            "timestamp": "2024-03-01T10:00:00+01:00",
            "grand_total": 25,
            "currency": "EUR",
            "subtotal": 20.1,
            "discount": 0,
            "shipping": 4.9,
            "tax": 3.2,
            "status": "complete",
            "is_valid": True,
            "web_id": "w-1",
            "ip_address": "192.0.2.1",
            "channel": "online",
            "store": "example.com",
            "payment_method": "card",
            "shipping_method": "post",
            "coupon_code": "SPRING",
            "customer": {
                "id": "k-1",
                "email": "ada@example.com",
                "firstname": "Ada",
                "lastname": "M",
            },
            "shipping_address": address,
            "billing_address": address,
            "lineitems": [
                {
                    "product_id": "p-1",
                    "variant_id": "p-1-m",
                    "quantity": 1,
                    "sku": "SH-1-M",
                    "unit_price": 20.1,
                    "quantity_refunded": 0,
                    "refunded": 0,
                    "subtotal": 20.1,
                    "tax": 3.2,
                    "total": 20.1,
                    "discount": 0,
                    "is_on_sale": False,
                    "totals": {"base": amounts, "local": {"currency": "SEK", "unit_price": 225}},
                    "properties": {"gift": True},
                    "variant_options": [part],
                }
            ],
            "totals": totals,
            "properties": {"till": "3"},
        },
        "custom_event": {
            "@type": "custom_event",
            "id": "e-1",
            "event_type": "viewed_store",
            "timestamp": "2024-03-01T10:00:00Z",
            "profile_id": "x-1",
            "identity_email": "ada@example.com",
            "identity_account_id": "k-1",
            "properties": {"city": "Lyon"},
        },
    }
