"""Files that the user asks for: written whole, and never over anything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import UsageError


def require_place(
    path: Path, option: str, what: str, is_ours: Callable[[Path], bool], *, example: str
) -> None:
    """Make sure that a file may be written, before any work is done for it.

    Args:
        path: The file.
        option: The option that named it.
        what: What is written there, as in `a report`.
        is_ours: Whether a file that is there is one of these, so that a newer one may replace it.
        example: The name of such a file.

    Raises:
        UsageError: its folder does not exist, or it is a folder or another file.
    """
    if not path.parent.is_dir():
        raise UsageError(
            f"{option}: the folder {path.parent} does not exist",
            hint="Make it first, or choose another file.",
        )
    if path.is_dir():
        raise UsageError(
            f"{option}: {path} is a folder", hint=f"Name a file in it, such as {path / example}."
        )
    if path.exists() and not path.is_file():
        raise UsageError(f"{option}: {path} is no file", hint="Choose another name.")
    try:
        may_be_replaced = not path.exists() or path.stat().st_size == 0 or is_ours(path)
    except OSError as error:
        raise UsageError(
            f"{option}: {path} cannot be read: {error.strerror}", hint="Choose another file."
        ) from None
    if not may_be_replaced:
        raise UsageError(
            f"{option}: {path} exists and is not {what}, so it is left as it is",
            hint="Choose another file, or remove this one first.",
        )


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which appears in its place once it is complete; readable by its owner only.

    Raises:
        UsageError: it cannot be written there.
        TemporaryFailureError: the disk has no room.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with storage_errors(path):
        try:
            with private_file(unfinished).open("wb") as file:
                yield file
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
