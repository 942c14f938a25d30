"""In what the emulated server differs from one that keeps and shows everything as it was sent.

The documentation says some of it, clients of the API have seen the rest; which of it a real
account does is not known. So each is a switch, and off unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from ometria_import.emulator.errors import EmulatorError

ErrorField: TypeAlias = Literal["record_id", "request_id", "record_type", "timestamp"]


class Traits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without any, errors have the two documented fields, and records come back as they came."""

    errors_fields: tuple[ErrorField, ...] = ()
    """What `_errors` shows of each error besides `error_message` and `error_path`."""
    opt_out: Literal["one_listing", "newest"] = "one_listing"
    """Who is opted out of marketing: whom one listing says is, as the newer page has it, or whom
    the newest listing says is, as the older one has it."""
    email_required: bool = False
    """Whether a contact with another identifier needs an email all the same."""
    timestamps: Literal["as_sent", "seconds", "days"] = "as_sent"
    """How much of a timestamp is kept."""
    zone: Literal["as_sent", "offset"] = "as_sent"
    """`offset` shows `+00:00` where `Z` was sent."""
    lower_emails: bool = False
    unset_nulls: bool = False
    """Whether a record shows every field that it could have, as null where it has none."""
    cut_event_types: bool = False
    """Whether a custom event's type is cut to less than 32 characters."""
    consent_now: bool = False
    """Whether an opt-in or opt-out that comes without its time is dated to its arrival."""
    drop_phones: bool = False
    """Whether phone numbers come back as null."""
    taken_ids_ignored: bool = False
    """Whether a contact loses a customer id that another person's contact has already, as accounts
    do since 2024. Assumption: another person is who has another email, whatever its case."""
    largest_page: Annotated[int, msgspec.Meta(ge=1, le=250)] = 250
    """How many records a list shows at most, whatever was asked for; it does not say so."""
    reads_lag_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0
    """Seconds of the emulator's clock until a record that left the queue can be read."""

    @property
    def changes_values(self) -> bool:
        """Whether records come back otherwise than they are kept."""
        is_in_time = self.timestamps == self.zone == "as_sent"
        return not is_in_time or self.lower_emails or self.unset_nulls or self.drop_phones


ALL_ERRORS_FIELDS: tuple[ErrorField, ...] = ("record_id", "request_id", "record_type", "timestamp")


def parse_traits(words: Iterable[str]) -> Traits:
    """Read `NAME=VALUE`, where commas part several values and a switch alone is on.

    Raises:
        EmulatorError: there is no such trait, or it does not take this value.
    """
    given: dict[str, Any] = {}
    for word in words:
        name, has_value, value = word.partition("=")
        if name not in Traits.__struct_fields__:
            known = ", ".join(Traits.__struct_fields__)
            raise EmulatorError(f"--server: there is no trait {name}; the traits are {known}")
        given[name] = value if has_value else "true"
        if name == "errors_fields":
            given[name] = value.split(",")
    try:
        return msgspec.convert(given, Traits, strict=False)
    except msgspec.ValidationError as error:
        raise EmulatorError(f"--server {' '.join(words)}: {error}") from error
