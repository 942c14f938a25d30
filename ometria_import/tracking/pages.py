"""The pages that a command names: files, folders of them, and addresses."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ometria_import.errors import SourceError

_ENDINGS = (".html", ".htm", ".xhtml")
_BESIDE = ("_files", "-files", "_fichiers", "-dateien")
"""Endings of the folders in which browsers put what belongs to a saved page."""
MAX_FILE_BYTES = 20_000_000
MOST_PAGES = 1_000


def is_address(page: str) -> bool:
    """Whether a page is named by its address, be it one that is not read."""
    return "://" in page[:12]


def named_pages(names: Iterable[str]) -> Iterator[str | SourceError]:
    """Each page that is meant, or why a name means none."""
    for name in names:
        path = Path(name)
        if is_address(name) or not path.is_dir():
            yield name
            continue
        found = sorted(_within(path))
        if not found:
            error = SourceError(
                f"{name}: no page in it", hint=f"Pages end in {', '.join(_ENDINGS)}."
            )
            yield error
        yield from map(str, found[:MOST_PAGES])
        if len(found) > MOST_PAGES:
            yield SourceError(
                f"{name}: {len(found):,} pages, of which {MOST_PAGES:,} were looked at",
                hint="Name a folder with fewer: one page of each type is enough.",
            )


def _within(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            each for each in folders if not each.endswith(_BESIDE) and not each.startswith(".")
        )
        yield from (Path(place) / each for each in files if each.lower().endswith(_ENDINGS))


def content_of(path: str) -> bytes:
    """The bytes of a saved page.

    Raises:
        SourceError: it cannot be read, or is too large for a page.
    """
    try:
        with Path(path).open("rb") as file:
            if not Path(path).is_file():
                raise SourceError("it is no file", hint="Name a page, a folder or an address.")
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "its name holds a NUL"
        raise SourceError(f"it cannot be read: {reason}", hint="Is the name right?") from None
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(
            f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB",
            hint='Save the page as "Web page, complete", with its pictures beside it.',
        )
    return content
