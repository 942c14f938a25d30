"""A push API that answers by a script: every fault that the emulator does not have."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.serving import serving_in_thread


@dataclass(frozen=True)
class Request:
    """What arrived."""

    number: int
    """From 0, over all connections."""
    headers: dict[str, str]
    body: bytes
    arrived_at: float

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Answer:
    """What is sent back; `after_s` later, and cut or never ended where it says so."""

    status: int = 202
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    missing_bytes: int = 0
    """How many bytes of the announced length are never sent."""
    is_reset: bool = False
    """The connection is reset instead of an answer."""
    is_last: bool = False
    """The connection is closed afterwards, which the answer does not say."""
    is_endless: bool = False
    """One byte now and then, for ever."""
    leftover: bytes = b""
    """Sent in one piece with the answer, as if it were the next one's."""


_numbers = itertools.count(1)
Script = Callable[[Request], Answer]


def ok(request: Request) -> Answer:
    """What the real API says when all is well."""
    return said(accepted=len(request.records))


def said(status: str = "OK", **counts: int) -> Answer:
    """The documented JSON, with any counts."""
    words = {
        "status": status,
        "request_id": f"r-{next(_numbers)}",
        "accepted": 0,
        "rejected": 0,
    } | counts
    return Answer(202, json.dumps(words).encode())


def first_with(record_id: str, answer: Answer) -> Script:
    """Answers so the first request that holds a record, and takes everything else.

    Two requests in flight at once may arrive in either order, so a number says of no request
    which batch it brings.
    """
    is_met = False

    def script(request: Request) -> Answer:
        nonlocal is_met
        if is_met or all(record["id"] != record_id for record in request.records):
            return ok(request)
        is_met = True
        return answer

    return script


def no_errors(_: Request) -> Answer:
    """An account without validation errors."""
    return Answer(200, b"[]")


class ScriptedServer:
    """A server in a thread; its address is `base_url`, what arrived is in `requests`."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.feed: Script = no_errors
        """Answers `GET push/_errors`, which the script never sees."""
        self.feed_requests: list[Request] = []
        self.base_url = ""
        self.greetings = 0
        """How many of the next connections are told something before they ask."""
        self.connections = 0
        self._tls = tls

    @contextmanager
    def running(self) -> Iterator[ScriptedServer]:
        listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if self._tls else "http"
        self.base_url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/v2"
        with serving_in_thread(listener, self._serve, self._tls):
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            if self.greetings:
                self.greetings -= 1
                writer.write(as_sent(said(accepted=10)))
            while True:
                is_feed, request = await self._read(reader)
                script = self.feed if is_feed else self.script
                is_kept = request.headers.get("connection") != "close"
                if not (await _answer(script(request), writer) and is_kept):
                    break
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[bool, Request]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.split("\r\n")[1:-2]
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        is_feed = head.startswith("GET ") and head.split(" ")[1].endswith("/push/_errors")
        arrived = self.feed_requests if is_feed else self.requests
        request = Request(len(arrived), headers, body, time.monotonic())
        arrived.append(request)
        return is_feed, request


def as_sent(answer: Answer) -> bytes:
    """An answer as it is on the wire."""
    length = 10_000 if answer.is_endless else len(answer.body) + answer.missing_bytes
    headers = {"Content-Length": str(length)} | answer.headers
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body


async def _answer(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    """Send an answer; returns whether the connection can go on."""
    await asyncio.sleep(answer.after_s)
    if answer.is_reset:
        # Lingering for no time makes the kernel reset the connection instead of closing it.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        return False
    writer.write(as_sent(answer) + answer.leftover)
    await writer.drain()
    while answer.is_endless:
        writer.write(b" ")
        await asyncio.sleep(0.02)
    return answer.missing_bytes == 0 and not answer.is_last
