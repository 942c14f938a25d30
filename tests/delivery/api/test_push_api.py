from __future__ import annotations

import asyncio
import json
import logging
import shutil
import ssl
import subprocess
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from ometria_import.config import Account
from ometria_import.delivery.api.client import MAX_RETRY_AFTER_S
from ometria_import.delivery.api.push_api import PushApiSink
from ometria_import.delivery.api.sink import BatchRefusedError, Receipt, RetriableSinkError
from ometria_import.errors import (
    AccountRefusedError,
    OmetriaImportError,
    TemporaryFailureError,
    UsageError,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from tests.delivery.building import account, pack
from tests.delivery.scripted_server import Answer, ScriptedServer, ok, said

CANARY = "CANARY-key-4711"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(ok).running() as running:
        yield running


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    with pack(tmp_path, {ObjectType.PRODUCT: 10}) as package:
        return package.batch(1)


def send(to: Account, batch: Batch, deadline_s: float = 5, wall: float = 0) -> Receipt:
    async def once() -> Receipt:
        sink = PushApiSink(to, attempt_deadline_s=deadline_s, wall=lambda: wall)
        async with sink:
            return await sink.send(batch)

    return asyncio.run(once())


def failure_of(server: ScriptedServer, answer: Answer, batch: Batch) -> OmetriaImportError:
    server.script = lambda _: answer
    with pytest.raises(OmetriaImportError) as caught:
        send(account(server.base_url, key=CANARY), batch, deadline_s=0.5)
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown + caught.value.hint + repr(caught.value)
    assert caught.value.__context__ is None
    return caught.value


def test_the_body_travels_to_the_byte_with_the_key_in_its_header(
    server: ScriptedServer, batch: Batch
) -> None:
    receipt = send(account(server.base_url, key=CANARY), batch)
    (request,) = server.requests
    assert request.body == batch.body
    assert request.headers["x-ometria-auth"] == CANARY
    assert request.headers["content-type"] == "application/json"
    assert (receipt.status, receipt.accepted, receipt.request_id[:2]) == (202, 10, "r-")
    assert receipt.adds_up_to(10)


@pytest.mark.parametrize(
    ("answer", "accepted", "is_clear"),
    [
        (said(accepted=10), 10, True),
        (said(accepted=7, rejected=2, skipped=1), 7, True),
        (said(accepted=9), 9, False),
        (said(accepted=11), 11, False),
        (said(accepted=11, rejected=-1), 11, False),
        (said("ERROR", rejected=10), 0, True),
        (said("ERROR", accepted=10), 10, False),
        (Answer(200, b'{"status":"OK","request_id":"r","accepted":10,"rejected":0}'), 10, True),
        (Answer(202, b'{"status":"OK"}'), 0, False),
        (Answer(202, b'{"status":"OK","accepted":"10"}'), -1, False),
    ],
)
def test_a_receipt_adds_up_only_if_its_counts_are_the_batchs(
    server: ScriptedServer, batch: Batch, answer: Answer, accepted: int, *, is_clear: bool
) -> None:
    server.script = lambda _: answer
    receipt = send(account(server.base_url), batch)
    assert receipt.accepted == accepted
    assert receipt.adds_up_to(10) is is_clear


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_can_pass_is_retriable(server: ScriptedServer, batch: Batch, status: int) -> None:
    error = failure_of(server, Answer(status, b"<html>busy</html>"), batch)
    assert isinstance(error, RetriableSinkError)
    assert error.is_throttled is (status == 429)
    assert error.retry_after_s is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(is_reset=True),
        Answer(202, b'{"status":"OK","accep', missing_bytes=30),
        Answer(202, b'{"status":"OK","accep'),
        Answer(200, b"<html>sign in to the hotel's network</html>"),
        Answer(202, b""),
        Answer(202, b"[" * 100_000),
        Answer(202, b"[1]"),
        Answer(202, b"{}"),
        Answer(200, b'{"message":"Sign in to go on","request_id":"r-1","rejected":0}'),
        Answer(204, b""),
        Answer(202, is_endless=True),
        Answer(202, b"{}", after_s=50),
        Answer(202, b" " * 3_000_000),
        Answer(202, b"{}", headers={"X-Long": "x" * 500_000}),
        Answer(202, b"no gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_that_is_none_leaves_the_batch_in_doubt(
    server: ScriptedServer, batch: Batch, answer: Answer
) -> None:
    began = time.monotonic()
    assert isinstance(failure_of(server, answer, batch), RetriableSinkError)
    assert time.monotonic() - began < 10


def test_an_address_where_nobody_listens_is_retriable(batch: Batch) -> None:
    with pytest.raises(RetriableSinkError, match="no connection"):
        send(account("http://127.0.0.1:9/v2"), batch)


def test_a_name_that_nobody_knows_is_retriable(batch: Batch) -> None:
    with pytest.raises(RetriableSinkError, match="no connection"):
        send(account("https://push.shop.invalid/v2"), batch)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_content_is_the_batchs_fault(
    server: ScriptedServer, batch: Batch, status: int
) -> None:
    error = failure_of(server, Answer(status, b'{"error":"bad \x1b[31m"}'), batch)
    assert isinstance(error, BatchRefusedError)
    assert (error.status, error.answer) == (status, '{"error":"bad \\x1b[31m"}')


@pytest.mark.parametrize("status", [401, 403, 404, 301, 302, 307, 308, 405, 409, 418])
def test_anything_else_stops_the_run(server: ScriptedServer, batch: Batch, status: int) -> None:
    error = failure_of(server, Answer(status, headers={"Location": server.base_url}), batch)
    assert isinstance(error, AccountRefusedError)
    assert str(status) in error.message
    assert "resume" in error.hint


def test_a_redirect_never_carries_the_key_elsewhere(server: ScriptedServer, batch: Batch) -> None:
    with ScriptedServer(ok).running() as other:
        failure_of(server, Answer(307, headers={"Location": other.base_url + "/push"}), batch)
        assert other.requests == []


def test_a_key_that_the_answer_repeats_is_hidden(server: ScriptedServer, batch: Batch) -> None:
    error = failure_of(server, Answer(403, f"no such key: {CANARY}".encode()), batch)
    assert "no such key: ***" in error.message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("2", 2),
        (" 7 ", 7),
        ("1000000000", MAX_RETRY_AFTER_S),
        ("9" * 5000, MAX_RETRY_AFTER_S),
        ("-5", None),
        ("soon", None),
        ("", None),
        (format_datetime(datetime.fromtimestamp(1_000_030, UTC), usegmt=True), 30),
        (format_datetime(datetime.fromtimestamp(999_000, UTC), usegmt=True), 0),
        ("Sun, 06 Nov 2044 08:49:37", MAX_RETRY_AFTER_S),
        ("Sun, 99 Nov 99999 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form_and_capped(
    server: ScriptedServer, batch: Batch, header: str, seconds: float | None
) -> None:
    server.script = lambda _: Answer(429, headers={"Retry-After": header})
    with pytest.raises(RetriableSinkError) as caught:
        send(account(server.base_url), batch, wall=1_000_000)
    assert caught.value.retry_after_s == seconds


@pytest.mark.parametrize(
    ("limit", "remaining", "read"),
    [
        ("50000", "49900", (50_000, 49_900)),
        ("NaN", "-1", (None, None)),
        ("", "1e5", (None, None)),
        ("9" * 5000, "²", (None, None)),
    ],
)
def test_queue_headers_are_read_where_they_are_numbers(
    server: ScriptedServer,
    batch: Batch,
    limit: str,
    remaining: str,
    read: tuple[int | None, int | None],
) -> None:
    headers = {"X-QueueSize-Limit": limit, "X-QueueSize-Remaining": remaining}
    server.script = lambda _: Answer(202, b'{"accepted":10}', headers=headers)
    receipt = send(account(server.base_url), batch)
    assert (receipt.queue_limit, receipt.queue_remaining) == read


def test_a_proxy_that_wants_a_password_is_a_wrong_setting(
    server: ScriptedServer, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.base_url.removesuffix("/v2"))
    server.script = lambda _: Answer(407)
    with pytest.raises(UsageError, match="wants another user or password"):
        send(account("https://push.shop.invalid/v2", key=CANARY), batch)
    assert all(CANARY not in str(request.headers) for request in server.requests)


def test_an_address_of_another_protocol_is_a_wrong_setting(batch: Batch) -> None:
    with pytest.raises(UsageError, match="base_url"):
        send(account("ftp://push.shop.invalid/v2"), batch)


def test_a_proxy_of_the_environment_gets_nothing_that_stays_on_this_machine(
    server: ScriptedServer, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(account(server.base_url), batch).accepted == 10


def test_a_connection_that_the_server_closed_meanwhile_costs_a_retry_at_most(
    server: ScriptedServer, batch: Batch
) -> None:
    server.script = lambda request: replace(ok(request), is_last=True)

    async def several() -> int:
        accepted = 0
        async with PushApiSink(account(server.base_url)) as sink:
            for _ in range(20):
                with suppress(RetriableSinkError):
                    accepted += (await sink.send(batch)).accepted
        return accepted

    assert asyncio.run(several()) >= 10


def test_the_key_is_in_no_log_even_at_debug_level(
    server: ScriptedServer, batch: Batch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(account(server.base_url, key=CANARY), batch)
    assert caplog.text
    assert CANARY not in caplog.text


@pytest.mark.usefixtures("public_authorities")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_certificate_that_is_not_trusted_stops_the_run(batch: Batch, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
    subprocess.run(
        [*command.split(), "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with (
        ScriptedServer(ok, context).running() as server,
        pytest.raises(TemporaryFailureError, match="certificate"),
    ):
        send(account(server.base_url, key=CANARY), batch)
    assert server.requests == []


def test_moments_of_the_wall_clock_are_only_for_dates(server: ScriptedServer, batch: Batch) -> None:
    later = datetime.now(UTC) + timedelta(seconds=60)
    server.script = lambda _: Answer(503, headers={"Retry-After": format_datetime(later)})
    with pytest.raises(RetriableSinkError) as caught:
        send(account(server.base_url), batch, wall=later.timestamp() - 10)
    assert caught.value.retry_after_s == pytest.approx(10, abs=1)


@pytest.mark.parametrize("wrong_by_s", [-86_400, 86_400])
def test_a_date_is_read_by_the_servers_clock_where_it_tells_it(
    server: ScriptedServer, batch: Batch, wrong_by_s: int
) -> None:
    now = datetime.now(UTC)
    headers = {
        "Date": format_datetime(now),
        "Retry-After": format_datetime(now + timedelta(seconds=30)),
    }
    server.script = lambda _: Answer(503, headers=headers)
    with pytest.raises(RetriableSinkError) as caught:
        send(account(server.base_url), batch, wall=now.timestamp() + wrong_by_s)
    assert caught.value.retry_after_s == pytest.approx(30, abs=0.1)


def test_a_receipts_answer_is_what_the_api_said(server: ScriptedServer, batch: Batch) -> None:
    receipt = send(account(server.base_url), batch)
    assert json.loads(receipt.answer)["accepted"] == 10
