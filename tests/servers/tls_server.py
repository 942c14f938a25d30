"""HTTPS for tests: certificates good and bad, and a TLS front before any plain server."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import trustme

from tests.servers.serving import serving_in_thread

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
        listening = socket.create_server((HOST, 0))
        self.base_url = f"https://{HOST}:{listening.getsockname()[1]}{self._upstream.path}"
        with serving_in_thread(listening, self._serve, self._tls):
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Who trusts no certificate of ours hangs up when the server thinks all is agreed on.
        with suppress(OSError), closing(writer):
            answers, requests = await asyncio.open_connection(
                self._upstream.hostname, self._upstream.port
            )
            try:
                await asyncio.gather(self._pass_on(reader, requests), _pass_back(answers, writer))
            finally:
                requests.transport.abort()

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
