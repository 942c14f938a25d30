"""ZIP archives: the files in them. Names of members are shown, and never used as paths."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.file.compression import (
    Compression,
    check_ratio,
    compression_of,
    damaged,
)
from ometria_import.sources.file.names import path_of_member

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What every packer writes; the others unpack without a bound."""
_IS_ENCRYPTED = 0x1
_SHOWN_MEMBERS = 5
_MAX_MEMBERS = 1_000
_MAGIC_BYTES = 8
_WORKBOOK_PART = "[Content_Types].xml"
_TEXTS_PART = "xl/sharedStrings.xml"
_MAX_TEXTS_BYTES = 256 * 1024 * 1024
_PARTS_READ_AT_ONCE = ("xl/workbook.xml", "xl/styles.xml", "xl/theme/theme1.xml", _WORKBOOK_PART)
_MAX_PART_BYTES = 32 * 1024 * 1024
"""Of those: they are small, whatever the size of the sheets."""
SAVE_AS_CSV = "save it as CSV"
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""NotImplementedError: made with a feature of ZIP that Python has not."""


def is_workbook(file: BinaryIO, path: Path) -> bool:
    """Whether a ZIP archive is an Excel workbook.

    Raises:
        SourceError: the archive is damaged, or a part of the workbook unpacks as no sheet does.
    """
    members = _members(file, path)
    names = {member.filename for member in members}
    if _WORKBOOK_PART not in names or not any(name.startswith("xl/") for name in names):
        return False
    for member in members:
        _check_member(member, path, SAVE_AS_CSV)
        if member.filename in _PARTS_READ_AT_ONCE and member.file_size > _MAX_PART_BYTES:
            raise SourceError(
                f"{path} contains {shorten(member.filename)!r} of {member.file_size:,} bytes, "
                "which no workbook needs",
                hint="Save it as CSV.",
            )
        if member.filename == _TEXTS_PART and member.file_size > _MAX_TEXTS_BYTES:
            raise SourceError(
                f"{path} has more than {_MAX_TEXTS_BYTES:,} bytes of different texts, which a "
                "workbook needs in memory at once",
                hint="Save it as CSV.",
            )
    return True


def unpacked_bytes(file: BinaryIO, path: Path) -> int:
    """What all members of an archive are together when they are unpacked.

    Raises:
        SourceError: the archive is damaged.
    """
    return sum(member.file_size for member in _members(file, path))


def names_of_members(file: Path) -> list[str]:
    """The names of all files in an archive, the oldest first, and of one age sorted.

    There are none where it is a workbook or no archive.

    Raises:
        SourceError: they are too many, two have one name, or one stands in the other.
        OSError: the file cannot be read.
    """
    with file.open("rb") as opened:
        if compression_of(opened.read(_MAGIC_BYTES)) is not Compression.ZIP:
            return []
        if is_workbook(opened, file):
            return []
        members = [member for member in _members(opened, file) if _is_file(member)]
    members.sort(key=lambda member: (member.date_time, member.filename))
    names = [member.filename for member in members]
    if len(names) > _MAX_MEMBERS:
        raise SourceError(
            f"{file} holds {len(names):,} files, and at most {_MAX_MEMBERS:,} can be read",
            hint="Unpack it and name the files that are meant.",
        )
    paths = [path_of_member(file, name) for name in names]
    if twice := next(
        (name for name, at in zip(names, paths, strict=True) if paths.count(at) > 1), ""
    ):
        raise SourceError(
            f"{file} holds two files named {shorten(twice)!r}", hint="Pack it again, or unpack it."
        )
    if sum(member.compress_size for member in members) > file.stat().st_size:
        # Many members that share their bytes unpack to more than each of them shows.
        raise damaged(file, "is a damaged ZIP archive (its files overlap)")
    return names


def find_member(file: BinaryIO, path: Path, name: str = "") -> zipfile.ZipInfo:
    """One of the files in an archive, or the only one.

    Args:
        file: The archive.
        path: Its path, for messages.
        name: The name of the file in it; empty where it is the only one.

    Raises:
        SourceError: there is no such file, or not exactly one, or it cannot be unpacked.
    """
    members = [member for member in _members(file, path) if _is_file(member)]
    if name:
        wanted = path_of_member(path, name)
        members = [each for each in members if path_of_member(path, each.filename) == wanted]
    if len(members) != 1:
        names = [repr(shorten(member.filename)) for member in members[:_SHOWN_MEMBERS]]
        more = ["..."] if len(members) > _SHOWN_MEMBERS else []
        listed = f": {', '.join(names + more)}" if names else ""
        raise SourceError(
            f"{path} holds {len(members):,} files{listed}",
            hint="Several files in an archive are read if its name ends in .zip and theirs in "
            ".csv, .json or the like. Otherwise, unpack it and name the files.",
        )
    _check_member(members[0], path)
    return members[0]


def read_member(
    file: BinaryIO, member: zipfile.ZipInfo, path: Path, piece_bytes: int
) -> Iterator[bytes]:
    """Unpack the file in the archive; its checksum is checked at its end.

    Raises:
        SourceError: it is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive, archive.open(member) as stream:
            while piece := stream.read(piece_bytes):
                yield piece
    except _DAMAGES as error:
        raise damaged(path, f"is a damaged ZIP archive ({error})") from error


def _members(file: BinaryIO, path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except (*_DAMAGES, ValueError) as error:
        raise damaged(path, f"is a damaged ZIP archive ({error})") from error


def _is_file(member: zipfile.ZipInfo) -> bool:
    """Not a folder, and not what macOS adds to every archive."""
    is_of_macos = member.filename.startswith("__MACOSX/") or member.filename.endswith(".DS_Store")
    return not member.is_dir() and not is_of_macos


def _check_member(member: zipfile.ZipInfo, path: Path, way_out: str = "unpack it yourself") -> None:
    if member.flag_bits & _IS_ENCRYPTED:
        raise SourceError(
            f"{path} is encrypted", hint="Unpack it with its password and name the file."
        )
    if member.compress_type not in _METHODS:
        raise SourceError(
            f"{path} uses a ZIP compression method that is not supported",
            hint="Unpack it and name the file, or pack it with the usual method, deflate.",
        )
    check_ratio(path, member.file_size, member.compress_size, way_out)
