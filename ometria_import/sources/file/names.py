"""Names of files: that of a file in an archive is the archive's, `!`, and its own in there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

ARCHIVE_SUFFIX = ".zip"
_MEMBER = re.compile(r"(.+?\.zip)!(.+)", re.IGNORECASE | re.DOTALL)


def path_of_member(archive: Path, member: str) -> Path:
    """What messages call a file in an archive: `audience.zip!subscribed.csv`."""
    return Path(f"{archive}!{member}")


def split_member(path: Path) -> tuple[Path, str] | None:
    """The archive and the name, or pattern of names, in it; None where a path has no such form."""
    found = _MEMBER.fullmatch(str(path))
    return (Path(found[1]), found[2]) if found else None


def own_name(path: Path) -> str:
    """A file's own name, without folders, also where it is in an archive."""
    found = split_member(path)
    return PurePosixPath(found[1]).name if found else path.name


def fits_name(path: Path, patterns: Iterable[str]) -> bool:
    """Whether a file's own name fits one of some patterns, whatever its case; any does for none."""
    name, wanted = own_name(path).casefold(), [each.casefold() for each in patterns]
    return not wanted or any(fnmatchcase(name, each) for each in wanted)
