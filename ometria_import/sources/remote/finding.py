"""From a URL that a user names to the files that are meant."""

from __future__ import annotations

import glob

from ometria_import.errors import SourceError
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources.remote.connection import connect, inner_path, path_of, remote_errors


def find_remote(path: RemotePath) -> list[RemotePath]:
    """The files that a URL stands for: itself, or what a pattern matches, by name.

    Raises:
        SourceError: nothing matches the pattern, or the machine cannot be asked.
    """
    if not glob.has_magic(path.inner):
        return [path]
    with remote_errors(path):
        system = connect(path)
        found = system.glob(inner_path(path), detail=True)
    names = sorted(name for name, about in found.items() if about.get("type") == "file")
    if not names:
        raise SourceError(
            f"no file matches {path}", hint="Check the bucket or host, and the pattern after it."
        )
    return [path_of(name, path) for name in names]
