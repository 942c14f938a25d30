"""HTTPS for tests: certificates good and bad, and a TLS front before any plain server."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import trustme

HOST = "127.0.0.1"
_ELSEWHERE = "api.elsewhere.example"
_PIECE_BYTES = 64 * 1024


class Certificate(StrEnum):
    """What a server shows to those who connect."""

    GOOD = "of the authority, for this host"
    EXPIRED = "of the authority, but out of date"
    NOT_YET = "of the authority, but not valid yet"
    OTHER_HOST = "of the authority, for another host"
    UNKNOWN_AUTHORITY = "of an authority that nobody trusts"
    SELF_SIGNED = "signed by itself"


class Authority:
    """A private certificate authority; `ca_file` is what its friends trust."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.ca_file)

    def server(self, certificate: Certificate = Certificate.GOOD) -> ssl.SSLContext:
        """The TLS side of a server on 127.0.0.1 with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._issued(certificate).configure_cert(context)
        return context

    def _issued(self, certificate: Certificate) -> trustme.LeafCert:
        now = datetime.now(UTC)
        match certificate:
            case Certificate.GOOD:
                return self._ca.issue_cert(HOST)
            case Certificate.EXPIRED:
                past = now - timedelta(days=30)
                return self._ca.issue_cert(HOST, not_before=past, not_after=now - timedelta(days=1))
            case Certificate.NOT_YET:
                return self._ca.issue_cert(HOST, not_before=now + timedelta(days=1))
            case Certificate.OTHER_HOST:
                return self._ca.issue_cert(_ELSEWHERE)
            case Certificate.UNKNOWN_AUTHORITY:
                return trustme.CA().issue_cert(HOST)
            case Certificate.SELF_SIGNED:
                alone = trustme.CA()
                return trustme.LeafCert(
                    alone.private_key_pem.bytes(), alone.cert_pem.bytes(), [alone.cert_pem.bytes()]
                )


class TlsFront:
    """TLS on a port of its own before a plain server on this machine."""

    def __init__(self, upstream: str, tls: ssl.SSLContext) -> None:
        self._upstream = urlsplit(upstream)
        self._tls = tls
        self.base_url = ""
        self.received = bytearray()
        """All that clients sent, decrypted."""

    @contextmanager
    def running(self) -> Iterator[TlsFront]:
        """Listen until the block ends."""
        is_ready, loop = threading.Event(), asyncio.new_event_loop()
        stop = asyncio.Event()
        thread = threading.Thread(target=loop.run_until_complete, args=(self._run(is_ready, stop),))
        thread.start()
        is_ready.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()

    async def _run(self, is_ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)
        port = server.sockets[0].getsockname()[1]
        self.base_url = f"https://{HOST}:{port}{self._upstream.path}"
        is_ready.set()
        await stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Who trusts no certificate of ours hangs up when the server thinks all is agreed on.
        with suppress(OSError), closing(writer):
            answers, requests = await asyncio.open_connection(
                self._upstream.hostname, self._upstream.port
            )
            with closing(requests):
                await asyncio.gather(self._pass_on(reader, requests), _pass_back(answers, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            self.received += piece
            writer.write(piece)
            await writer.drain()
        writer.close()


async def _pass_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    writer.close()
