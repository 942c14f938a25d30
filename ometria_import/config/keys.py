"""Where an account's key comes from: a variable, a command, or the system's keyring."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ometria_import.config.accounts import AccountSettings
from ometria_import.config.trust import host_of
from ometria_import.errors import UsageError

if TYPE_CHECKING:
    from types import ModuleType

KEYRING_PLACE = "the keyring"
_COMMAND_SUFFIX = "_COMMAND"
_COMMAND_WITHIN_S = 120
"""Long enough for somebody to unlock a vault."""
_KEY_VARIABLE = re.compile(r"OMETRIA_[A-Z0-9_]*KEY", re.ASCII)
_SERVICE = "ometria-import"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key, and where it was."""

    text: str = field(repr=False)
    place: str
    """As messages say it, such as `OMETRIA_STAGING_KEY`."""


def command_variable(key_env: str) -> str:
    """The variable that holds a command which prints the key.

    It is never in the settings file: a file that was copied from elsewhere would run programs.
    """
    return f"{key_env}{_COMMAND_SUFFIX}"


def without_keys(environ: Mapping[str, str], variables: Iterable[str]) -> dict[str, str]:
    """The environment for another program, which must not inherit a key.

    Args:
        environ: The whole environment.
        variables: Variables that hold keys although their names do not tell.
    """
    named = frozenset(variables)
    return {
        name: value
        for name, value in environ.items()
        if name not in named and not _KEY_VARIABLE.fullmatch(name)
    }


def find_key(account: AccountSettings, environ: Mapping[str, str]) -> FoundKey | None:
    """Find an account's key: in its variable, else by its command, else in the keyring.

    Raises:
        UsageError: the command or the keyring fails.
    """
    if key := environ.get(account.key_env, ""):
        return FoundKey(key, account.key_env)
    variable = command_variable(account.key_env)
    if command := environ.get(variable, "").strip():
        own = without_keys(environ, {account.key_env})
        return FoundKey(_printed_by(command, variable, own), variable)
    kept = _kept(account)
    return FoundKey(kept, KEYRING_PLACE) if kept else None


def has_key(account: AccountSettings, environ: Mapping[str, str]) -> bool:
    """Whether there is a key, good or bad; its command is not run."""
    variables = (account.key_env, command_variable(account.key_env))
    if any(environ.get(each, "").strip() for each in variables):
        return True
    try:
        return bool(_kept(account))
    except UsageError:
        return False


def keep_key(account: AccountSettings, key: str) -> None:
    """Keep a key in the keyring of this system's user.

    Raises:
        UsageError: there is none, or it fails.
    """
    keyring = _keyring(account)
    if keyring is None:
        raise UsageError(
            "the package keyring is not installed, which knows how this system keeps secrets",
            hint="Install it with: pip install 'ometria-import[keyring]'. Without it, set "
            f"{account.key_env}, or let {command_variable(account.key_env)} print the key.",
        )
    try:
        keyring.set_password(_SERVICE, _entry(account), key)
    except keyring.errors.KeyringError as error:
        raise _failed(account, error) from None


def forget_key(account: AccountSettings) -> bool:
    """Remove a key from the keyring; returns whether there was one.

    Raises:
        UsageError: the keyring fails.
    """
    keyring = _keyring(account)
    if keyring is None or not _kept(account):
        return False
    try:
        keyring.delete_password(_SERVICE, _entry(account))
    except keyring.errors.KeyringError as error:
        raise _failed(account, error) from None
    return True


def _kept(account: AccountSettings) -> str:
    """The key that the keyring has; empty where there is no key or no keyring."""
    keyring = _keyring(account)
    if keyring is None:
        return ""
    try:
        return keyring.get_password(_SERVICE, _entry(account)) or ""
    except keyring.errors.NoKeyringError:
        return ""
    except keyring.errors.KeyringError as error:
        raise _failed(account, error) from None


def _keyring(account: AccountSettings) -> ModuleType | None:
    """The package, which is an extra, ready to be asked."""
    if find_spec("keyring") is None:
        return None
    with _without_keys(account):
        import keyring
        import keyring.errors

        keyring.get_keyring()
    return keyring


@contextmanager
def _without_keys(account: AccountSettings) -> Iterator[None]:
    """Hide keys from what the package runs to learn which system this is, such as a compiler."""
    shown = without_keys(os.environ, {account.key_env})
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name not in shown}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _entry(account: AccountSettings) -> str:
    """The keyring's name for a key: with the host, because a key never goes to another host."""
    return f"{account.name}@{host_of(account.base_url)}"


def _failed(account: AccountSettings, error: Exception) -> UsageError:
    # Not what the backend says: nobody knows what it puts into its messages.
    return UsageError(
        f"the keyring cannot be used for the key of {account.name} ({type(error).__name__})",
        hint=f"Unlock it, or set {account.key_env} instead.",
    )


def _printed_by(command: str, variable: str, environ: Mapping[str, str]) -> str:
    """The first line that a command prints; it may ask on the terminal.

    Raises:
        UsageError: it cannot be run, fails, takes too long, or prints nothing.
    """
    hint = f"Run the command in {variable} by hand: it must print the key alone, and exit with 0."
    try:
        words = shlex.split(command)
        ended = subprocess.run(  # noqa: S603 -- the user's own environment names it
            words,
            stdout=subprocess.PIPE,
            timeout=_COMMAND_WITHIN_S,
            check=False,
            env=dict(environ),
        )
    except ValueError:
        raise UsageError(f"{variable} is not a command: its quotes are odd", hint=hint) from None
    except OSError as error:
        raise UsageError(
            f"the command in {variable} cannot be run: {error.strerror}", hint=hint
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"the command in {variable} printed no key within {_COMMAND_WITHIN_S} s", hint=hint
        ) from None
    if ended.returncode:
        raise UsageError(
            f"the command in {variable} ended with exit code {ended.returncode}", hint=hint
        )
    lines = ended.stdout.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].strip():
        raise UsageError(f"the command in {variable} printed no key", hint=hint)
    if len(lines) > 1:
        raise UsageError(f"the command in {variable} printed several lines", hint=hint)
    return lines[0]
