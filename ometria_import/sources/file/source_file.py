"""What every source tells of the file behind it."""

from __future__ import annotations

from pathlib import Path

from ometria_import.sources.model import FileFacts, Format


class OfFile:
    """A source that tells of its file what the layer below it, which reads it, knows."""

    def __init__(self, file: FileFacts, file_format: Format) -> None:
        """Take both as they were found.

        Args:
            file: The file itself, or the source whose rows this one changes.
            file_format: How the file is written.
        """
        self._file = file
        self.format: Format = file_format

    @property
    def path(self) -> Path:
        """As the user gave it."""
        return self._file.path

    @property
    def size_bytes(self) -> int:
        """On disk, compressed if it is."""
        return self._file.size_bytes

    @property
    def sha256(self) -> str:
        """Of the bytes on disk, hexadecimal; empty until they were read to the end once."""
        return self._file.sha256
