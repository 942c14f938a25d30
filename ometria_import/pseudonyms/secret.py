"""The secret that every fake is made with: from the environment, or made once in the home."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.config import PSEUDONYM_VARIABLE
from ometria_import.config.home import PRIVATE_FILE, Home, private_file, storage_errors
from ometria_import.errors import UsageError

_BYTES = 32
_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * _BYTES}}}", re.ASCII)
_SECRET_FILE = "secret"  # noqa: S105 -- the name of a file
_MARK_FILE = "mark"
_MARK_CHARS = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """32 bytes that nobody but the owner of the home knows."""

    key: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        """Tells this secret from others, and gives nothing of it away."""
        return hmac.digest(self.key, b"mark of this secret", "sha256").hex()[:_MARK_CHARS]


def secret_for(home: Home, said: str | None) -> Secret:
    """The secret of a home; made where pseudonyms are used for the first time.

    Args:
        home: The home.
        said: What the environment variable holds; None where it is not set.

    Raises:
        UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
    """
    secret = known_secret(home, said) or _made(home.pseudonyms)
    mark = home.pseudonyms / _MARK_FILE
    if not mark.exists():
        with storage_errors(mark):
            private_file(mark).write_text(f"{secret.mark}\n", "ascii")
    return secret


def known_secret(home: Home, said: str | None) -> Secret | None:
    """The secret of a home, or None where there has never been one.

    Args:
        home: The home.
        said: As in `secret_for`.

    Raises:
        UsageError: it cannot be used, or it is lost, or it is not the one that was used before.
    """
    folder = home.root / "pseudonyms"
    path = folder / _SECRET_FILE
    secret = _from_file(path) if said is None else _parsed(said.strip(), PSEUDONYM_VARIABLE)
    mark = folder / _MARK_FILE
    with storage_errors(mark):
        used = mark.read_text("utf-8", "replace").strip() if mark.exists() else ""
    if not used or (secret is not None and secret.mark == used):
        return secret
    if secret is None:
        message = (
            f"the secret that pseudonyms were made with is lost: {path} is gone, and "
            f"{PSEUDONYM_VARIABLE} is not set"
        )
    else:
        message = (
            f"{path if said is None else PSEUDONYM_VARIABLE} holds another secret than the one "
            "that pseudonyms were made with"
        )
    raise UsageError(
        message,
        hint="Another secret makes another fake of each person, so staging would hold everybody "
        "twice. Restore the secret from your backup. If it cannot be found, have staging emptied, "
        f"remove the folder {folder}, and push again: that makes a new secret.",
    )


def _from_file(path: Path) -> Secret | None:
    if not os.path.lexists(path):
        return None
    with storage_errors(path):
        if stat.S_IMODE(path.stat().st_mode) & ~PRIVATE_FILE:
            raise UsageError(
                f"others can read or change {path}, which holds the secret of the pseudonyms",
                hint=f"Whoever has it can find real people behind the fakes. If nobody has read "
                f"it: chmod 600 {path}",
            )
        text = path.read_text("utf-8", "replace").strip()
    return _parsed(text, str(path))


def _parsed(text: str, where: str) -> Secret:
    if not _HEX.fullmatch(text):
        raise UsageError(
            f"{where} holds no secret for pseudonyms: it must be {2 * _BYTES} hexadecimal digits",
            hint="Restore it from your backup. A new one, where no pseudonyms were ever made, "
            "comes from `openssl rand -hex 32`, or from the tool itself where there is none.",
        )
    return Secret(bytes.fromhex(text))


def _made(folder: Path) -> Secret:
    """Make the secret; where another process does so at the same moment, both have the same."""
    path = folder / _SECRET_FILE
    with storage_errors(path):
        unfinished = private_file(folder / f"{_SECRET_FILE}.{secrets.token_hex(4)}")
        try:
            with unfinished.open("w", encoding="ascii") as file:
                file.write(f"{secrets.token_hex(_BYTES)}\n")
                file.flush()
                os.fsync(file.fileno())
            if not path.exists():
                # Unlike a renaming, this never takes the place of what another process has made.
                path.hardlink_to(unfinished)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    made = _from_file(path)
    if made is None:
        raise UsageError(f"{path} was removed while it was made", hint="Run the command again.")
    return made
