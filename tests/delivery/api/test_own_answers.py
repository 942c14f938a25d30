"""An answer belongs to its request: what comes too early, or besides, settles nothing."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest

from ometria_import.delivery import StopSignal, push_package
from ometria_import.delivery.api.answer_watch import StrayAnswerError, WatchedStream
from ometria_import.delivery.api.push_api import PushApiSink
from ometria_import.delivery.api.sink import Receipt, RetriableSinkError
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package
from tests.delivery.building import account, begin_run, fast_clock, pack
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, as_sent, ok, said
from tests.servers.tls_server import Authority


@pytest.fixture(params=["plain", "TLS 1.2", "TLS 1.3"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ScriptedServer]:
    tls = None
    if request.param != "plain":
        authority = Authority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        tls = authority.server()
        if request.param == "TLS 1.2":
            tls.maximum_version = ssl.TLSVersion.TLSv1_2
    with ScriptedServer(ok, tls).running() as running:
        yield running


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 50}, batch_size=10) as package:
        yield package


def send(server: ScriptedServer, *batches: Batch) -> list[Receipt]:
    async def one_after_the_other() -> list[Receipt]:
        async with PushApiSink(account(server.base_url), attempt_deadline_s=5) as sink:
            return [await sink.send(batch) for batch in batches]

    return asyncio.run(one_after_the_other())


def twice(request: Request) -> Answer:
    return Answer(202, ok(request).body, leftover=as_sent(said(accepted=10)))


def test_every_request_has_a_connection_of_its_own(
    server: ScriptedServer, package: Package
) -> None:
    receipts = send(server, *package.batches())
    assert [receipt.accepted for receipt in receipts] == [10] * 5
    assert server.connections == 5
    assert {request.headers["connection"] for request in server.requests} == {"close"}


@pytest.mark.parametrize("rest", [as_sent(said(accepted=10)), b"HTTP/1.1 2", b"\r\n", b"\0"])
@pytest.mark.parametrize("status", [202, 400, 503])
def test_what_comes_with_an_answer_puts_it_in_doubt_be_it_an_answer_or_a_byte(
    server: ScriptedServer, package: Package, rest: bytes, status: int
) -> None:
    server.script = lambda request: Answer(status, ok(request).body, leftover=rest)
    with pytest.raises(RetriableSinkError, match=r"another request's: more came than one answer"):
        send(server, package.batch(1))


def test_a_wait_that_a_doubtful_answer_asks_for_is_heeded_all_the_same(
    server: ScriptedServer, package: Package
) -> None:
    """Bug: a 429 with more behind it was followed by the next request at once."""
    rest = as_sent(said(accepted=10))
    server.script = lambda _: Answer(429, b"{}", headers={"Retry-After": "56"}, leftover=rest)
    with pytest.raises(RetriableSinkError, match="more came than one answer") as caught:
        send(server, package.batch(1))
    assert caught.value.retry_after_s == 56


def test_an_answer_that_nobody_asked_for_is_not_believed(
    server: ScriptedServer, package: Package
) -> None:
    server.greetings = 1
    with pytest.raises(RetriableSinkError, match="another request's: "):
        send(server, package.batch(1))
    assert send(server, package.batch(1))[0].accepted == 10


class Told(httpcore.AsyncNetworkStream):
    """A connection on which something waits to be read, as TLS keeps what it has decrypted."""

    def __init__(self, waiting: bytes) -> None:
        self.waiting = waiting
        self.written = b""

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 -- httpcore's own signature
    ) -> bytes:
        if not self.waiting:
            raise httpcore.ReadTimeout
        some, self.waiting = self.waiting[:max_bytes], self.waiting[max_bytes:]
        return some

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 -- httpcore's own signature
    ) -> None:
        self.written += buffer


@pytest.mark.parametrize("waiting", [b"x", as_sent(said(accepted=10))])
def test_nothing_is_written_to_a_connection_that_has_something_to_say(waiting: bytes) -> None:
    stream = Told(waiting)
    with pytest.raises(StrayAnswerError, match="before the request was sent"):
        asyncio.run(WatchedStream(stream).write(b"POST / HTTP/1.1\r\n"))
    assert stream.written == b""


@pytest.mark.parametrize("is_kept_waiting", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_what_is_beyond_an_answer_is_seen_however_the_answer_is_framed(
    answer: bytes, *, is_kept_waiting: bool
) -> None:
    async def read(content: bytes) -> None:
        stream = Told(b"")
        watched = WatchedStream(stream)
        await watched.write(b"POST / HTTP/1.1\r\n\r\n")
        stream.waiting = content
        await watched.read(len(answer) if is_kept_waiting else 1_000)
        await watched.refuse_leftovers()

    asyncio.run(read(answer))
    with pytest.raises(StrayAnswerError, match="more came than one answer"):
        asyncio.run(read(answer + b"H"))


def test_a_server_that_answers_twice_and_hears_no_more_loses_nothing(
    server: ScriptedServer, tmp_path: Path, package: Package
) -> None:
    """Bug: the second answer stood for the next request, which was never processed."""
    server.script = lambda request: twice(request) if request.number in {0, 2, 3} else ok(request)
    run = begin_run(tmp_path, package, account(server.base_url))
    stop = StopSignal()
    with run.journal() as journal:
        summary = push_package(
            package, journal, account(server.base_url), stop=stop, clock=fast_clock(stop)
        )
        batches = journal.batches()
    assert (summary.exit_code, summary.accepted, summary.retries) == (ExitCode.OK, 50, 3)
    good = [request for request in server.requests if request.number not in {0, 2, 3}]
    ids = {record["id"] for request in good for record in request.records}
    assert len(ids) == 50
    assert len({batch.request_id for batch in batches}) == 5


def test_an_answer_that_repeats_an_earlier_ones_id_settles_nothing(
    tmp_path: Path, package: Package
) -> None:
    answers = {0: "a", 1: "b", 2: "a", 3: "c", 4: "c", 5: "d", 6: "e"}
    believed = {0: "a", 1: "b", 3: "c", 5: "d", 6: "e"}

    def script(request: Request) -> Answer:
        words = {"status": "OK", "request_id": answers[request.number], "accepted": 10}
        return Answer(202, json.dumps(words).encode())

    with ScriptedServer(script).running() as server:
        to = account(server.base_url, rate_per_s=20)
        run = begin_run(tmp_path, package, to)
        stop = StopSignal()
        with run.journal() as journal:
            summary = push_package(package, journal, to, stop=stop, clock=fast_clock(stop, 20))
            names = {batch.number: batch.request_id for batch in journal.batches()}
    assert (summary.exit_code, summary.accepted, summary.retries) == (ExitCode.OK, 50, 2)
    assert sorted(names.values()) == sorted(believed.values())
    for number, name in believed.items():
        (batch,) = [each for each, called in names.items() if called == name]
        assert server.requests[number].body == package.batch(batch).body


def test_a_resume_knows_the_ids_of_the_sessions_before_it(tmp_path: Path, package: Package) -> None:
    def script(request: Request) -> Answer:
        if request.number == 1:
            return Answer(403)
        name = {0: "a", 2: "a"}.get(request.number, f"{request.number}")
        words = {"status": "OK", "request_id": name, "accepted": 10}
        return Answer(202, json.dumps(words).encode(), after_s=0.05)

    with ScriptedServer(script).running() as server:
        to = account(server.base_url, rate_per_s=5)
        run = begin_run(tmp_path, package, to)
        stop = StopSignal()
        with run.journal() as journal:
            assert push_package(package, journal, to, stop=stop).exit_code is ExitCode.REFUSED
            assert journal.request_ids() == ["a"]
        with run.journal() as journal:
            summary = push_package(package, journal, to)
            assert sorted(journal.request_ids()) == ["3", "4", "5", "6", "a"]
    assert (summary.exit_code, summary.accepted) == (ExitCode.OK, 50)
    assert server.requests[2].body in {request.body for request in server.requests[3:]}
