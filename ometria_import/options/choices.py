"""The closed sets that users choose from and every layer names; importing them costs nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self


class Choice(StrEnum):
    """A word that a user chooses, in capital letters or small ones."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        word = str(value).strip().lower()
        return next((each for each in cls if each.value == word), None)


class AccountKind(Choice):
    """What an account is for; only its key tells it from others on the server."""

    STAGING = "staging"
    LIVE = "live"


class AccountName(str):
    """What an account is called, and its kind, which every rule of live goes by.

    `staging` and `live` are there without a word in the settings; others have a kind there.
    """

    __slots__ = ("kind",)
    STAGING: ClassVar[AccountName]
    LIVE: ClassVar[AccountName]
    kind: AccountKind

    def __new__(cls, name: str, kind: AccountKind | None = None) -> Self:
        """Name an account.

        Raises:
            ValueError: the kind is missing, and the name does not say it.
        """
        named = super().__new__(cls, name)
        named.kind = AccountKind(name) if kind is None else kind
        return named

    @classmethod
    def of_stored(cls, text: str) -> Self:
        """Read what `stored` returned.

        Raises:
            ValueError: `stored` never returns such a text.
        """
        name, _, kind = text.partition("/")
        return cls(name, AccountKind(kind) if kind else None)

    @property
    def stored(self) -> str:
        """The name, with its kind where the name does not say it, such as `brand-de/live`."""
        return str(self) if str(self) == self.kind.value else f"{self}/{self.kind}"

    @property
    def is_live(self) -> bool:
        """Whether real people may get messages for what is sent there."""
        return self.kind is AccountKind.LIVE


AccountName.STAGING = AccountName("staging")
AccountName.LIVE = AccountName("live")


class ObjectType(StrEnum):
    """A record's `@type`.

    Listed in sending order: an order refers to products and people, so those go first.
    Source: reference/ometria-api.md, "Order of import, and why".
    """

    PRODUCT = "product"
    CONTACT = "contact"
    ORDER = "order"
    CUSTOM_EVENT = "custom_event"


class Danger(StrEnum):
    """What goes to live only when its user names it for the run.

    Source: reference/ometria-api.md, "What a historic backfill can set off".
    """

    WELCOME_CAMPAIGNS = "welcome-campaigns"
    """Contacts that are opted in and have `timestamp_subscribed`."""
    FORCE_OPTIN = "force-optin"
    """Contacts with `@force_optin`, which overrides the preference centre."""
    SMS_OPTIN = "sms-optin"
    """Contacts of the collection `optin:sms`, each of whom gets a text message."""
    DOUBLE_OPTIN_SMS = "double-optin-sms"
    """Contacts of the collection `double_optin:sms`, which claims that each of them has
    confirmed text messages elsewhere."""


class ConsentRule(Choice):
    """What becomes of opt-ins that the account contradicts."""

    KEEP = "keep"
    """They are left out where the account says that the person opted out, and has the last word."""
    LOWER = "lower"
    """They are left out wherever the account does not say that the person is in already."""
    FILE = "file"
    """They are sent as the files have them; the account is not asked."""

    @property
    def strictness(self) -> int:
        """A number that is higher the more opt-ins the rule leaves out."""
        return (ConsentRule.FILE, ConsentRule.KEEP, ConsentRule.LOWER).index(self)


class DateOrder(Choice):
    """How a column writes days like 03/04/2024."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class DecimalSign(Choice):
    """How a column writes the fraction of an amount."""

    POINT = "point"
    COMMA = "comma"


class Period(Choice):
    """What the table of orders and revenue is cut by."""

    YEAR = "year"
    MONTH = "month"


class Returns(Choice):
    """What becomes of orders with negative totals or quantities."""

    SEND = "send"
    REJECT = "reject"
    LEAVE_OUT = "leave_out"


class Lines(Choice):
    """Whether orders come without their lines, although an export has them in another file."""

    NONE = "none"


class WithoutEmail(Choice):
    """What becomes of contacts without an email that have another identifier."""

    REJECT = "reject"
    SEND = "send"


class SamplePhonesChoice(Choice):
    """What fakes have for phones, if they have any."""

    SAMPLE = "sample"


class Escape(Choice):
    """How a CSV file writes a quote, a delimiter or a line break that is part of a value."""

    BACKSLASH = "backslash"
    """With a backslash before it, as MySQL does."""
    NONE = "none"
    """By quoting the cell and doubling its quotes (RFC 4180); a backslash is text."""


class Unmapped(StrEnum):
    """What happens to a column that no field knows."""

    PROPERTIES = "properties"
    IGNORE = "ignore"
    ERROR = "error"

    @property
    def keeps(self) -> bool:
        """Whether such a column's values are kept."""
        return self is Unmapped.PROPERTIES
