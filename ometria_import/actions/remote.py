"""Files of other machines, as actions read them: copies in the home, and no key to be seen."""

from __future__ import annotations

import os
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.words import visible
from ometria_import.config.keys import without_keys
from ometria_import.options.remote_path import RemotePath
from ometria_import.prepare import SourceCopying
from ometria_import.sources import FoundPaths, files_in, fits_member, members_of
from ometria_import.sources.file.names import own_name, split_member
from ometria_import.sources.remote import RemoteSource, find_remote

_TOLD_EVERY_S = 0.2
"""Seconds between two reports of how much of a file is copied."""


def remote_sources(path: RemotePath, context: Context) -> list[tuple[Path, RemoteSource]]:
    """The files that a URL stands for, those in archives too, and what each is read from.

    Only archives are copied already, to see what they hold. The caller is told what is passed over.

    Raises:
        SourceError: there is no such file, or the machine cannot be asked.
    """
    outer, pattern = _split(path)
    found = _find(outer, context)
    pairs: list[tuple[Path, RemoteSource]] = []
    skipped = found.skipped
    for each in found.paths:
        source = _source_of(each, context)
        if each.suffix.lower() != ".zip":
            pairs.append((each, source))
            continue
        if pattern:
            held = FoundPaths(members_of(each, pattern, source.content), [])
        else:
            held = files_in(each, source.content)
        pairs += [(member, source) for member in held.paths]
        skipped = [*skipped, *held.skipped]
    tell_skipped(path, skipped, context)
    return pairs


def tell_skipped(path: Path, skipped: list[Path], context: Context) -> None:
    """Say which files of a folder or an archive are no sources."""
    if skipped:
        names = ", ".join(visible(own_name(each)) for each in skipped)
        context.caller.tell(Noted(f"{visible(str(path))}: passed over {names}"))


@dataclass(frozen=True, slots=True)
class RemoteFiles(Container[Path]):
    """What a URL stands for, found out without opening an archive."""

    found: frozenset[Path]
    pattern: str
    """Which files of an archive; empty for any."""

    @classmethod
    def at(cls, path: RemotePath, context: Context) -> RemoteFiles:
        """Ask the machine, where the URL is a pattern or may be a folder.

        Raises:
            SourceError: there is no such file, or the machine cannot be asked.
        """
        outer, pattern = _split(path)
        return cls(frozenset(_find(outer, context).paths), pattern)

    def __contains__(self, path: object) -> bool:
        """Whether it stands for a file, or for one in an archive."""
        if not isinstance(path, RemotePath):
            return False
        outer, member = _split(path)
        return outer in self.found and (not self.pattern or fits_member(member, self.pattern))


@contextmanager
def copies_removed(context: Context) -> Iterator[None]:
    """Let the copies of remote files live only as long as the block runs."""
    try:
        yield
    finally:
        for each in context.fetched.values():
            each.close()


def _split(path: RemotePath) -> tuple[RemotePath, str]:
    """A file, or an archive and which of its files are meant."""
    found = split_member(path)
    return (RemotePath(found[0]), found[1]) if found else (path, "")


def _find(path: RemotePath, context: Context) -> FoundPaths:
    with _without_keys(context):
        return find_remote(path)


def _source_of(path: Path, context: Context) -> RemoteSource:
    """A file of another machine, ready to be copied once it is opened."""
    if path not in context.fetched:
        context.fetched[path] = RemoteSource(
            RemotePath(path),
            folder=lambda: context.home.copies,
            alone=lambda: _without_keys(context),
            watcher=_Watcher(path, context),
        )
    return context.fetched[path]


class _Watcher:
    """Tells the caller how the copying of a file goes, now and then."""

    def __init__(self, path: Path, context: Context) -> None:
        self._path = str(path)
        self._caller = context.caller
        self._done = 0
        self._size: int | None = None
        self._told_at = 0.0

    def copying(self, done: int, size: int | None) -> None:
        self._done, self._size = done, size
        if done == 0 or time.monotonic() - self._told_at >= _TOLD_EVERY_S:
            self._tell()

    def failed(self, reason: str, wait_s: int) -> None:
        words = f"{visible(self._path)}: {reason}; copying it again in {wait_s} seconds"
        self._caller.tell(Noted(words))

    def ended(self) -> None:
        self._tell(is_over=True)

    def _tell(self, *, is_over: bool = False) -> None:
        self._told_at = time.monotonic()
        self._caller.tell_preparing(SourceCopying(self._path, self._done, self._size, is_over))


@contextmanager
def _without_keys(context: Context) -> Iterator[None]:
    """Hide keys from programs that the libraries run to find credentials, such as AWS helpers."""
    named = {each.key_env for each in context.settings.accounts.values()}
    shown = without_keys(os.environ, named)
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name not in shown}
    try:
        yield
    finally:
        os.environ.update(hidden)
