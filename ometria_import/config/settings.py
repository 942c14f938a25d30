"""Accounts and sources as the settings file and the environment have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from ometria_import.config.accounts import (
    Account,
    AccountSettings,
    Secret,
    check_key,
    usual_variable,
)
from ometria_import.config.hooks import Hooks
from ometria_import.config.keys import FoundKey, find_key, has_key
from ometria_import.config.source import SourceSettings
from ometria_import.config.trust import Trust
from ometria_import.errors import UsageError
from ometria_import.on_disk import may_be_there
from ometria_import.options.choices import AccountKind, AccountName
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.problems import shorten

DEFAULT_SETTINGS_FILE = Path("ometria-import.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file and the environment, read and checked."""

    accounts: Mapping[AccountName, AccountSettings]
    path: Path | None = None
    """The settings file, None where there is none."""
    _environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    sources: tuple[SourceSettings, ...] = ()
    """What is read where the command line names no file."""
    hooks: Hooks = field(default_factory=Hooks)
    """What the file wants to run when a command that sends has ended."""
    written: frozenset[AccountName] = frozenset()
    """The accounts that the file has a table for; staging and live are there without one."""

    def named(self, text: str) -> AccountName:
        """Find the account that somebody names, in small letters or capital ones.

        Raises:
            UsageError: there is none.
        """
        wanted = text.strip().lower()
        for name in self.accounts:
            if name == wanted:
                return name
        place = f"{self.path} has none" if self.path else "there is no settings file"
        raise UsageError(
            f"no account is called {shorten(text)!r}{did_you_mean(wanted, self.accounts)}",
            hint=f"The accounts are {', '.join(self.accounts)}. For another one, write "
            f'[accounts.NAME] with kind = "staging" or kind = "live" into the settings file '
            f"({place} of that name).",
        )

    def of(self, name: AccountName) -> AccountSettings:
        """What the settings say of an account that a run went to.

        Raises:
            UsageError: they say nothing of it any more, or that it is of the other kind.
        """
        known = next((each for each in self.accounts if each == name), None)
        if known is not None and known.kind is name.kind:
            return self.accounts[known]
        place = self.path or f"{DEFAULT_SETTINGS_FILE}, which is missing,"
        says = "has no such account" if known is None else f"says that it is {known.kind}"
        raise UsageError(
            f"the account {name} was {name.kind}, and {place} {says}",
            hint=f'Write [accounts.{name}] with kind = "{name.kind}" as it was when the run began, '
            "or name the settings file with --config.",
        )

    def has_key(self, name: AccountName) -> bool:
        """Whether there is a key for an account, good or bad."""
        return has_key(self.accounts[name], self._environ)

    def variable(self, name: str) -> str | None:
        """What an environment variable holds; None where it is not set."""
        return self._environ.get(name)

    def account(
        self, name: AccountName, trust: Trust | None = None, key: FoundKey | None = None
    ) -> Account:
        """Join an account's settings and its key.

        Args:
            name: Which account.
            trust: What the user trusts besides the settings file; None trusts nothing more.
            key: The key, where the user has just given it.

        Raises:
            UsageError: the key is missing, malformed, or also the other account's, or the settings
                take it from a variable that is not called like a key of ours.
            UntrustedAddressError: the key would go to a host that only the settings name.
        """
        vouched = trust or Trust()
        known = self.of(name)
        settings = replace(known, key_env=vouched.key_env_of(known))
        vouched.require_address(settings)
        found = key or find_key(settings, self._environ)
        if found is None:
            raise UsageError(
                f"no key for the account {name}: the environment variable {settings.key_env} "
                "is not set",
                hint=f"Set it without leaving it in the shell's history: "
                f"read -rs {settings.key_env} && export {settings.key_env}. To keep it in this "
                f"system's keyring: ometria-import login --to {name}",
            )
        self.require_own_key(settings, found)
        return Account(
            settings.name,
            settings.base_url,
            settings.rate_per_s,
            settings.key_env,
            settings.ca_file,
            settings.wait_for_errors_s,
            settings.reads_errors,
            settings.reads_per_s,
            settings.sends_changed_only,
            settings.consent,
            settings.pseudonymises,
            settings.phones,
            settings.keep,
            settings.account_hash,
            settings.between,
            key=Secret(found.text),
            key_place=found.place,
        )

    def require_own_key(self, account: AccountSettings, found: FoundKey) -> None:
        """Refuse a text that cannot be a key, and a key that is another account's.

        Raises:
            UsageError: it is one of these.
        """
        check_key(found.text, found.place)
        for other in self.accounts.values():
            is_same = self._environ.get(other.key_env, "").strip() == found.text
            if other.name != account.name and is_same:
                raise UsageError(
                    f"the accounts {account.name} and {other.name} have the same key "
                    f"({found.place}, {other.key_env})",
                    hint="The key alone decides which account receives the data. Give each "
                    "account its own key.",
                )


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings file; without `path`, the one in the working folder if there is one.

    Raises:
        UsageError: the file is missing, is no TOML, or says something that is not understood.
    """
    if path is None and not may_be_there(DEFAULT_SETTINGS_FILE):
        names = map(AccountName, AccountKind)
        accounts = {name: AccountSettings(name, key_env=usual_variable(name)) for name in names}
        return Settings(MappingProxyType(accounts), None, dict(environ))
    # Here and not above: most commands find no file, and need not know how one is read.
    from ometria_import.config.settings_file import read_settings

    file = path or DEFAULT_SETTINGS_FILE
    accounts, sources, hooks, written = read_settings(file)
    return Settings(MappingProxyType(accounts), file, dict(environ), sources, hooks, written)
