"""Accounts with their keys and limits. A key lives in a `Secret`, which shows itself to nobody."""

from __future__ import annotations

import hmac
import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from ometria_import.errors import UsageError
from ometria_import.options.choices import AccountName, ConsentRule, SamplePhonesChoice
from ometria_import.options.sending_hours import SendingHours

DEFAULT_BASE_URL = "https://api.ometria.com/v2"
DEFAULT_RATE_PER_S = 8.0
MAX_RATE_PER_S = 100.0
DEFAULT_WAIT_FOR_ERRORS_S = 10.0
DEFAULT_READS_PER_S = 4.0
"""The rate limit of all endpoints but push. Source: reference/ometria-api.md, "rate"."""
_FINGERPRINT = b"ometria-import: fingerprint of an account"


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

    def fingerprint(self) -> str:
        """A text that tells this key from others, and does not reveal it."""
        return hmac.new(self._value.encode(), _FINGERPRINT, "sha256").hexdigest()

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
    reads_per_s: float = DEFAULT_READS_PER_S
    """Requests per second that the account allows to everything but pushing, all together."""
    sends_changed_only: bool = False
    """Whether a push leaves out what the account was given before, unless it says otherwise."""
    consent: ConsentRule | None = None
    """What a push does about opt-ins, unless it says otherwise; None if the settings do not say."""
    pseudonymises: bool = False
    """Whether a push sends a fake for each person, unless it says otherwise."""
    phones: SamplePhonesChoice | None = None
    """What phone numbers fakes have, unless a push says otherwise."""
    keep: tuple[str, ...] = ()
    """The custom fields that fakes keep, unless a push names some."""
    account_hash: str = ""
    """What the account's tag on the shop's pages is called by, which is no secret; empty where
    nobody said."""
    between: SendingHours | None = None
    """When a run may send, unless it says otherwise; None if the settings do not say."""

    @property
    def consent_rule(self) -> ConsentRule:
        """What a push without `--consent` does about opt-ins."""
        if self.consent is not None:
            return self.consent
        return ConsentRule.KEEP if self.name.is_live else ConsentRule.FILE


@dataclass(frozen=True, slots=True)
class Account(AccountSettings):
    """An account with its key: what delivering needs."""

    key: Secret = field(kw_only=True)
    key_place: str = field(default="", kw_only=True)
    """Where the key was, as messages say it; empty stands for its variable."""

    @property
    def key_words(self) -> str:
        """Where the key was, in words that follow `the key in`."""
        return self.key_place or self.key_env


def check_key(key: str, place: str) -> None:
    """Refuse what cannot be a key.

    Raises:
        UsageError: it holds a character that would break the header.
    """
    # A key outside of this would break the header, or appear in the encoder's own error.
    if all("!" <= char <= "~" for char in key):
        return
    raise UsageError(
        f"the key in {place} holds a line break, a blank or a character that no key has",
        hint="Copy the key again, without what stands around it.",
    )


PSEUDONYM_VARIABLE = "OMETRIA_PSEUDONYM_KEY"
"""The environment variable that may hold the secret of the pseudonyms, which is no key."""


def usual_variable(name: AccountName) -> str:
    """The environment variable that holds an account's key, unless another is named."""
    return f"OMETRIA_{name.upper().replace('-', '_')}_KEY"
