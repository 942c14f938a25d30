"""The file `ometria-import.toml`: accounts and sources. Keys come from the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec

from ometria_import.choices import AccountName
from ometria_import.config.accounts import (
    DEFAULT_BASE_URL,
    DEFAULT_RATE_PER_S,
    DEFAULT_WAIT_FOR_ERRORS_S,
    Account,
    AccountSettings,
    Secret,
    check_key,
)
from ometria_import.config.trust import Trust, checked_base_url
from ometria_import.errors import UsageError
from ometria_import.problems import shorten
from ometria_import.toml import (
    ContradictionError,
    Table,
    TomlError,
    load_table,
    read_struct,
)

DEFAULT_SETTINGS_FILE = Path("ometria-import.toml")
MIN_RATE_PER_S = 0.01
MAX_RATE_PER_S = 100.0
MAX_WAIT_FOR_ERRORS_S = 3600.0
_MISPLACED_SECRETS = ("key", "api_key", "apikey", "token", "secret", "password")


class _AccountTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[accounts.staging]`."""

    base_url: str = DEFAULT_BASE_URL
    rate: Annotated[
        float,
        msgspec.Meta(
            ge=MIN_RATE_PER_S,
            le=MAX_RATE_PER_S,
            description="It counts requests per second; Ometria allows 8 unless it told you"
            " otherwise.",
        ),
    ] = DEFAULT_RATE_PER_S
    key_env: str | None = None
    ca_file: str = ""
    wait_for_errors: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            le=MAX_WAIT_FOR_ERRORS_S,
            description="It counts seconds without a new error after the last batch; 10 unless you"
            " say otherwise.",
        ),
    ] = DEFAULT_WAIT_FOR_ERRORS_S
    read_errors: Annotated[
        bool,
        msgspec.Meta(
            description="Say false only where the key may push but not read the account's errors."
        ),
    ] = True


class _AccountTables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[accounts]`."""

    staging: _AccountTable = _AccountTable()
    live: _AccountTable = _AccountTable()


class _SourceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[sources]]`."""

    path: str
    object_type: str = ""
    mapping: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    escape: str = ""
    timezone: str = ""
    country: str = ""
    date_order: str = ""
    decimal_sign: str = ""
    returns: str = ""
    without_email: str = ""
    null: tuple[str, ...] = ()
    keep_word: tuple[str, ...] = ()
    settings: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse texts that say nothing, or that no path or word can be.

        Raises:
            ContradictionError: there is one.
        """
        if not self.path.strip():
            raise ContradictionError("'path' is empty", "path", hint='Say path = "orders.csv".')
        for key in ("null", "keep_word"):
            if not all(word.strip() for word in getattr(self, key)):
                raise ContradictionError(f"'{key}' holds a blank word", key)
        for key, value in msgspec.structs.asdict(self).items():
            texts = (
                [value] if isinstance(value, str) else [*value, *getattr(value, "values", list)()]
            )
            if any("\0" in text for text in texts):
                raise ContradictionError(f"'{key}' holds a NUL, and no path or word has one", key)


class _SettingsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    accounts: _AccountTables = _AccountTables()
    sources: tuple[_SourceTable, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source as the file tells of it; empty is what the file does not say."""

    where: str
    """The file and the number of the source, for messages."""
    path: Path
    """A file, a folder or a pattern, within the folder of the settings file."""
    object_type: str = ""
    mapping: str = ""
    """A preset's name, or the path of a mapping file."""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    escape: str = ""
    timezone: str = ""
    country: str = ""
    date_order: str = ""
    decimal_sign: str = ""
    returns: str = ""
    without_email: str = ""
    null: tuple[str, ...] = ()
    """Words that stand for no value."""
    keep_word: tuple[str, ...] = ()
    """Words that are values although they stand for none elsewhere."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the mapping asks for."""


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
        check_key(key, settings.key_env)
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
        accounts = {
            name: AccountSettings(name, key_env=_usual_variable(name)) for name in AccountName
        }
        return Settings(MappingProxyType(accounts), None, dict(environ))
    file = path or DEFAULT_SETTINGS_FILE
    try:
        table = load_table(file, "the settings file", hides_values=True)
        _refuse_secrets(table)
        read = read_struct(table, _SettingsTable)
        accounts = {
            name: _account(name, getattr(read.accounts, name), table.at("accounts").at(name), file)
            for name in AccountName
        }
        sources = tuple(
            _source(each, of_source, file)
            for each, of_source in zip(read.sources, table.each("sources"), strict=True)
        )
    except TomlError as error:
        hint = error.hint or "Mend it, as the README shows it, or give another with --config."
        raise UsageError(str(error), hint=hint) from None
    return Settings(MappingProxyType(accounts), file, dict(environ), sources)


def _refuse_secrets(table: Table) -> None:
    """Refuse a key that somebody put into the file; it is not repeated."""
    for key, value in table.values.items():
        if key.lower() in _MISPLACED_SECRETS:
            raise table.error(
                f"'{key}' is not known{table.where}",
                key,
                hint="Keys stand in the environment, never in the file: name the variable in"
                " key_env.",
            )
        if isinstance(value, dict):
            _refuse_secrets(table.at(key))


def _account(name: AccountName, said: _AccountTable, table: Table, file: Path) -> AccountSettings:
    key_env = _usual_variable(name) if said.key_env is None else said.key_env
    if not (key_env.isascii() and key_env.isidentifier()):
        # The value is not repeated: people put the key itself here by mistake.
        raise table.error(
            f"'key_env'{table.where} is not the name of an environment variable",
            "key_env",
            hint='Name the variable that holds the key, such as key_env = "OMETRIA_STAGING_KEY".',
        )
    for other in AccountName:
        # What goes `--to staging` would go to live, unconfirmed, or the other way round.
        if other is not name and key_env == _usual_variable(other):
            raise table.error(
                f"'key_env'{table.where} is {key_env}, which holds the key of {other}",
                "key_env",
                hint="The key alone decides which account receives the data. Name a variable of "
                f"its own, such as {_usual_variable(name)}.",
            )
    try:
        base_url = checked_base_url(said.base_url)
    except UsageError as error:
        raise table.error(f"{error.message}{table.where}", "base_url", hint=error.hint) from None
    ca_file = file.parent / said.ca_file if said.ca_file else None
    if ca_file is not None and not ca_file.is_file():
        raise table.error(
            f"'ca_file'{table.where} is {shorten(said.ca_file)!r}, which is no file",
            "ca_file",
            hint="Its path starts at the folder of the settings file.",
        )
    return AccountSettings(
        name, base_url, said.rate, key_env, ca_file, said.wait_for_errors, said.read_errors
    )


def _source(said: _SourceTable, table: Table, file: Path) -> SourceSettings:
    values = msgspec.structs.asdict(said)
    texts = {key: value.strip() for key, value in values.items() if isinstance(value, str)}
    path, mapping = texts.pop("path"), texts["mapping"]
    if mapping.endswith(".toml"):
        texts["mapping"] = str(file.parent / mapping)
    where = f"{file}:{table.line()}, [[sources]] number {int(table.keys[-1]) + 1}"
    settings = {name: value.strip() for name, value in said.settings.items()}
    return SourceSettings(
        where,
        file.parent / path,
        **texts,
        null=said.null,
        keep_word=said.keep_word,
        settings=settings,
    )


def _usual_variable(name: AccountName) -> str:
    return f"OMETRIA_{name.upper()}_KEY"
