"""The bytes of a file: opened, decompressed and hashed as they stream by."""

from __future__ import annotations

import hashlib
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ometria_import.errors import SourceError

PIECE_BYTES = 1024 * 1024

GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_GZIP_WBITS = 16 + zlib.MAX_WBITS

Progress = Callable[[int], None]
"""Is told how many bytes of the file, as it lies on disk, were read so far."""


class RawFile:
    """One regular file, checked to be readable, that can be streamed any number of times."""

    def __init__(self, path: Path) -> None:
        """Look at the file without reading more than its first bytes.

        Raises:
            SourceError: it is missing, a folder, unreadable, empty, or no gzip for all its name.
        """
        self.path = path
        self.sha256 = ""
        """Of the bytes on disk, hexadecimal; empty until they were streamed to the end."""
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                raise SourceError(f"{path} is a folder", hint="Name the files in it.")
            if not stat.S_ISREG(status.st_mode):
                raise SourceError(
                    f"{path} is no regular file",
                    hint="A source is read more than once: write it to a file first.",
                )
            with path.open("rb") as file:
                magic = file.read(len(_ZIP_MAGIC))
        except OSError as error:
            raise unreadable(path, error) from error
        self.size_bytes = status.st_size
        if not magic:
            raise SourceError(f"{path} is empty", hint="Export the file again.")
        if magic == _ZIP_MAGIC:
            raise SourceError(
                f"{path} is a ZIP archive or an Excel workbook",
                hint="Unpack it, or save the sheet as CSV.",
            )
        self.is_gzip = magic.startswith(GZIP_MAGIC)
        if path.suffix.lower() == ".gz" and not self.is_gzip:
            raise SourceError(
                f"{path} is named .gz, but it is no gzip file",
                hint="If it is not compressed, take .gz off its name; otherwise copy it again.",
            )

    def pieces(
        self, progress: Progress | None = None, *, piece_bytes: int = PIECE_BYTES
    ) -> Iterator[bytes]:
        """Stream the decompressed bytes from the start, at most `piece_bytes` at a time.

        Raises:
            SourceError: reading fails on the way, or the gzip is cut or damaged.
        """
        try:
            with self.path.open("rb") as file:
                raw = self._read(file, progress, piece_bytes)
                yield from self._decompress(raw, piece_bytes) if self.is_gzip else raw
        except OSError as error:
            raise unreadable(self.path, error) from error

    def head(self, max_bytes: int) -> tuple[bytes, bool]:
        """The first bytes, decompressed, and whether they are the whole file."""
        parts: list[bytes] = []
        size = 0
        for piece in self.pieces():
            parts.append(piece)
            size += len(piece)
            if size > max_bytes:
                break
        return b"".join(parts)[:max_bytes], size <= max_bytes

    def _read(self, file: BinaryIO, progress: Progress | None, piece_bytes: int) -> Iterator[bytes]:
        digest = hashlib.sha256()
        done = 0
        while piece := file.read(piece_bytes):
            digest.update(piece)
            done += len(piece)
            if progress is not None:
                progress(done)
            yield piece
        self.sha256 = digest.hexdigest()

    def _decompress(self, raw: Iterator[bytes], piece_bytes: int) -> Iterator[bytes]:
        """Unpack all members of the gzip; what is unpacked at once is bounded, too."""
        member = zlib.decompressobj(_GZIP_WBITS)
        for piece in raw:
            rest, may_hold_more = piece, False
            while rest or may_hold_more:
                if member.eof:
                    rest = rest.lstrip(b"\0")  # gzip files may be padded with NUL
                    if not rest:
                        break
                    member = zlib.decompressobj(_GZIP_WBITS)
                try:
                    unpacked = member.decompress(rest, piece_bytes)
                except zlib.error as error:
                    raise self._damaged(f"is a damaged gzip file ({error})") from error
                if unpacked:
                    yield unpacked
                rest = member.unused_data if member.eof else member.unconsumed_tail
                may_hold_more = len(unpacked) == piece_bytes and not member.eof
        if not member.eof:
            raise self._damaged("is cut: the gzip stream does not end")

    def _damaged(self, what: str) -> SourceError:
        return SourceError(
            f"{self.path} {what}",
            hint="Copy or export the file again; nothing of it can be trusted.",
        )


def unreadable(path: Path, error: OSError) -> SourceError:
    """What to say of a file that the operating system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{path} does not exist", hint="Check the path.")
    if isinstance(error, PermissionError):
        return SourceError(f"{path} may not be read", hint="Check the file's permissions.")
    reason = error.strerror or str(error)
    return SourceError(f"{path} cannot be read: {reason}", hint="Check the path and the disk.")
