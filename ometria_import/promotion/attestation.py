"""The file of a statement, and its signature beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import UsageError
from ometria_import.promotion.signing import Signer


@dataclass(frozen=True, slots=True)
class Attestation:
    """Where a statement is to be written, or stands now."""

    path: Path
    signer: Signer | None = None
    """None leaves it unsigned."""

    @property
    def signature(self) -> Path:
        """The signature's file, as `ssh-keygen -Y verify` looks for it."""
        return self.path.with_name(f"{self.path.name}.sig")

    def check(self) -> None:
        """Find out before anything is sent whether the statement can be written and signed.

        Raises:
            UsageError: it cannot, or its file would take the place of another.
        """
        self._require_place()
        for each in (self.path, self.signature):
            if os.path.lexists(each):
                raise _in_the_way(each)
        if self.signer is not None:
            self.signer.check()

    def write(self, statement: bytes) -> None:
        """Write the statement and its signature; a statement that stands there already stays.

        Raises:
            UsageError: something else stands there, or the key cannot sign.
            TemporaryFailureError: the disk has no room.
        """
        self._require_place()
        with storage_errors(self.path):
            known = self.path.read_bytes() if self.path.is_file() else None
        if known is None and os.path.lexists(self.path):
            raise _in_the_way(self.path)
        if known is not None and known != statement:
            raise _in_the_way(self.path)
        if known is None and os.path.lexists(self.signature):
            raise _in_the_way(self.signature)
        signature = self.signer.signature_of(statement) if self.signer is not None else None
        _put(self.path, statement)
        if signature is not None:
            _put(self.signature, signature)

    def _require_place(self) -> None:
        """Stop where nothing can be written.

        Raises:
            UsageError: there is no such folder, or it is not writable.
        """
        folder = self.path.parent
        if not folder.is_dir():
            raise UsageError(
                f"--attest: there is no folder {folder}", hint="Make it, or name another place."
            )
        if not os.access(folder, os.W_OK):
            raise UsageError(
                f"--attest: nothing can be written into {folder}",
                hint="Make it writable for you, or name another place.",
            )


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with storage_errors(path), private_file(unfinished).open("wb") as file:
        file.truncate()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        unfinished.replace(path)


def _in_the_way(path: Path) -> UsageError:
    return UsageError(
        f"{path} exists, and is not the statement about this promotion",
        hint="Name another file with --attest, or move that one away.",
    )
