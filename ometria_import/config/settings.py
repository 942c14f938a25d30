"""Accounts with their keys and limits, and sources, from `ometria-import.toml`.

Keys come from the environment alone. A key that was read lives in a `Secret`, which shows
itself to nobody.
"""

from __future__ import annotations

import hmac
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import quote

from ometria_import.choices import AccountName
from ometria_import.config.addresses import DEFAULT_BASE_URL, checked_base_url
from ometria_import.config.settings_file import read_toml, refuse_unknown, table_of
from ometria_import.config.source_settings import SourceSettings, read_sources
from ometria_import.config.trust import Trust, refuse_swapped
from ometria_import.errors import UsageError
from ometria_import.problems import shorten

DEFAULT_SETTINGS_FILE = Path("ometria-import.toml")
DEFAULT_RATE_PER_S = 8.0
MIN_RATE_PER_S = 0.01
MAX_RATE_PER_S = 100.0
DEFAULT_WAIT_FOR_ERRORS_S = 10.0
MAX_WAIT_FOR_ERRORS_S = 3600.0

_SECTIONS = ("accounts", "sources")
_ACCOUNT_KEYS = ("base_url", "rate", "key_env", "ca_file", "wait_for_errors", "read_errors")


class Secret:
    """An account's key; everything that prints or copies it gets `***` or an error."""

    __slots__ = ("_forms", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        in_json = json.dumps(value)[1:-1]
        forms = {value, in_json, in_json.replace("/", "\\/"), html.escape(value), quote(value, "")}
        self._forms = sorted(forms - {""}, key=len, reverse=True)

    def reveal(self) -> str:
        """The key itself: only for the request's header."""
        return self._value

    def removed_from(self, text: str) -> str:
        """Hide the key in a text that came from outside, such as a server's answer.

        As it is, and as JSON, HTML and addresses write it.
        """
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        message = "a key is never pickled or copied"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What is known of an account without its key: enough for a dry run."""

    name: AccountName
    base_url: str = DEFAULT_BASE_URL
    """Without a slash at its end."""
    rate_per_s: float = DEFAULT_RATE_PER_S
    """Requests per second that the account allows."""
    key_env: str = ""
    """The environment variable that holds the key."""
    ca_file: Path | None = None
    """Authorities to trust instead of the public ones, in PEM form."""
    wait_for_errors_s: float = DEFAULT_WAIT_FOR_ERRORS_S
    """How long after the last batch nothing new must have come up in the account's error list
    before a run is over; 0 reads the list once more and ends."""
    reads_errors: bool = True
    """Whether the account's error list is read at all: a key may be allowed to push only."""


@dataclass(frozen=True, slots=True)
class Account(AccountSettings):
    """An account with its key: what delivering needs."""

    key: Secret = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file and the environment, read and checked."""

    accounts: Mapping[AccountName, AccountSettings]
    path: Path | None = None
    """The settings file, None where there is none."""
    _environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    sources: tuple[SourceSettings, ...] = ()
    """What is read where the command line names no file."""

    def has_key(self, name: AccountName) -> bool:
        """Whether the environment holds a key for an account, good or bad."""
        return bool(self._environ.get(self.accounts[name].key_env))

    def account(self, name: AccountName, trust: Trust | None = None) -> Account:
        """Join an account's settings and its key.

        Args:
            name: Which account.
            trust: What the user vouches for beside the settings file; None is nothing.

        Raises:
            UsageError: the key is missing, malformed, or also the other account's, or the settings
                take it from a variable that is not called like a key of ours.
            UntrustedAddressError: the key would go to a host that only the settings name.
        """
        vouched = trust or Trust()
        settings = replace(self.accounts[name], key_env=vouched.key_env_of(self.accounts[name]))
        key = self._environ.get(settings.key_env, "")
        if not key:
            raise UsageError(
                f"no key for the account {name}: the environment variable {settings.key_env} "
                "is not set",
                hint=f"Set it without leaving it in the shell's history: "
                f"read -rs {settings.key_env} && export {settings.key_env}",
            )
        _check_key(key, settings.key_env)
        vouched.require_address(settings)
        for other in self.accounts.values():
            if other.name is not name and self._environ.get(other.key_env, "").strip() == key:
                raise UsageError(
                    f"the accounts {name} and {other.name} have the same key "
                    f"({settings.key_env}, {other.key_env})",
                    hint="The key alone decides which account receives the data. Give each "
                    "account its own key.",
                )
        return Account(
            name,
            settings.base_url,
            settings.rate_per_s,
            settings.key_env,
            settings.ca_file,
            settings.wait_for_errors_s,
            settings.reads_errors,
            key=Secret(key),
        )


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings file; without `path`, the one in the working folder if there is one.

    Raises:
        UsageError: the file is missing, is no TOML, or says something that is not understood.
    """
    if path is None and not DEFAULT_SETTINGS_FILE.exists():
        document: dict[str, Any] = {}
        source = None
    else:
        source = path or DEFAULT_SETTINGS_FILE
        document = read_toml(source)
    refuse_unknown(document, _SECTIONS, f"{source}", "section")
    sections = table_of(document.get("accounts", {}), f"{source}", "accounts")
    refuse_unknown(sections, tuple(AccountName), f"{source}: [accounts]", "account")
    accounts = {
        name: _account_settings(
            name, table_of(sections.get(name, {}), f"{source}", f"accounts.{name}"), source
        )
        for name in AccountName
    }
    sources = read_sources(document.get("sources", []), source) if source else ()
    return Settings(MappingProxyType(accounts), source, dict(environ), sources)


def _account_settings(
    name: AccountName, table: dict[str, Any], source: Path | None
) -> AccountSettings:
    where = f"{source}: [accounts.{name}]"
    refuse_unknown(table, _ACCOUNT_KEYS, where, "setting")
    key_env = table.get("key_env", f"OMETRIA_{name.upper()}_KEY")
    if not (isinstance(key_env, str) and key_env.isascii() and key_env.isidentifier()):
        # The value is not repeated: people put the key itself here by mistake.
        raise UsageError(
            f"{where}: key_env is not the name of an environment variable",
            hint='Name the variable that holds the key, such as key_env = "OMETRIA_STAGING_KEY".',
        )
    refuse_swapped(name, key_env, where)
    return AccountSettings(
        name,
        _base_url(table.get("base_url", DEFAULT_BASE_URL), where),
        _rate(table.get("rate", DEFAULT_RATE_PER_S), where),
        key_env,
        _ca_file(table.get("ca_file", ""), source, where),
        _wait_for_errors(table.get("wait_for_errors", DEFAULT_WAIT_FOR_ERRORS_S), where),
        _read_errors(table.get("read_errors", True), where),
    )


def _wait_for_errors(value: object, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and isinstance(value, int | float) and 0 <= value <= MAX_WAIT_FOR_ERRORS_S):
        raise UsageError(
            f"{where}: wait_for_errors is not a number from 0 to {MAX_WAIT_FOR_ERRORS_S:g}",
            hint="It counts seconds without a new error after the last batch; 10 unless you say "
            "otherwise.",
        )
    return float(value)


def _read_errors(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(
            f"{where}: read_errors is neither true nor false",
            hint="Say false only where the key may push but not read the account's errors.",
        )
    return value


def _rate(value: object, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    rate = value if is_number and isinstance(value, int | float) else 0.0
    if not MIN_RATE_PER_S <= rate <= MAX_RATE_PER_S:
        raise UsageError(
            f"{where}: rate is not a number from {MIN_RATE_PER_S:g} to {MAX_RATE_PER_S:g}",
            hint="It counts requests per second; Ometria allows 8 unless it told you otherwise.",
        )
    return float(rate)


def _ca_file(value: object, source: Path | None, where: str) -> Path | None:
    if not isinstance(value, str):
        raise UsageError(f"{where}: ca_file is not a path", hint="Put it in quotes.")
    if not value or source is None:
        return None
    path = source.parent / value
    if not path.is_file():
        raise UsageError(
            f"{where}: ca_file {shorten(value)!r} is no file",
            hint="Its path starts at the folder of the settings file.",
        )
    return path


def _base_url(value: object, where: str) -> str:
    try:
        return checked_base_url(value if isinstance(value, str) else "")
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from None


def _check_key(key: str, variable: str) -> None:
    # A key outside of this would break the header, or appear in the encoder's own error.
    if all("!" <= char <= "~" for char in key):
        return
    raise UsageError(
        f"the key in {variable} holds a line break, a blank or a character that no key has",
        hint="Copy the key again, without what stands around it.",
    )
