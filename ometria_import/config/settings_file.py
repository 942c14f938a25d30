"""The file `ometria-import.toml` as TOML: what is read of it is asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ometria_import.did_you_mean import did_you_mean
from ometria_import.errors import UsageError
from ometria_import.problems import shorten
from ometria_import.toml import TomlError, parse_toml, read_toml_text

_MISPLACED_SECRETS = ("key", "api_key", "apikey", "token", "secret", "password")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        UsageError: it cannot be read, or is no TOML.
    """
    try:
        return parse_toml(read_toml_text(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path is like this"
        raise UsageError(
            f"{path}: the settings file cannot be read: {reason}",
            hint="Give the right path with --config, or leave it out.",
        ) from None
    except TomlError as error:
        where = f" (line {error.line})" if error.line else ""
        raise UsageError(
            f"{path}: {error.reason}{where}", hint="Mend it; see the README for an example."
        ) from None


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
        else:
            hint = f"Known here: {', '.join(known)}."
        near = did_you_mean(name, known)
        raise UsageError(f"{where}: unknown {what} {shorten(name)!r}{near}", hint=hint)
