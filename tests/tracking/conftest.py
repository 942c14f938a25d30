from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ometria_import import push
from ometria_import.emulator import RunningEmulator, Settings, running
from tests.cli.program import KEYS, Shop

STAGING, LIVE = "aaaa000000000001", "bbbb000000000002"
PRODUCTS = """\
id,title,sku,is_variant,currency,price
123,Kettle,KT-1,false,GBP,10
0077,Teapot,TP-7,false,GBP,12
123-R,Kettle in red,KT-1-R,true,GBP,10
Mug-A,Mug,MG-1,false,GBP,5
"""
LISTINGS = """\
product_id,store,title,url,currency,price
123,example.com/uk,Kettle,https://example.com/uk/kettle,GBP,10
"""
ORDERS = """\
id,timestamp,grand_total,currency,store,lineitems.product_id,lineitems.quantity,lineitems.unit_price
o-1,2024-01-10T10:00:00Z,10,GBP,example.com/uk,123,1,10
o-2,2024-02-10T10:00:00Z,10,EUR,example.com/eu,123,1,10
"""


@pytest.fixture(scope="module")
def pushed_emulator() -> Iterator[RunningEmulator]:
    settings = Settings(rate=100_000, read_rate=100_000, queue=1_000_000, drain=1_000_000)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def pushed_home(pushed_emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a home from which products and orders went to staging."""
    folder = tmp_path_factory.mktemp("pushed")
    accounts = {"staging": STAGING, "live": LIVE}
    (folder / "ometria-import.toml").write_text(
        "".join(
            f'[accounts.{name}]\nbase_url = "{pushed_emulator.base_url}"\nrate = 100\n'
            f'wait_for_errors = 0\naccount_hash = "{own}"\n'
            for name, own in accounts.items()
        )
    )
    (folder / "products.csv").write_text(PRODUCTS)
    (folder / "orders.csv").write_text(ORDERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, key in KEYS.items():
            patch.setenv(name, key)
        # Two runs: products are those of the newest run that has any.
        push("products.csv", to="staging")
        push("orders.csv", to="staging")
    return folder


@pytest.fixture
def at_pushed(
    pushed_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    """The program, run in that folder."""
    return Shop(pushed_home, monkeypatch, capsys)


Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(at_pushed: Shop, tmp_path: Path) -> Check:
    """Checks one page, given as bytes or text, and returns what is said of it."""

    def checked(page: str | bytes, *arguments: str) -> dict[str, Any]:
        path = tmp_path / "page.html"
        path.write_bytes(page.encode() if isinstance(page, str) else page)
        ended = at_pushed.run("tracking", "check", str(path), "--json", *arguments)
        (found,) = json.loads(ended.out)["pages"]
        assert ended.json["exit_code"] == ended.code
        return {**found, "code": ended.code}

    return checked


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shop:
    return Shop(tmp_path, monkeypatch, capsys)
