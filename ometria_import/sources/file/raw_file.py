"""The bytes of a file: opened, decompressed and hashed as they stream by.

Standard input is copied to a file first: a source is read more than once, and a stream only once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZipInfo

from ometria_import.errors import SourceError
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources.file.archive import find_member, is_workbook, read_member
from ometria_import.sources.file.compression import (
    COMPRESSION_SUFFIXES,
    UNCHECKED_BYTES,
    Compression,
    check_name,
    compression_of,
    read_gzip,
    read_zstd,
)
from ometria_import.sources.file.names import member_on_disk, split_member
from ometria_import.sources.model import Progress

PIECE_BYTES = 1024 * 1024

_PARQUET_MAGIC = b"PAR1"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC_BYTES = 8
_WORKBOOK_SUFFIXES = frozenset({".xlsx", ".xlsm"})


STANDARD_INPUT = Path("-")
"""The path that a user gives for it; a file of that name is `./-` with a folder before it."""

SHOWN = Path("(standard input)")
"""How messages name it."""

_COPIED_BYTES = 1024 * 1024


def _copy_standard_input(reader: RawFile) -> Path:
    """Read standard input into a file that goes with its reader, and that only the user can read.

    Raises:
        SourceError: it is closed, or there is no room for the copy.
    """
    stream = sys.stdin
    if stream is None:
        raise SourceError(f"{SHOWN} is closed", hint="Pipe a file into the command.")
    try:
        number, name = tempfile.mkstemp(prefix="ometria-import-")  # with mode 0600
        weakref.finalize(reader, Path(name).unlink, missing_ok=True)
        with os.fdopen(number, "wb") as copy:
            shutil.copyfileobj(stream.buffer, copy, _COPIED_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            f"{SHOWN} cannot be kept in {tempfile.gettempdir()}: {reason}",
            hint="Free some space there, or name another folder with TMPDIR.",
        ) from error
    return Path(name)


class RawFile:
    """One regular file, checked to be readable, that can be streamed any number of times."""

    def __init__(self, path: Path, content: Path | None = None) -> None:
        """Look at the file without reading more than its beginning; `-` is standard input.

        Args:
            path: The file.
            content: A copy that is read in its place.

        Raises:
            SourceError: it is missing, a folder, unreadable, empty, or not packed as its name
                says.
        """
        if content is None and isinstance(path, RemotePath):
            raise SourceError(
                f"{path} is not on this machine",
                hint="Copy it here first, and name the copy.",
            )
        self._is_piped = path == STANDARD_INPUT
        found = split_member(path) if content else member_on_disk(path)
        self._name_in_archive = found[1] if found else ""
        on_disk = content or (found[0] if found else path)
        self._file = _copy_standard_input(self) if self._is_piped else on_disk
        self.path = path
        self.shown = SHOWN if self._is_piped else path
        """The path as messages say it."""
        self.sha256 = ""
        """Of the bytes on disk, hexadecimal; empty until they were streamed to the end."""
        self.is_workbook = False
        try:
            self.size_bytes = self._check_kind_of_file()
            with self._file.open("rb") as file:
                magic = file.read(_MAGIC_BYTES)
                self._check_magic(magic)
                self.compression = compression_of(magic)
                self._member: ZipInfo | None = None
                if self.compression is Compression.ZIP:
                    self.is_workbook = is_workbook(file, self.shown)
                    if self.is_workbook:
                        self.compression = Compression.NONE  # as far as anybody is concerned
                    else:
                        self._member = find_member(file, self.shown, self._name_in_archive)
                        if self._name_in_archive:
                            self.size_bytes = self._member.compress_size
        except OSError as error:
            raise unreadable(self.shown, error) from error
        self.is_parquet = magic.startswith(_PARQUET_MAGIC)
        if not self.is_workbook:
            self._check_name()

    @property
    def member(self) -> str:
        """Its name in its archive; empty where it is in none."""
        return self._member.filename if self._member else ""

    @property
    def member_day(self) -> str:
        """The day on which its archive says that it was written; empty where it is in none."""
        return "-".join(f"{part:02}" for part in self._member.date_time[:3]) if self._member else ""

    @property
    def suffix(self) -> str:
        """What the name of the unpacked file ends with, in lower case, such as `.csv`."""
        if self._member is not None:
            return PurePosixPath(self._member.filename).suffix.lower()
        suffixes = [suffix.lower() for suffix in self.shown.suffixes]
        return next((one for one in reversed(suffixes) if one not in COMPRESSION_SUFFIXES), "")

    def open(self) -> BinaryIO:
        """The bytes on disk, for a format that is not read from its start to its end.

        Raises:
            SourceError: they cannot be read.
        """
        try:
            return self._file.open("rb")
        except OSError as error:
            raise unreadable(self.shown, error) from error

    def hash(self) -> None:
        """Find `sha256` where the file was not read from its start to its end.

        Raises:
            SourceError: reading fails on the way.
        """
        try:
            with self._file.open("rb") as file:
                self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise unreadable(self.shown, error) from error

    def pieces(
        self, progress: Progress | None = None, *, piece_bytes: int = PIECE_BYTES
    ) -> Iterator[bytes]:
        """Stream the decompressed bytes from the start, at most `piece_bytes` at a time.

        Raises:
            SourceError: reading fails on the way, or what is packed is cut or damaged.
        """
        try:
            with self._file.open("rb") as file:
                if self._member is not None:
                    yield from self._read_member(file, self._member, progress, piece_bytes)
                    return
                raw = self._read(file, progress, piece_bytes)
                if self.compression is Compression.GZIP:
                    raw = read_gzip(raw, self.shown, piece_bytes)
                elif self.compression is Compression.ZSTD:
                    raw = read_zstd(raw, self.shown, piece_bytes)
                yield from raw
        except OSError as error:
            raise unreadable(self.shown, error) from error

    def head(self, max_bytes: int) -> tuple[bytes, bool]:
        """The first bytes, decompressed, and whether they are the whole file.

        Raises:
            SourceError: what is packed in the file is packed once more, or grows as no export does.
        """
        # What grows beyond measure is refused here, in a tenth of a second: whoever prepares its
        # rows on the way would work on a million of them before that shows.
        looked_at = 0 if self.compression is Compression.NONE else UNCHECKED_BYTES + PIECE_BYTES
        parts: list[bytes] = []
        size = 0
        for piece in self.pieces():
            if size <= max_bytes:
                parts.append(piece)
            size += len(piece)
            if size > max(max_bytes, looked_at):
                break
        head = b"".join(parts)[:max_bytes]
        if self.compression is not Compression.NONE:
            is_packed = compression_of(head) is not Compression.NONE
            if is_packed or head.startswith((_PARQUET_MAGIC, _OLE_MAGIC)):
                raise SourceError(
                    f"{self.shown} holds another archive, a workbook or a Parquet file",
                    hint="Unpack it once and name the file in it.",
                )
        return head, size <= max_bytes

    def _check_kind_of_file(self) -> int:
        status = self._file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(f"{self.shown} is a folder", hint="Name the files in it.")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(
                f"{self.shown} is not a regular file",
                hint="Sources are read more than once: write it to a file first, or pipe it in "
                "and name it -.",
            )
        return status.st_size

    def _check_magic(self, magic: bytes) -> None:
        if not magic:
            hint = "It can be read only once." if self._is_piped else "Export the file again."
            raise SourceError(f"{self.shown} is empty", hint=hint)
        if magic.startswith(_OLE_MAGIC):
            raise SourceError(
                f"{self.shown} is an old Excel workbook (.xls), or one with a password",
                hint="Save it without a password as .xlsx or as CSV.",
            )

    def _check_name(self) -> None:
        check_name(self.shown, self.compression)
        suffix = self.path.suffix.lower()
        is_other = suffix in _WORKBOOK_SUFFIXES or (suffix == ".parquet" and not self.is_parquet)
        if is_other and self.compression is Compression.NONE:
            raise SourceError(
                f"{self.shown} is named {suffix}, but it is not one",
                hint="Rename it to match what it is, or export it again.",
            )

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

    def _read_member(
        self, file: BinaryIO, member: ZipInfo, progress: Progress | None, piece_bytes: int
    ) -> Iterator[bytes]:
        for piece in read_member(file, member, self.shown, piece_bytes):
            if progress is not None:
                progress(min(file.tell() - member.header_offset, self.size_bytes))
            yield piece
        self.hash()
        if progress is not None:
            progress(self.size_bytes)


def unreadable(path: Path, error: OSError) -> SourceError:
    """The error for a file that the operating system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{path} does not exist", hint="Check the path.")
    if isinstance(error, PermissionError):
        return SourceError(f"{path} may not be read", hint="Check the file's permissions.")
    reason = error.strerror or str(error)
    return SourceError(f"{path} cannot be read: {reason}", hint="Check the path and the disk.")
