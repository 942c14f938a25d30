"""Signing a statement with an SSH key, by OpenSSH's own `ssh-keygen`.

The key is named to `ssh-keygen` by its path and never read here. It is asked for no passphrase:
a delivery must not wait for somebody who has gone home.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ometria_import.errors import UsageError

NAMESPACE = "ometria-import"
"""A signature for one purpose is none for another."""
_PROGRAM = "ssh-keygen"
_WITHIN_S = 60
_PROBE = b"ometria-import: may this key sign?\n"
_BEGINNING = b"-----BEGIN SSH SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one key."""

    key: Path
    """A private key's file; or a public key's, whose private one an agent has."""

    def check(self) -> None:
        """Sign something that does not matter, before anything is sent.

        Raises:
            UsageError: the key cannot sign.
        """
        self.signature_of(_PROBE)

    def signature_of(self, content: bytes) -> bytes:
        """The signature of a text, armoured, as `ssh-keygen -Y verify` reads it.

        Raises:
            UsageError: the key cannot sign.
        """
        if not self.key.is_file():
            raise UsageError(
                f"--sign-with: there is no file {self.key}",
                hint="Name the file of an SSH key, such as ~/.ssh/id_ed25519.",
            )
        command = [_PROGRAM, "-Y", "sign", "-n", NAMESPACE, "-f", str(self.key)]
        try:
            done = subprocess.run(  # noqa: S603 -- no shell, and fixed words but for the path
                command,
                input=content,
                capture_output=True,
                timeout=_WITHIN_S,
                check=False,
                # With no terminal and no window to ask in, a passphrase is refused, not awaited.
                start_new_session=True,
                env=_environment(),
            )
        except FileNotFoundError:
            raise UsageError(
                f"--sign-with needs {_PROGRAM}, which is not on this machine",
                hint="Install OpenSSH's client (openssh-client), or leave --sign-with out.",
            ) from None
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"{_PROGRAM} has not signed with {self.key} within {_WITHIN_S} s",
                hint="See whether the key's agent or token waits for somebody.",
            ) from None
        if done.returncode or not done.stdout.startswith(_BEGINNING):
            raise self._refusal(done.stderr.decode(errors="replace"))
        return done.stdout

    def _refusal(self, said: str) -> UsageError:
        key = shlex.quote(str(self.key))
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        if "passphrase" in said:
            return UsageError(
                f"the key {self.key} has a passphrase, which is not asked for here",
                hint=f"Load it into ssh-agent with `ssh-add {key}`, then give the same "
                "command again.",
            )
        if "bad permissions" in said or "UNPROTECTED" in said:
            return UsageError(
                f"others may read the key {self.key}, so {_PROGRAM} does not use it",
                hint=f"Keep it for yourself: chmod 600 {key}",
            )
        if "load public key" in said or "invalid format" in said:
            return UsageError(
                f"--sign-with: {self.key} is no SSH key",
                hint="Name the file of an SSH key, such as ~/.ssh/id_ed25519.",
            )
        return UsageError(
            f"{_PROGRAM} cannot sign with {self.key}: {lines[-1] if lines else 'it says nothing'}",
            hint="Name the file of a private SSH key, or of a public one whose private key "
            "ssh-agent has.",
        )


def _environment() -> dict[str, str]:
    """What another program needs of the environment: not the keys of accounts that are in it."""
    wanted = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME") or name.startswith("SSH_")
    }
    return {**wanted, "SSH_ASKPASS_REQUIRE": "never"}
