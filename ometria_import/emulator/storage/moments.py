"""Times in queries and in what profiles are made of."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_of(text: str) -> datetime:
    """The moment that a text of ISO 8601 names; without a zone it is UTC.

    Raises:
        ValueError: it names none.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_seconds(moment: datetime) -> str:
    """As the examples of the profiles have it: `2015-02-01T05:44:55+00:00`."""
    return moment.isoformat(timespec="seconds")
