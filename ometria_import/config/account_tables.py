"""The tables `[accounts.NAME]` of the settings file: read, checked, and made into accounts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec

from ometria_import.config.accounts import (
    DEFAULT_BASE_URL,
    DEFAULT_RATE_PER_S,
    DEFAULT_READS_PER_S,
    DEFAULT_WAIT_FOR_ERRORS_S,
    MAX_RATE_PER_S,
    PSEUDONYM_VARIABLE,
    AccountSettings,
    usual_variable,
)
from ometria_import.config.trust import checked_base_url
from ometria_import.errors import UsageError
from ometria_import.options.choices import (
    AccountKind,
    AccountName,
    ConsentRule,
    SamplePhonesChoice,
)
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.options.sending_hours import SendingHours
from ometria_import.problems import shorten
from ometria_import.toml import ContradictionError, Table

MIN_RATE_PER_S = 0.01
MAX_WAIT_FOR_ERRORS_S = 3600.0
_ACCOUNT_HASH = re.compile(r"[0-9a-f]{16}", re.ASCII)
_NAME = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
_NO_NAMES = frozenset({"check", "either", "pseudonym"})
"""Words that stand in the place of an account in names of files, ids and variables."""


class AccountTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[accounts.staging]`."""

    kind: AccountKind | None = None
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
            description="Set to false only if the key may push but not read the account's errors."
        ),
    ] = True
    read_rate: Annotated[
        float,
        msgspec.Meta(
            ge=MIN_RATE_PER_S,
            le=MAX_RATE_PER_S,
            description="It counts the requests per second that read from the account; Ometria"
            " allows 4 unless it told you otherwise.",
        ),
    ] = DEFAULT_READS_PER_S
    changed: Annotated[
        bool,
        msgspec.Meta(
            description="Set to true to leave out what the account was given before, as push"
            " --changed does."
        ),
    ] = False
    consent: Annotated[
        ConsentRule | None,
        msgspec.Meta(
            description="Write keep, lower or file: what a push does about opt-ins, as push"
            " --consent says it."
        ),
    ] = None
    pseudonymise: Annotated[
        bool,
        msgspec.Meta(
            description="Set to true to send a fake for each person, as push --pseudonymise does."
        ),
    ] = False
    phones: SamplePhonesChoice | None = None
    keep: tuple[str, ...] = ()
    account_hash: str = ""
    between: Annotated[
        str,
        msgspec.Meta(
            description="The hours in which runs may send, such as 01:00-06:00, as push --between"
            " says them."
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Refuse words about how fakes are made where none are wanted.

        Raises:
            ContradictionError: there are such words, or a property has no name.
        """
        for key in ("phones", "keep"):
            if getattr(self, key) and not self.pseudonymise:
                message = f"'{key}' says how fakes are made, and 'pseudonymise' is not true"
                raise ContradictionError(message, key)
        if not all(name.strip() for name in self.keep):
            raise ContradictionError("'keep' holds a blank word", "keep")


def read_accounts(
    tables: dict[str, AccountTable], table: Table, file: Path
) -> dict[AccountName, AccountSettings]:
    """The accounts of a settings file; `staging` and `live` are there even if it says nothing.

    Args:
        tables: What the file says of each account, by its name.
        table: All of `[accounts]`, for the lines in messages.
        file: The settings file, in whose folder paths start.

    Raises:
        TomlError: one of them contradicts itself, another one, or the account's name.
    """
    said = {**{str(kind): AccountTable() for kind in AccountKind}, **tables}
    names = [_named(text, each, table) for text, each in said.items()]
    accounts = {name: _account(name, said[name], table.at(name), file, names) for name in names}
    _refuse_same_hash(accounts, table)
    return accounts


def _named(text: str, said: AccountTable, table: Table) -> AccountName:
    """The name of an account, with its kind.

    Raises:
        TomlError: it cannot be a name, or the kind is missing or contradicts the name.
    """
    if not _NAME.fullmatch(text) or text in _NO_NAMES:
        raise table.error(
            f"{shorten(text)!r}{table.where} cannot be the name of an account",
            text,
            hint="A name is at most 30 small letters, digits and hyphens, begins with a letter, "
            f"and is none of {', '.join(sorted(_NO_NAMES))}.",
        )
    own = next((kind for kind in AccountKind if kind == text), None)
    if said.kind is None and own is None:
        raise table.error(
            f"the account {text!r}{table.where} has no kind{did_you_mean(text, AccountKind)}",
            text,
            hint='Write kind = "staging" or kind = "live" into its table: every rule of live '
            "accounts goes by it.",
        )
    if None not in (said.kind, own) and said.kind is not own:
        raise table.at(text).error(
            f"'kind' of the account {text} is {said.kind}",
            "kind",
            hint=f"An account that is called {text} is {text}. Give this one another name.",
        )
    return AccountName(text, said.kind or own)


def _account(
    name: AccountName, said: AccountTable, table: Table, file: Path, names: list[AccountName]
) -> AccountSettings:
    key_env = usual_variable(name) if said.key_env is None else said.key_env
    if not (key_env.isascii() and key_env.isidentifier()):
        # The value is not repeated: people put the key itself here by mistake.
        raise table.error(
            f"'key_env'{table.where} is not the name of an environment variable",
            "key_env",
            hint='Name the variable that holds the key, such as key_env = "OMETRIA_STAGING_KEY".',
        )
    if key_env == PSEUDONYM_VARIABLE:
        raise table.error(
            f"'key_env'{table.where} is {key_env}, which holds the secret of the pseudonyms",
            "key_env",
            hint=f"That is never sent anywhere. Name another variable, such as "
            f"{usual_variable(name)}.",
        )
    for other in names:
        # What goes `--to staging` would go to live, unconfirmed, or the other way round.
        if other != name and key_env == usual_variable(other):
            raise table.error(
                f"'key_env'{table.where} is {key_env}, which holds the key of {other}",
                "key_env",
                hint="The key alone decides which account receives the data. Name a variable of "
                f"its own, such as {usual_variable(name)}.",
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
    account_hash = said.account_hash.strip()
    if account_hash and not _ACCOUNT_HASH.fullmatch(account_hash):
        # The value is not repeated: people put the key here by mistake.
        raise table.error(
            f"'account_hash'{table.where} is not 16 digits and small letters from a to f",
            "account_hash",
            hint="It stands in the account's tag: cdn.ometria.com/tags/<account_hash>.js.",
        )
    return AccountSettings(
        name,
        base_url,
        said.rate,
        key_env,
        ca_file,
        said.wait_for_errors,
        said.read_errors,
        said.read_rate,
        said.changed,
        said.consent,
        said.pseudonymise,
        said.phones,
        said.keep,
        account_hash,
        _hours(said.between, table),
    )


def _hours(text: str, table: Table) -> SendingHours | None:
    try:
        return SendingHours.parse(text) if text.strip() else None
    except ValueError as error:
        raise table.error(
            f"'between'{table.where}: {error}",
            "between",
            hint='Write hours of this machine\'s clock, such as between = "01:00-06:00".',
        ) from None


def _refuse_same_hash(accounts: dict[AccountName, AccountSettings], table: Table) -> None:
    seen: dict[str, AccountName] = {}
    for name, account in accounts.items():
        first = seen.setdefault(account.account_hash, name) if account.account_hash else name
        if first != name:
            raise table.at(name).error(
                f"the accounts {first} and {name} have the same account_hash",
                "account_hash",
                hint="Each account has a tag of its own. Copy each hash from the tag of its "
                "account.",
            )
