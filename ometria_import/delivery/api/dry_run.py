"""The dry-run sink: it writes what would be sent to files, without a network or a key."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Self

from ometria_import.config.storage import PRIVATE_FOLDER, private_file, storage_errors
from ometria_import.delivery.api.sink import Receipt
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from ometria_import.package.bodies import lines_of


class DryRunSink:
    """Writes one file per object type, `<object_type>.ndjson`, one record per line.

    Each line is the record's bytes as they would be sent. Files of an earlier dry run in the
    same folder are replaced. An async context manager that owns the files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[ObjectType, BinaryIO] = {}

    async def __aenter__(self) -> Self:
        with storage_errors(self.folder):
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        with storage_errors(self.folder):
            for file in self._files.values():
                file.close()

    def path(self, object_type: ObjectType) -> Path:
        """The path of the file with the records of an object type."""
        return self.folder / f"{object_type}.ndjson"

    async def send(self, batch: Batch) -> Receipt:
        """Write a batch's records."""
        lines = lines_of(batch)
        with storage_errors(self.folder):
            if batch.object_type not in self._files:
                path = private_file(self.path(batch.object_type))
                self._files[batch.object_type] = path.open("wb")
            self._files[batch.object_type].write(lines)
        return Receipt(status=0, request_id="", accepted=batch.records, rejected=0, skipped=0)
