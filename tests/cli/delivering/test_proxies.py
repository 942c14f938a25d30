"""What a proxy answers is told as the proxy's, never with its password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from ometria_import.errors import ExitCode
from tests.cli.program import Shop

HOST = "push.shop.invalid"


class Proxy:
    """Answers every CONNECT with a status, and notes what it was asked."""

    def __init__(self, status: str) -> None:
        self.asked: list[bytes] = []
        self._status = status
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                asked = connection.recv(10_000)
                if not asked:
                    return
                self.asked.append(asked)
                connection.sendall(f"HTTP/1.1 {self._status}\r\nContent-Length: 0\r\n\r\n".encode())

    def close(self) -> None:
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    proxy = Proxy(request.param)
    yield proxy
    proxy.close()


@pytest.fixture(autouse=True)
def _behind_proxies(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMETRIA_IMPORT_BASE_HOST", HOST)
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    shop.send_to(f"https://{HOST}/v2")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("407 Proxy Authentication Required", "wants another user or password: it answered 407"),
        ("403 Forbidden", f"lets nothing through to {HOST}: it answered 403 Forbidden"),
        ("302 Found", f"lets nothing through to {HOST}: it answered 302 Found"),
    ],
    indirect=["proxy"],
)
def test_a_proxy_that_refuses_ends_the_run_at_once_and_is_named(
    shop: Shop, proxy: Proxy, words: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://shop:sesame@127.0.0.1:{proxy.port}")
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code == ExitCode.USAGE, ended
    named = f"the proxy http://127.0.0.1:{proxy.port} ({variable})"
    assert f"error: {named} {words}" in ended.err
    assert "sesame" not in ended.out + ended.err
    (run,) = shop.run_folders()
    assert ended.out.splitlines()[-1] == f"Next: ometria-import resume {run.name}"
    assert all(f"CONNECT {HOST}:443".encode() in asked for asked in proxy.asked)
    assert all(b"roxy-Authorization: Basic" in asked for asked in proxy.asked)
    assert len(proxy.asked) <= 2  # the error list, and one batch
    told = shop.run("doctor")
    assert named in " ".join(told.out.split())
    assert "sesame" not in told.out + told.err
    assert b"sesame" not in b"".join(p.read_bytes() for p in run.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    "proxy", ["502 Bad Gateway", "503 Busy", "504 Late", "429 Slow"], indirect=True
)
def test_what_passes_at_a_proxy_is_waited_for(
    shop: Shop, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://shop:sesame@127.0.0.1:{proxy.port}")
    ended = shop.run("push", shop.contacts(3), "--to", "staging", "--give-up-after", "0s")
    assert ended.code == ExitCode.TEMPORARY, ended
    assert f"the proxy http://127.0.0.1:{proxy.port} (HTTPS_PROXY) does not pass it on" in ended.err
    assert "sesame" not in ended.out + ended.err


def test_a_proxy_that_is_not_there_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://shop:sesame@127.0.0.1:9")
    ended = shop.run("push", shop.contacts(3), "--to", "staging", "--give-up-after", "0s")
    assert ended.code == ExitCode.TEMPORARY
    assert "no connection to the proxy http://127.0.0.1:9 (HTTPS_PROXY): " in ended.err
    assert "sesame" not in ended.out + ended.err


@pytest.mark.parametrize("proxy", ["407 No"], indirect=True)
@pytest.mark.parametrize(
    "spared", ["*", HOST, ".shop.invalid", "shop.invalid", f"a.example.com, {HOST}:443"]
)
def test_hosts_that_need_no_proxy_are_asked_without_one(
    shop: Shop, proxy: Proxy, spared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", spared)
    ended = shop.run("push", shop.contacts(3), "--to", "staging", "--give-up-after", "0s")
    assert ended.code == ExitCode.TEMPORARY
    assert "no connection: " in ended.err
    assert proxy.asked == []
