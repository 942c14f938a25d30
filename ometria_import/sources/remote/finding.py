"""From a URL that a user names to the files that are meant."""

from __future__ import annotations

import glob

from ometria_import.errors import SourceError
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources.finding import FoundPaths, in_folder
from ometria_import.sources.remote.connection import connect, inner_path, path_of, remote_errors


def find_remote(path: RemotePath) -> FoundPaths:
    """The files that a URL stands for: itself, a folder's files, or what a pattern matches.

    The machine is only asked about a name without a suffix, which may be a folder's, and about
    one that may be a pattern.

    Raises:
        SourceError: the folder holds no source, nothing matches the pattern, or the machine cannot
            be asked.
    """
    if glob.has_magic(path.inner):
        return _matches(path)
    if path.inner and path.suffix:
        return FoundPaths([path], [])
    with remote_errors(path):
        system, inner = connect(path), inner_path(path)
        listed = system.ls(inner, detail=True) if system.isdir(inner) else None
    if listed is None:
        return FoundPaths([path], [])
    names = [about["name"] for about in listed if about["type"] == "file"]
    return in_folder(path, (name.rpartition("/")[2] for name in names))


def _matches(path: RemotePath) -> FoundPaths:
    with remote_errors(path):
        system, inner = connect(path), inner_path(path)
        if system.isfile(inner):
            return FoundPaths([path], [])
        found = system.glob(inner, detail=True)
    names = sorted(name for name, about in found.items() if about["type"] == "file")
    if not names:
        raise SourceError(
            f"no file matches {path}", hint="Check the bucket or host, and the pattern after it."
        )
    return FoundPaths([path_of(name, path) for name in names], [])
