"""Answers that no push API gives: broken, packed, swollen, or with the key where none belongs."""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import zstandard

from ometria_import.config import Account
from ometria_import.delivery import probe_account
from ometria_import.delivery.api.error_feed import PushErrors
from ometria_import.delivery.api.feed_entries import FeedReadError
from ometria_import.delivery.api.push_api import PushApiSink
from ometria_import.delivery.api.sink import Receipt, RetriableSinkError
from ometria_import.errors import AccountRefusedError, OmetriaImportError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from tests.delivery.building import account, pack
from tests.delivery.scripted_server import Answer, ScriptedServer, ok, said
from tests.servers.tls_server import Authority

CANARY = "CANARY-key-4711"
OK = b'{"status":"OK","request_id":"r-1","accepted":10,"rejected":0}'


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    with pack(tmp_path, {ObjectType.PRODUCT: 10}) as package:
        return package.batch(1)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(ok).running() as running:
        yield running


@contextmanager
def answering(raw: bytes, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that answers each request with these bytes, and below TLS where it speaks TLS."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with plain, suppress(OSError):
                    connection = tls.wrap_socket(plain, server_side=True) if tls else plain
                    connection.recv(65_536)
                    with socket.socket(fileno=connection.detach()) as wire:
                        wire.sendall(raw)
                        wire.shutdown(socket.SHUT_WR)
                        while wire.recv(65_536):
                            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}/v2"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def send(to: Account, batch: Batch, times: int = 1) -> Receipt:
    async def several() -> Receipt:
        async with PushApiSink(to, attempt_deadline_s=10) as sink:
            receipts = [await sink.send(batch) for _ in range(times)]
        return receipts[-1]

    return asyncio.run(several())


def failure_of(to: Account, batch: Batch) -> OmetriaImportError:
    with pytest.raises(OmetriaImportError) as caught:
        send(to, batch)
    return caught.value


def feed_failure_of(to: Account) -> str:
    async def read() -> None:
        async with PushErrors(to) as feed:
            await feed.read()

    with pytest.raises(FeedReadError) as caught:
        asyncio.run(read())
    return str(caught.value)


def test_tls_that_breaks_after_it_was_agreed_on_leaves_the_batch_in_doubt(
    batch: Batch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with answering(b"no record of TLS at all", authority.server()) as base_url:
        to = replace(account(base_url, key=CANARY), ca_file=authority.ca_file)
        assert isinstance(failure_of(to, batch), RetriableSinkError)
        assert feed_failure_of(to)
        assert not probe_account(to).is_reached


@pytest.mark.parametrize(
    "raw",
    [
        f"HTTP/1.1 200 OK\r\nX-Ometria-Auth {CANARY}\r\n\r\n".encode(),
        f"{CANARY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {CANARY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n\r\n".encode(),
    ],
)
def test_a_broken_answer_that_repeats_the_key_is_told_of_without_it(
    batch: Batch, raw: bytes
) -> None:
    with answering(raw) as base_url:
        to = account(base_url, key=CANARY)
        failure = failure_of(to, batch)
        assert isinstance(failure, RetriableSinkError)
        shown = failure.message + feed_failure_of(to) + probe_account(to).words
    assert CANARY not in shown


@pytest.mark.parametrize("space", [" " * 1990, "x" * 495 + "\u20ac" * 500])
def test_no_part_of_the_key_is_left_where_an_answer_is_cut(
    server: ScriptedServer, batch: Batch, space: str
) -> None:
    server.script = lambda _: Answer(403, (space + CANARY).encode())
    assert "CANARY" not in failure_of(account(server.base_url, key=CANARY), batch).message


ODD_KEY = "a/b+c&d\"e\\f<g'"


@pytest.mark.parametrize(
    "form",
    [
        ODD_KEY,
        json.dumps(ODD_KEY),
        json.dumps(ODD_KEY).replace("/", "\\/"),
        html.escape(ODD_KEY),
        quote(ODD_KEY, safe=""),
    ],
)
def test_a_key_that_the_answer_repeats_in_another_form_is_hidden(
    server: ScriptedServer, batch: Batch, form: str
) -> None:
    server.script = lambda _: Answer(403, f"no such key: {form}".encode())
    message = failure_of(account(server.base_url, key=ODD_KEY), batch).message
    assert form.strip('"') not in message
    assert "***" in message


@pytest.mark.parametrize(
    "location", ["http://[", "http://x:99999999/", "//", "http://\u00e4..\u00e4/"]
)
@pytest.mark.parametrize("status", [301, 308])
def test_a_redirect_to_nowhere_stops_the_run_like_any_other(
    server: ScriptedServer, batch: Batch, status: int, location: str
) -> None:
    server.script = lambda _: Answer(status, headers={"Location": location})
    assert isinstance(failure_of(account(server.base_url), batch), AccountRefusedError)


def packed_by(encodings: Sequence[str], content: bytes) -> bytes:
    for each in encodings:
        content = gzip.compress(content) if each == "gzip" else zstandard.compress(content)
    return content


BLANKS = 50_000_000


@pytest.mark.parametrize("encodings", [("gzip",), ("zstd",), ("gzip", "gzip")])
def test_an_answer_that_unpacks_to_much_takes_little_memory(
    server: ScriptedServer, batch: Batch, encodings: Sequence[str]
) -> None:
    body = packed_by(encodings, b" " * BLANKS)
    headers = {"Content-Encoding": ", ".join(encodings)}
    server.script = server.feed = lambda _: Answer(202, body, headers)
    tracemalloc.start()
    try:
        to = account(server.base_url)
        assert isinstance(failure_of(to, batch), RetriableSinkError)
        assert feed_failure_of(to)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < BLANKS / 5


def test_an_answer_that_a_proxy_packed_is_read(server: ScriptedServer, batch: Batch) -> None:
    server.script = lambda _: Answer(202, gzip.compress(OK), {"Content-Encoding": "gzip"})
    assert send(account(server.base_url), batch).accepted == 10


@pytest.mark.parametrize(
    "body", [gzip.compress(OK)[:-9], gzip.compress(OK)[:20]], ids=["end", "middle"]
)
def test_a_packed_answer_that_is_cut_is_none(
    server: ScriptedServer, batch: Batch, body: bytes
) -> None:
    server.script = lambda _: Answer(202, body, {"Content-Encoding": "gzip"})
    assert isinstance(failure_of(account(server.base_url), batch), RetriableSinkError)


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip", "none"])
def test_a_status_holds_though_its_words_cannot_be_unpacked(
    server: ScriptedServer, batch: Batch, encoding: str
) -> None:
    headers = {"Content-Encoding": encoding, "Retry-After": "7"}
    server.script = lambda _: Answer(503, b"no such thing", headers)
    failure = failure_of(account(server.base_url), batch)
    assert isinstance(failure, RetriableSinkError)
    assert (failure.message, failure.retry_after_s) == ("the push API answered 503", 7)


def test_cookies_are_neither_kept_nor_sent(server: ScriptedServer, batch: Batch) -> None:
    cookie = {"Set-Cookie": f"n=1; Path=/\r\nSet-Cookie: m={'x' * 3000}"}
    server.script = lambda request: replace(ok(request), headers=cookie)
    send(account(server.base_url), batch, times=3)
    assert len(server.requests) == 3
    assert [each for each in server.requests if "cookie" in each.headers] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"OK","accepted":10,"request_id":"\xff\xfe"}',
        b'{"status":"\xff"}',
        b"\xff\xfe\x00",
        b'{"accepted":' + b"9" * 10_000 + b"}",
        b'{"accepted":1e999}',
        b'{"accepted":NaN}',
        b'{"accepted":10,"a":"\\ud800"}',
    ],
    ids=lambda body: f"{body[:20]!r} {len(body)}",
)
def test_json_that_is_odd_is_no_bug(server: ScriptedServer, batch: Batch, body: bytes) -> None:
    server.script = lambda _: Answer(202, body)
    with suppress(RetriableSinkError):
        assert not send(account(server.base_url), batch).adds_up_to(9)


