"""What `/unsubscribes` tells: opt-outs that came by other ways than the API."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec

UnsubscribeType: TypeAlias = Literal[
    "preferences_centre",
    "app",
    "list_unsubscribe",
    "link_unsubscribe",
    "stopword_unsubscribe_TF",
    "stopword_unsubscribe_DO",
]


def moment_of(text: str) -> datetime:
    """The moment that a text of ISO 8601 names; without a zone it is UTC.

    Raises:
        ValueError: it names none.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event, as the admin tells it to the emulator."""

    email_address: str
    timestamp: str
    type: UnsubscribeType = "preferences_centre"
    reason: str | None = None

    def __post_init__(self) -> None:
        try:
            moment_of(self.timestamp)
        except ValueError:
            raise ValueError("timestamp is not an ISO 8601 time") from None

    @property
    def moment(self) -> datetime:
        """When it happened."""
        return moment_of(self.timestamp)

    @property
    def is_by_email(self) -> bool:
        """Whether it is about emails; the stop words are about text messages."""
        return not self.type.startswith("stopword_")


def shown(
    events: Iterable[Unsubscribe],
    profile_of: Callable[[str], str | None],
    *,
    since: datetime | None,
    before: datetime | None,
    type_: str | None,
) -> list[dict[str, Any]]:
    """The events of a time, oldest first; `profile_of` knows the profile of an email.

    Assumption: both ends of the time belong to it.
    """
    chosen = [
        event
        for event in events
        if (since is None or event.moment >= since)
        and (before is None or event.moment <= before)
        and type_ in (None, event.type)
    ]
    return [
        {
            "email_address": event.email_address,
            "profile_id": profile_of(event.email_address),
            "reason": event.reason,
            # As the example of the documentation has it.
            "timestamp": f"{event.moment:%Y-%m-%d %H:%M:%S}+00",
            "type": event.type,
        }
        for event in sorted(chosen, key=lambda event: event.moment)
    ]
