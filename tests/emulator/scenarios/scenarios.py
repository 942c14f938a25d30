"""Scenarios in a line, and requests that meet them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx

from ometria_import.emulator import RunningEmulator

Query = Callable[[str], list[tuple[Any, ...]]]


def products(*ids: str) -> list[dict[str, Any]]:
    return [{"@type": "product", "id": each} for each in ids]


def fault(do: str, **fields: Any) -> str:
    """One fault as TOML: what JSON writes for these values is TOML too."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[fault]]", f'do = "{do}"', *lines, ""])


def push(client: httpx.Client, *ids: str) -> httpx.Response:
    return client.post("/push", json=products(*(ids or ("p-1",))))


def stored(query: Query) -> list[str]:
    return [id_ for (id_,) in query("SELECT id FROM receipt ORDER BY number")]


def is_listening(emulator: RunningEmulator) -> bool:
    url = httpx.URL(emulator.base_url)
    try:
        socket.create_connection((url.host, url.port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(is_so: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
