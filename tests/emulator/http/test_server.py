from __future__ import annotations

import ast
import asyncio
import dataclasses
import gc
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

import ometria_import.emulator
from ometria_import.emulator import EmulatorError, Settings, running, serve
from tests.emulator.scenarios.scenarios import fault

Connect = Callable[..., httpx.Client]

ONE_PRODUCT = [{"@type": "product", "id": "1"}]


@pytest.mark.parametrize("name", ["rate", "read_rate", "queue", "drain", "latency"])
@pytest.mark.parametrize("value", [1e308, -1, float("inf"), float("nan"), 10**30])
def test_a_number_that_makes_no_sense_is_refused_by_its_name(name: str, value: float) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(EmulatorError, match=f"^{name} must be"):
        dataclasses.replace(Settings(), **changed)


def push_at_once(base_url: str, count: int) -> list[int]:
    async def push() -> list[int]:
        limits = httpx.Limits(max_connections=count)
        headers = {"X-Ometria-Auth": "staging-key"}
        async with httpx.AsyncClient(limits=limits, headers=headers, timeout=60) as client:
            pushes = (client.post(f"{base_url}/push", json=ONE_PRODUCT) for _ in range(count))
            return [answer.status_code for answer in await asyncio.gather(*pushes)]

    return asyncio.run(push())


def arrivals(database: Path) -> list[float]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT arrived_at FROM request ORDER BY number")
        return [arrived_at for (arrived_at,) in rows]


def test_an_answer_takes_the_latency_but_the_work_is_done_at_arrival(
    fast: Settings, connect: Connect
) -> None:
    with running(dataclasses.replace(fast, latency=0.4)) as emulator:
        client = connect(emulator)
        for body, status in ((ONE_PRODUCT, 202), ({}, 400)):
            sent_at, started_at = time.time(), time.monotonic()
            assert client.post("/push", json=body).status_code == status
            assert time.monotonic() - started_at >= 0.4
            assert sent_at - 0.1 <= arrivals(emulator.database)[-1] <= time.time() - 0.3


def test_many_requests_can_be_in_flight(fast: Settings) -> None:
    with running(dataclasses.replace(fast, latency=1)) as emulator:
        started_at = time.monotonic()
        assert push_at_once(emulator.base_url, 60) == [202] * 60
        took_s = time.monotonic() - started_at
    assert took_s < 60 / 3  # one after the other they take 60 s


def test_answers_that_are_held_back_go_at_once_when_the_emulator_stops(fast: Settings) -> None:
    with ThreadPoolExecutor() as pool:
        with running(dataclasses.replace(fast, latency=50)) as emulator:
            pushes = pool.submit(push_at_once, emulator.base_url, 3)
            while len(arrivals(emulator.database)) < 3:
                time.sleep(0.02)
            stopped_at = time.monotonic()
        assert pushes.result() == [202] * 3
        assert time.monotonic() - stopped_at < 25


def test_two_emulators_run_side_by_side(connect: Connect) -> None:
    with running() as one, running() as other:
        assert one.base_url != other.base_url
        assert connect(one).post("/push", json=ONE_PRODUCT).status_code == 202
        one.wait_until_drained()
        assert len(connect(one).get("/products").json()) == 1
        assert connect(other).get("/products").json() == []


def test_a_stopped_emulator_refuses_connections() -> None:
    with running() as emulator:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.base_url)


def test_it_starts_again_on_the_port_it_had(fast: Settings, connect: Connect) -> None:
    with running(fast) as emulator:
        assert connect(emulator).post("/push", json=ONE_PRODUCT).status_code == 202
        emulator.wait_until_drained()
    port = httpx.URL(emulator.base_url).port
    assert port is not None
    with running(dataclasses.replace(fast, port=port)) as again:
        assert again.base_url == emulator.base_url
        assert connect(again).get("/products/1").status_code == 200


def test_a_request_that_never_ends_is_cut_off_when_it_stops(fast: Settings) -> None:
    with ExitStack() as stack:
        with running(fast) as emulator:
            address = ("127.0.0.1", httpx.URL(emulator.base_url).port or 0)
            client = stack.enter_context(socket.create_connection(address, timeout=10))
            head = "POST /v2/push HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
            client.sendall(head.encode() + b" " * 100_000)
            time.sleep(0.1)
        with suppress(ConnectionError):
            while client.recv(1000):
                pass


def test_connections_that_come_while_the_port_is_closed_are_all_ended(fast: Settings) -> None:
    is_over = threading.Event()

    def connect_again_and_again(port: int) -> int:
        left_alone = 0
        while not is_over.is_set():
            with socket.socket() as client, suppress(ConnectionError):
                client.settimeout(5)
                try:
                    client.connect(("127.0.0.1", port))
                    client.sendall(b"GET /v2/products HTTP/1.1\r\nHost: x\r\n\r\n")
                    client.recv(1)
                except TimeoutError:
                    left_alone += 1
        return left_alone

    with ThreadPoolExecutor() as pool:
        with running(fast) as emulator:
            port = httpx.URL(emulator.base_url).port or 0
            clients = [pool.submit(connect_again_and_again, port) for _ in range(4)]
            for _ in range(20):
                time.sleep(0.01)
                emulator.play(fault("refuse"))
                emulator.heal()
        is_over.set()
        assert [client.result() for client in clients] == [0] * 4
    gc.collect()  # a connection that was dropped would be told of here, as an error


def test_a_port_in_use_or_out_of_range_is_an_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        for port in (other.getsockname()[1], 70_000):
            with pytest.raises(EmulatorError, match=f"port {port}"), running(Settings(port=port)):
                pass


def test_it_can_listen_on_ipv6_where_the_machine_has_it(connect: Connect) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with running(Settings(host="::1")) as emulator:
        assert emulator.base_url.startswith("http://[::1]:")
        assert connect(emulator).get("/products").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "0.0.0.0"},
        {"host": "example.com"},
        {"port": -1},
        {"rate": 0},
        {"rate": float("nan")},
        {"read_rate": -1},
        {"queue": 0},
        {"drain": -1},
        {"drain": float("inf")},
        {"latency": -0.1},
        {"latency": float("nan")},
        {"staging_key": ""},
        {"staging_key": "marked-\n"},
        {"live_key": "marked-é"},
        {"live_key": "staging-key"},
        {"more_keys": {"de": "staging-key"}},
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error_that_shows_no_key(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(EmulatorError) as caught:
        Settings(**wrong)
    about = next(iter(wrong)).partition("_key")
    assert ("key" if about[1] else about[0]) in str(caught.value)
    assert "marked-" not in str(caught.value)


def test_the_emulator_is_independent_of_the_importer() -> None:
    folder = Path(ometria_import.emulator.__file__).parent
    third_party = {"jsonschema", "msgspec", "starlette", "uvicorn"}
    modules = sorted(folder.rglob("*.py"))
    assert len(modules) > 8
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("ometria_import"):
                    # The reader of TOML knows nothing of the API.
                    assert name.startswith(("ometria_import.emulator", "ometria_import.toml")), (
                        module
                    )
                else:
                    top = name.partition(".")[0]
                    assert top in third_party or top in sys.stdlib_module_names, module


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_with_a_signal_and_leaves_the_handlers_as_they_were(
    stop: signal.Signals, fast: Settings
) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    told: list[tuple[str, Path]] = []

    def on_ready(base_url: str, database: Path) -> None:
        told.append((base_url, database))
        signal.raise_signal(stop)

    serve(fast, on_ready)
    [(base_url, database)] = told
    assert base_url.startswith("http://127.0.0.1:")
    assert database == fast.database
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
