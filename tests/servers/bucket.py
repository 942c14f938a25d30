"""A bucket that takes the place of s3:// and keeps its files in memory, with versions as S3's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """What it was asked for, and what goes wrong, is that of all buckets."""

    protocol = "s3"
    breaks_after: int | None = None
    """Bytes of a file after which the connection breaks."""
    breaks_from: str = ""
    """What the names of such files end with."""
    breaks_times: int = 10
    """How often it does."""
    refusal: Exception | None = None
    copied: list[str]
    environ: dict[str, str]

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Tell of a file."""
        if Bucket.refusal is not None:
            raise Bucket.refusal
        Bucket.environ = dict(os.environ)
        about = dict(super().info(path, **options))
        if about["type"] == "file":
            about["ETag"] = str(hash(self.cat_file(path)))
            about["LastModified"] = self.store[self._strip_protocol(path)].modified
        return about

    def get_file(self, rpath: str, lpath: str, callback: Any = DEFAULT_CALLBACK, **_: Any) -> None:
        """Copy a file in two pieces."""
        Bucket.copied.append(rpath)
        content = self.cat_file(rpath)
        half = len(content) // 2
        callback.set_size(len(content))
        breaks = rpath.endswith(self.breaks_from) and len(Bucket.copied) <= self.breaks_times
        with Path(lpath).open("wb") as file:
            for piece in (content[:half], content[half:]):
                if self.breaks_after is not None and breaks:
                    file.write(content[: self.breaks_after])
                    raise ConnectionResetError(104, "Connection reset by peer")
                file.write(piece)
                callback.relative_update(len(piece))


def bucket_in_memory(monkeypatch: pytest.MonkeyPatch) -> MemoryFileSystem:
    """Let s3:// lead to an empty bucket until the test is over, and no broken connection wait."""
    monkeypatch.setitem(_registry, "s3", Bucket)
    monkeypatch.setattr(Bucket, "copied", [], raising=False)
    monkeypatch.setattr(Bucket, "store", {})
    monkeypatch.setattr(Bucket, "pseudo_dirs", [""])
    monkeypatch.setattr("ometria_import.sources.remote.source._WAITS_S", (0, 0))
    return Bucket(skip_instance_cache=True)
