"""The file `ometria-import.toml` as TOML: what is read of it is asked for by name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ometria_import.errors import UsageError
from ometria_import.problems import shorten

_MAX_SETTINGS_BYTES = 1_000_000
_MISPLACED_SECRETS = ("key", "api_key", "apikey", "token", "secret", "password")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        UsageError: it cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SETTINGS_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path}: the settings file cannot be read: {error.strerror}",
            hint="Give the right path with --config, or leave it out.",
        ) from None
    if len(content) > _MAX_SETTINGS_BYTES:
        raise UsageError(f"{path}: far too large for a settings file", hint="Is it another file?")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"not valid UTF-8 (at line {line})"
    except tomllib.TOMLDecodeError as error:
        reason = f"not valid TOML: {error}"
    except RecursionError:
        reason = "nested far too deep"
    raise UsageError(f"{path}: {reason}", hint="Mend the line; see the README for an example.")


def table_of(value: object, where: str, name: str) -> dict[str, Any]:
    """A section; anything else is refused.

    Raises:
        UsageError: it is a value.
    """
    if not isinstance(value, dict):
        raise UsageError(
            f"{where}: {name} is a section, not a value", hint=f"Write [{name}] on its own line."
        )
    return value


def refuse_unknown(found: Mapping[str, Any], known: tuple[str, ...], where: str, what: str) -> None:
    """Refuse a name that nobody would read, with the one that may be meant.

    Raises:
        UsageError: there is one.
    """
    for name in found:
        if name in known:
            continue
        if name.lower() in _MISPLACED_SECRETS:
            hint = "Keys stand in the environment, never in the file: name the variable in key_env."
        elif close := difflib.get_close_matches(name.lower(), known, n=1):
            hint = f"Did you mean {close[0]}?"
        else:
            hint = f"Known here: {', '.join(known)}."
        raise UsageError(f"{where}: unknown {what} {shorten(name)!r}", hint=hint)
