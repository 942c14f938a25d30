"""Unpacking streams in bounded pieces, whatever a hostile file wants to become."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from ometria_import.errors import SourceError

_GZIP_WBITS = 16 + zlib.MAX_WBITS
MAX_RATIO = 200
"""Deflate can do 1,032; exports that say the same again and again come to 100."""
UNCHECKED_BYTES = 32 * 1024 * 1024
"""Below it, any ratio is harmless."""
_ZSTD_WINDOW_BYTES = 128 * 1024 * 1024
_ZSTD_FED_BYTES = 2 * 1024
"""Four bytes can stand for 128 KiB, so what is unpacked at once is at most 64 MiB."""


class Compression(StrEnum):
    """How a file is packed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    ZIP = "zip"


_SUFFIXES = {".gz": Compression.GZIP, ".zst": Compression.ZSTD, ".zip": Compression.ZIP}
COMPRESSION_SUFFIXES = frozenset(_SUFFIXES)


def compression_of(magic: bytes) -> Compression:
    """What the first bytes of a file say; a workbook is a ZIP archive, too."""
    if magic.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    # A skippable frame is how pzstd and some others begin a file (RFC 8878, section 3.1.2).
    is_skippable = magic[1:4] == b"\x2a\x4d\x18" and magic[0] & 0xF0 == 0x50  # noqa: PLR2004 - RFC
    if magic.startswith(b"\x28\xb5\x2f\xfd") or is_skippable:
        return Compression.ZSTD
    if magic.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Compression.ZIP
    return Compression.NONE


def check_name(path: Path, found: Compression) -> None:
    """Refuse a file that is not packed as its name says.

    Raises:
        SourceError: it is named .gz, .zst or .zip and is none.
    """
    suffix = path.suffix.lower()
    expected = _SUFFIXES.get(suffix, found)
    if found is not expected:
        article = "ZIP archive" if expected is Compression.ZIP else f"{expected} file"
        raise SourceError(
            f"{path} is named {suffix}, but it is not a {article}",
            hint=f"If it is not compressed, remove {suffix} from its name; otherwise copy it "
            "again.",
        )


def is_ratio_usual(unpacked: int, packed: int) -> bool:
    """Whether a file may unpack to this many bytes, rather than being a bomb."""
    return unpacked <= UNCHECKED_BYTES or unpacked <= MAX_RATIO * packed


def check_ratio(
    path: Path, unpacked: int, packed: int, way_out: str = "unpack it yourself"
) -> None:
    """Refuse to unpack further what grows as no export does.

    Args:
        path: For messages.
        unpacked: Bytes so far.
        packed: Bytes that they were made of.
        way_out: The hint for a file that is valid all the same.

    Raises:
        SourceError: it is over 32 MiB and more than `MAX_RATIO` times its packed size.
    """
    if not is_ratio_usual(unpacked, packed):
        raise SourceError(
            f"{path} unpacks to over {MAX_RATIO:,} times its size",
            hint="No real export does that: it looks like a file made to fill the memory or "
            f"the disk. If it is genuine, {way_out}.",
        )


def damaged(path: Path, what: str) -> SourceError:
    """Make the error for a file whose compressed data is damaged."""
    return SourceError(
        f"{path} {what}", hint="Copy or export the file again; nothing in it can be trusted."
    )


def read_gzip(raw: Iterator[bytes], path: Path, piece_bytes: int) -> Iterator[bytes]:
    """Unpack all members of the gzip; what is unpacked at once is bounded, too.

    Raises:
        SourceError: it is cut or damaged, or grows as no export does.
    """
    member = zlib.decompressobj(_GZIP_WBITS)
    packed = unpacked_bytes = 0
    for piece in raw:
        packed += len(piece)
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
                raise damaged(path, f"is a damaged gzip file ({error})") from error
            rest = member.unused_data if member.eof else member.unconsumed_tail
            unpacked_bytes += len(unpacked)
            check_ratio(path, unpacked_bytes, packed - len(rest))
            if unpacked:
                yield unpacked
            may_hold_more = len(unpacked) == piece_bytes and not member.eof
    if not member.eof:
        raise damaged(path, "is truncated: the gzip stream does not end")


def read_zstd(raw: Iterator[bytes], path: Path, piece_bytes: int) -> Iterator[bytes]:
    """Unpack all frames of the zstd file.

    Raises:
        SourceError: it is cut or damaged, or grows as no export does.
    """
    import zstandard  # here, as few sources need it

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame = decompressor.decompressobj()
    is_between_frames = False
    packed = unpacked_bytes = held_bytes = 0
    held: list[bytes] = []
    for rest in (part for piece in raw for part in _cut(piece, _ZSTD_FED_BYTES)):
        packed += len(rest)
        while rest:
            if is_between_frames:
                frame, is_between_frames = decompressor.decompressobj(), False
            try:
                held.append(frame.decompress(rest))
            except zstandard.ZstdError as error:
                raise damaged(path, f"is a damaged zstd file ({error})") from error
            held_bytes += len(held[-1])
            unpacked_bytes += len(held[-1])
            rest, is_between_frames = frame.unused_data, frame.eof  # noqa: PLW2901 - what is left
            check_ratio(path, unpacked_bytes, packed - len(rest))
        if held_bytes >= piece_bytes:
            yield from _cut(b"".join(held), piece_bytes)
            held, held_bytes = [], 0
    yield from _cut(b"".join(held), piece_bytes)
    if not is_between_frames:
        raise damaged(path, "is truncated: the zstd stream does not end")


def _cut(piece: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(piece), size):
        yield piece[start : start + size]
