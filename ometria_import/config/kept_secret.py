"""Secrets that a home keeps: from the environment, or made once in the home."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.config.storage import PRIVATE_FILE, private_file, storage_errors
from ometria_import.errors import UsageError
from ometria_import.on_disk import is_there

_BYTES = 32
_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * _BYTES}}}", re.ASCII)
_SECRET_FILE = "secret"  # noqa: S105 -- the name of a file
_MARK_FILE = "mark"
_MARK_CHARS = 12


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """32 bytes that nobody but the owner of the home knows."""

    key: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """A text that tells this secret from others, and does not reveal it."""
        return hmac.digest(self.key, b"mark of this secret", "sha256").hex()[:_MARK_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """Where a secret is kept, and how messages speak of it."""

    folder: Path
    """It need not exist before there is a secret to keep."""
    what: str
    """What depends on the secret, such as "pseudonyms"."""
    made_with: str
    """What was done with it, such as "pseudonyms were made with"."""
    danger: str
    """What somebody else could do with it."""
    loss: str
    """What follows from a loss, and what to do about it."""
    variable: str = ""
    """The environment variable that may hold it instead; empty where none may."""

    def secret(self, said: str | None = None) -> KeptSecret:
        """The secret; made where it is needed for the first time. The folder must exist.

        Args:
            said: What the environment variable holds; None where it is not set.

        Raises:
            UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
        """
        secret = self.known(said) or self._made()
        mark = self.folder / _MARK_FILE
        with storage_errors(mark):
            if not is_there(mark):
                private_file(mark).write_text(f"{secret.mark}\n", "ascii")
        return secret

    def known(self, said: str | None = None) -> KeptSecret | None:
        """The secret, or None where there has never been one.

        Args:
            said: As in `secret`.

        Raises:
            UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
        """
        path = self.folder / _SECRET_FILE
        secret = self._from_file() if said is None else self._parsed(said.strip(), self.variable)
        mark = self.folder / _MARK_FILE
        with storage_errors(mark):
            used = mark.read_text("utf-8", "replace").strip() if is_there(mark) else ""
        if not used or (secret is not None and secret.mark == used):
            return secret
        if secret is None:
            no_variable = f", and {self.variable} is not set" if self.variable else ""
            message = f"the secret that {self.made_with} is lost: {path} is gone{no_variable}"
        else:
            message = (
                f"{path if said is None else self.variable} holds another secret than the one "
                f"that {self.made_with}"
            )
        raise UsageError(message, hint=self.loss)

    def _from_file(self) -> KeptSecret | None:
        path = self.folder / _SECRET_FILE
        if not os.path.lexists(path):
            return None
        with storage_errors(path):
            if stat.S_IMODE(path.stat().st_mode) & ~PRIVATE_FILE:
                raise UsageError(
                    f"others can read or change {path}, which holds the secret of the {self.what}",
                    hint=f"Whoever has it can {self.danger}. If nobody has read it: "
                    f"chmod 600 {path}",
                )
            text = path.read_text("utf-8", "replace").strip()
        return self._parsed(text, str(path))

    def _parsed(self, text: str, where: str) -> KeptSecret:
        if not _HEX.fullmatch(text):
            raise UsageError(
                f"{where} holds no secret for {self.what}: it must be {2 * _BYTES} hexadecimal "
                "digits",
                hint=f"Restore it from your backup. If no {self.what} were ever made, make a new "
                "one with `openssl rand -hex 32`, or remove this one: the tool makes one if there "
                "is none.",
            )
        return KeptSecret(bytes.fromhex(text))

    def _made(self) -> KeptSecret:
        """Make the secret; where another process does so too, both have the same."""
        path = self.folder / _SECRET_FILE
        with storage_errors(path):
            unfinished = private_file(self.folder / f"{_SECRET_FILE}.{secrets.token_hex(4)}")
            try:
                with unfinished.open("w", encoding="ascii") as file:
                    file.write(f"{secrets.token_hex(_BYTES)}\n")
                    file.flush()
                    os.fsync(file.fileno())
                if not is_there(path):
                    # Unlike a renaming, this never takes the place of what another has made.
                    path.hardlink_to(unfinished)
            except FileExistsError:
                pass
            finally:
                unfinished.unlink()
        made = self._from_file()
        if made is None:
            raise UsageError(f"{path} was removed while it was made", hint="Run the command again.")
        return made