def test_a_request_id_of_null_is_none(server: ScriptedServer, batch: Batch) -> None:
    server.script = lambda _: Answer(202, OK.replace(b'"r-1"', b"null"))
    assert send(account(server.base_url), batch).request_id == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("1.5", 1.5), ("0000000000000007", 7), ("2\r\nRetry-After: 9", 9), ("9\r\nRetry-After: x", 9)],
)
def test_retry_after_is_never_read_as_less_than_it_says(
    server: ScriptedServer, batch: Batch, header: str, seconds: float
) -> None:
    server.script = lambda _: Answer(429, headers={"Retry-After": header})
    failure = failure_of(account(server.base_url), batch)
    assert isinstance(failure, RetriableSinkError)
    assert failure.retry_after_s == seconds


DEEP = [
    begin + open_ * depth + value + close * depth + end
    for begin, end in ((b'[{"path":', b"}]"), (b'[{"path":[', b"]}]"))
    for open_, value, close in ((b"[", b"", b"]"), (b'{"a":', b"1", b"}"))
    for depth in range(900, 1030, 5)
]
ODD_ENTRIES = [
    b'[null, 1, true, [], {}, "x", 1e300]',
    b'[{"id": null, "record_id": null, "error_message": null}]',
    b'[{"record_id": {"id": 1}, "error_path": [1, null, {"a": [2]}], "error_message": 7}]',
    b'[{"id": 123456789012345678901234567890}]',
    b'[{"error_message": "\\u0000\\u001b[31m"}]',
    b'{"errors": [], "data": [1]}',
    b'[{"message":"\xff"}]',
    b'[{"message":' + b"9" * 10_000 + b"}]",
]


@pytest.mark.parametrize("bodies", [ODD_ENTRIES, DEEP])
def test_entries_that_are_odd_are_no_bug(server: ScriptedServer, bodies: list[bytes]) -> None:
    async def read_all() -> None:
        async with PushErrors(account(server.base_url)) as feed:
            for body in bodies:
                server.feed = lambda _, body=body: Answer(200, body)  # type: ignore[misc]
                with suppress(FeedReadError):
                    await feed.read()

    asyncio.run(read_all())
    assert len(server.feed_requests) == len(bodies)


def test_a_status_that_counts_nothing_adds_up_to_nothing(
    server: ScriptedServer, batch: Batch
) -> None:
    server.script = lambda _: said("ERROR")
    assert not send(account(server.base_url), batch).adds_up_to(10)
