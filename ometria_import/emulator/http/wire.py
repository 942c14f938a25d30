"""Answers that no well-behaved server gives, written to the connection past the server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ometria_import.emulator.http.connections import hang_up
from ometria_import.emulator.scenarios.faults import OtherAnswer, SecondAnswer

_ENDLESS_PAUSE_S = 0.05


async def until_gone(receive: Receive) -> None:
    """Wait until the server knows that the connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass


class NoAnswer(Response):
    """Ends the connection instead of answering."""

    def __init__(self, *, is_reset: bool) -> None:
        super().__init__()
        self._is_reset = is_reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang up."""
        del send
        hang_up(scope["state"]["transport"], is_reset=self._is_reset)
        await until_gone(receive)


class RawAnswer(Response):
    """Writes an answer to the letter, after which the connection ends."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: str,
        fault: OtherAnswer,
        stopping: asyncio.Event,
    ) -> None:
        """`stopping` ends what would go on for ever."""
        super().__init__()
        content = body.encode()
        headers = {"Content-Length": str(len(content) + fault.cut_bytes), **headers}
        if fault.endless:
            del headers["Content-Length"]
        self._content = _head(status, headers | {"Connection": "close"}) + content
        self._fault = fault
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the answer, and then whatever belongs to it."""
        del send
        fault = self._fault
        transport: asyncio.Transport = scope["state"]["transport"]
        if fault.byte_every_s:
            for byte in self._content:
                if self._is_over(transport):
                    break
                transport.write(bytes([byte]))
                await self._pause(fault.byte_every_s)
        else:
            transport.write(self._content)
        while fault.endless and not self._is_over(transport):
            transport.write(b" ")
            await self._pause(fault.byte_every_s or _ENDLESS_PAUSE_S)
        transport.close()
        await until_gone(receive)

    def _is_over(self, transport: asyncio.Transport) -> bool:
        return transport.is_closing() or self._stopping.is_set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


class AnsweredTwice(Response):
    """Writes an answer and another one, and reads nothing more from the connection."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: str,
        fault: SecondAnswer,
        stopping: asyncio.Event,
    ) -> None:
        super().__init__()
        is_same = fault.request_id == "same"
        again = body if is_same else _with_another_id(body)
        self._first, self._second = (_whole(status, headers, each) for each in (body, again))
        self._after_s = fault.after_s
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write both; the server goes on with the connection only once this ends."""
        del send
        transport: asyncio.Transport = scope["state"]["transport"]
        over = [
            asyncio.ensure_future(until_gone(receive)),
            asyncio.ensure_future(self._stopping.wait()),
        ]
        if self._after_s is None:
            transport.write(self._first + self._second)
        else:
            transport.write(self._first)
            await asyncio.wait(over, timeout=self._after_s, return_when=asyncio.FIRST_COMPLETED)
            if not transport.is_closing():
                transport.write(self._second)
        if (b"connection", b"close") in scope["headers"]:
            transport.close()
        await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        transport.close()
        for each in over:
            each.cancel()
        await asyncio.gather(*over, return_exceptions=True)


def _with_another_id(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return body
    is_a_push = isinstance(said, dict) and "request_id" in said
    return json.dumps(said | {"request_id": f"{uuid.uuid4()}"}) if is_a_push else body


def _whole(status: int, headers: Mapping[str, str], body: str) -> bytes:
    content = body.encode()
    return _head(status, {"Content-Length": str(len(content)), **headers}) + content


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    known = {status.value: status.phrase for status in HTTPStatus}
    lines = [f"HTTP/1.1 {int(status)} {known.get(status, 'Other')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")
