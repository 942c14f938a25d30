"""The file `ometria-import.toml`. Keys come from the environment alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from ometria_import.config.account_tables import AccountTable, read_accounts
from ometria_import.config.accounts import AccountSettings
from ometria_import.config.hooks import Hooks
from ometria_import.config.keys import command_variable
from ometria_import.config.source import SourceSettings
from ometria_import.config.source_tables import SourceTable, read_source, without_blanks
from ometria_import.errors import UsageError
from ometria_import.options.choices import AccountName
from ometria_import.toml import ContradictionError, Table, TomlError, load_table, read_struct

_MISPLACED_SECRETS = ("key", "api_key", "apikey", "token", "secret", "password")


class _HooksTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[hooks]`."""

    on_success: str = ""
    on_failure: str = ""

    def __post_init__(self) -> None:
        """Refuse a command whose quotes do not close.

        Raises:
            ContradictionError: there is one.
        """
        for key in ("on_success", "on_failure"):
            try:
                shlex.split(getattr(self, key))
            except ValueError:
                message = f"'{key}' is no command: its quotes are odd"
                raise ContradictionError(message, key) from None


class _SettingsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    accounts: dict[str, AccountTable] = msgspec.field(default_factory=dict)
    sources: tuple[SourceTable, ...] = ()  # type: ignore[valid-type]
    hooks: _HooksTable = _HooksTable()


SETTINGS_FILE_TYPE = _SettingsTable
"""What the file may hold; its JSON Schema is made from this."""


def read_settings(
    file: Path,
) -> tuple[
    dict[AccountName, AccountSettings], tuple[SourceSettings, ...], Hooks, frozenset[AccountName]
]:
    """The accounts, sources and hooks of a settings file, and which accounts it has a table for.

    Raises:
        UsageError: the file is missing, is no TOML, or says something that is not understood.
    """
    try:
        table = without_blanks(load_table(file, "the settings file", private="accounts"))
        _refuse_secrets(table)
        read = read_struct(table, _SettingsTable)
        accounts = read_accounts(read.accounts, table.at("accounts"), file)
        sources = tuple(
            read_source(each, of_source, file)
            for each, of_source in zip(read.sources, table.each("sources"), strict=True)
        )
    except TomlError as error:
        hint = error.hint or (
            "Correct it as docs/reference/settings.md shows, or name another file with --config."
        )
        raise UsageError(str(error), hint=hint) from None
    hooks = Hooks(read.hooks.on_success.strip(), read.hooks.on_failure.strip())
    return accounts, sources, hooks, frozenset(name for name in accounts if name in read.accounts)


def _refuse_secrets(table: Table) -> None:
    """Refuse a key that somebody put into the file; it is not repeated."""
    for key, value in table.values.items():
        if key.lower() == "key_command":
            raise table.error(
                f"unknown key '{key}'{table.where}",
                key,
                hint="A settings file may come from somebody else, so it runs no programs. Put the "
                f"command into the environment, such as {command_variable('OMETRIA_LIVE_KEY')}.",
            )
        if key.lower() in _MISPLACED_SECRETS:
            raise table.error(
                f"unknown key '{key}'{table.where}",
                key,
                hint="Keys stand in the environment, never in the file: name the variable in"
                " key_env.",
            )
        if isinstance(value, dict):
            _refuse_secrets(table.at(key))
