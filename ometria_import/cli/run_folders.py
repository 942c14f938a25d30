"""Folders of runs and checks that came to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ometria_import.errors import OmetriaImportError
from ometria_import.home import RunFolder


@contextmanager
def dropped_on_failure(folder: RunFolder) -> Iterator[None]:
    """Take the new folder away again where the block fails or ends the command.

    Half of a run is of no use to anybody.
    """
    try:
        yield
    except (OmetriaImportError, typer.Exit):
        drop(folder)
        raise


def drop(folder: RunFolder) -> None:
    """Take a folder away again."""
    shutil.rmtree(folder.path, ignore_errors=True)
