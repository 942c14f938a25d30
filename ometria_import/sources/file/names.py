"""Names of files: that of a file in an archive is the archive's, `!`, and its own in there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_MEMBER = re.compile(r"(.+?\.zip)!(.+)", re.IGNORECASE | re.DOTALL)


def path_of_member(archive: Path, member: str) -> Path:
    """What messages call a file in an archive: `audience.zip!subscribed.csv`."""
    return type(archive)(f"{archive}!{member}")


def split_member(path: Path) -> tuple[Path, str] | None:
    """The archive and the name, or pattern of names, in it; None where a path has no such form."""
    found = _MEMBER.fullmatch(str(path))
    return (type(path)(found[1]), found[2]) if found else None


def member_on_disk(path: Path) -> tuple[Path, str] | None:
    """The same; None where there is a file of just this name."""
    with suppress(OSError):  # a name that the system refuses is no file
        if path.exists():
            return None
    return split_member(path)


def file_on_disk(path: Path) -> Path:
    """The file itself, or the archive that it is in."""
    found = member_on_disk(path)
    return found[0] if found else path


def own_name(path: Path, member: str = "") -> str:
    """A file's own name, without folders, also where it is in an archive.

    Args:
        path: The file; that of an archive with a single file may be the archive's.
        member: The name of that single file in there.
    """
    found = split_member(path)
    inner = member or (found[1] if found else "")
    return PurePosixPath(inner).name if inner else path.name


def fits_name(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file's own name fits one of some patterns, whatever its case; any does for none."""
    wanted = [each.casefold() for each in patterns]
    return not wanted or any(fnmatchcase(name.casefold(), each) for each in wanted)
