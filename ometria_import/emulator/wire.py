"""Answers that no well-behaved server gives, written to the connection past the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ometria_import.emulator.gate import hang_up

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An answer to the letter."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut_bytes: int
    byte_every_s: float
    endless: bool

    def head(self) -> bytes:
        """The status line and the headers, as bytes on the wire."""
        headers = {"Content-Length": str(len(self.body) + self.cut_bytes)} | self.headers
        if self.endless:
            del headers["Content-Length"]
        headers["Connection"] = "close"
        known = {status.value: status.phrase for status in HTTPStatus}
        lines = [f"HTTP/1.1 {self.status} {known.get(self.status, 'Other')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


class RawAnswer(Response):
    """Writes an answer to the letter, after which the connection ends."""

    def __init__(self, raw: Raw, stopping: asyncio.Event) -> None:
        """`stopping` ends what would go on for ever."""
        super().__init__()
        self._raw = raw
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the answer, and then whatever belongs to it."""
        del send
        raw = self._raw
        transport: asyncio.Transport = scope["state"]["transport"]
        content = raw.head() + raw.body
        if raw.byte_every_s:
            for byte in content:
                if self._is_over(transport):
                    break
                transport.write(bytes([byte]))
                await self._pause(raw.byte_every_s)
        else:
            transport.write(content)
        while raw.endless and not self._is_over(transport):
            transport.write(b" ")
            await self._pause(raw.byte_every_s or _ENDLESS_PAUSE_S)
        transport.close()
        await until_gone(receive)

    def _is_over(self, transport: asyncio.Transport) -> bool:
        return transport.is_closing() or self._stopping.is_set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
