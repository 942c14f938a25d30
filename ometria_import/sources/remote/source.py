"""A file of another machine as a source: copied once, when it is opened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ometria_import.errors import SourceError
from ometria_import.options.counting import size_words
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources.file.source_file import ObjectFile
from ometria_import.sources.model import TableSource
from ometria_import.sources.opening import open_any_source
from ometria_import.sources.remote.connection import (
    MORE_ROOM,
    callback_for,
    connect,
    inner_path,
    is_lost,
    reason_of,
    remote_errors,
)
from ometria_import.sources.remote.copies import Copy

_WAITS_S = (2, 10)
"""Before a copy is tried again whose connection broke."""
_TIMES = ("LastModified", "updated", "mtime", "last_modified")
"""Under which name machines tell when a file was changed."""
_VERSIONS = ("generation", "ETag", "etag", "LastModified", "updated", "mtime")
"""What tells one version of a file from another; which of them there are depends on the machine."""


class CopyWatcher(Protocol):
    """Whoever hears how the copying of a file goes."""

    def copying(self, done: int, size: int | None) -> None:
        """Hear how many bytes are copied, and of how many; 0 as it begins."""

    def failed(self, reason: str, wait_s: int) -> None:
        """Hear that the connection broke, and that all is copied again after a wait."""

    def ended(self) -> None:
        """Hear that the file is copied, or cannot be."""


class RemoteSource:
    """A file of another machine.

    Sources are read several times, and a connection may break at any time. So the file is copied
    first, and nothing in it is used unless the copy is complete.
    """

    def __init__(
        self,
        path: RemotePath,
        folder: Callable[[], Path],
        alone: Callable[[], AbstractContextManager[None]],
        watcher: CopyWatcher,
    ) -> None:
        """Note where it is; nothing is asked yet.

        Args:
            path: The file.
            folder: Makes the private folder for the copy.
            alone: Hides keys from whatever the libraries run, as long as the block runs.
            watcher: Hears how the copying goes.
        """
        self.path = path
        self._folder = folder
        self._alone = alone
        self._watcher = watcher
        self._copy: Path | None = None
        self._remove: Callable[[], object] | None = None
        self._failed: SourceError | None = None
        self._state: str = ""

    @property
    def state(self) -> str:
        """Its size and version; the hash of its content where the machine knows no versions."""
        if not self._state:
            about = self._asked()
            version = _version_of(about)
            if version:
                self._state = self._said(about.get("size"), version)
            else:
                with self.content.open("rb") as file:
                    self._state = hashlib.file_digest(file, "sha256").hexdigest()
        return self._state

    @property
    def content(self) -> Path:
        """The copy.

        Raises:
            SourceError: it cannot be made, or the file changes while it is.
        """
        if self._failed is not None:
            # Whoever only finds out what a file is ignores its errors; reading it raises them.
            raise self._failed
        if self._copy is None:
            folder = self._folder()
            with remote_errors(self.path):
                copy = Copy(folder)
                # Removed even if nobody calls `close`, for example after an error.
                self._remove = weakref.finalize(self, copy.remove)
            try:
                self._fill(copy.path)
            except SourceError as error:
                self._failed = error
                self.close()
                raise
            self._copy = copy.path
        return self._copy

    def fetch(self) -> None:
        """Copy it now, for whoever wants none of several files unless all of them can be had.

        Raises:
            SourceError: it cannot be copied, or it changes meanwhile.
        """
        self.content  # noqa: B018 -- it copies the file

    def close(self) -> None:
        """Remove the copy, once all of it was read."""
        if self._remove is not None:
            self._remove()
        self._copy = None

    def label_of(self, _: int) -> str:
        """Nothing: a line of a file is found by its number."""
        return ""

    def open(self, path: Path, options: ReadingOptions) -> TableSource | ObjectFile:
        """Find out what it is; see `open_any_source`."""
        return open_any_source(path, options, content=self.content)

    def _said(self, size: object, version: list[str]) -> str:
        return json.dumps([str(self.path), size, version])

    def _asked(self) -> Mapping[str, Any]:
        """What the machine tells of the file.

        Raises:
            SourceError: it is none, or the machine cannot be asked.
        """
        with self._alone(), remote_errors(self.path):
            return self._about(connect(self.path))

    def _about(self, system: Any) -> Mapping[str, Any]:
        about: Mapping[str, Any] = system.info(inner_path(self.path))
        if about.get("type") == "directory":
            raise SourceError(
                f"{self.path} is a folder", hint=f"Name the files in it: '{self.path}/*.csv'."
            )
        return about

    def _fill(self, copy: Path) -> None:
        try:
            with self._alone(), remote_errors(self.path):
                before, after = self._copied(copy)
        finally:
            self._watcher.ended()
        version, size = _version_of(before), before.get("size")
        copied = copy.stat().st_size
        is_changed = (size, version) != (after.get("size"), _version_of(after))
        if is_changed or size not in {None, copied}:
            raise SourceError(
                f"{self.path} changed while it was read",
                hint="Nothing of it was used. Run the same command again once it is written.",
            )
        if version and not self._state:
            # Not asked later: a newer file may be there then, which would seem to be known.
            self._state = self._said(size, version)

    def _copied(self, copy: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """What the machine tells of the file before and after it was copied."""
        waits_s = [*_WAITS_S]
        while True:
            try:
                return self._copied_once(copy)
            except Exception as error:
                if not waits_s or not is_lost(error):
                    raise
                wait_s = waits_s.pop(0)
                self._watcher.failed(reason_of(error), wait_s)
            time.sleep(wait_s)

    def _copied_once(self, copy: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        system = connect(self.path)
        before = self._about(system)
        size = before.get("size")
        self._refuse_without_room(copy.parent, size)
        self._watcher.copying(0, size)
        callback = callback_for(lambda done: self._watcher.copying(done, size))
        system.get_file(inner_path(self.path), str(copy), callback=callback)
        after = self._about(system)
        changed_at = _time_of(after)
        if changed_at:
            # Of several files with the same records, the newest counts.
            os.utime(copy, (changed_at, changed_at))
        return before, after

    def _refuse_without_room(self, folder: Path, size: int | None) -> None:
        free = shutil.disk_usage(folder).free
        if size is not None and size > free:
            raise SourceError(
                f"there is no room on this machine for a copy of {self.path}: it has "
                f"{size_words(size)}, and {size_words(free)} are free",
                hint=MORE_ROOM,
            )


def _time_of(about: Mapping[str, Any]) -> float:
    """When the file was changed; 0 where the machine does not say it."""
    said = next((about[name] for name in _TIMES if about.get(name)), 0)
    if isinstance(said, datetime):
        return said.timestamp()
    if isinstance(said, str):
        try:
            return datetime.fromisoformat(said).timestamp()
        except ValueError:
            return 0
    return float(said)


def _version_of(about: Mapping[str, Any]) -> list[str]:
    return [str(about[name]) for name in _VERSIONS if about.get(name)]
