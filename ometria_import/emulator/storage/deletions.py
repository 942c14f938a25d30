"""What `/data-deletion-requests` tells: who asked to be forgotten, by a hash of the address."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ometria_import.emulator.storage.unsubscribes import moment_of


class Deletion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request, as the admin tells it to the emulator."""

    id: str
    email_address: str
    timestamp: str
    comment: str = ""

    def __post_init__(self) -> None:
        try:
            moment_of(self.timestamp)
        except ValueError:
            raise ValueError("timestamp is not an ISO 8601 time") from None

    def shown(self) -> dict[str, Any]:
        """The request as the documentation's example has it; it is not completed yet.

        Assumption: the hash is the MD5 of the address in small letters.
        """
        address = self.email_address.strip().lower()
        hashed = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
        return {
            "action": "anonymise",
            "comment": self.comment,
            "id": self.id,
            "identities": [{"hashed_email": f"{hashed}@anonymous.ometria"}],
            "source": {"api_request_id": self.id, "origin": "api", "user": None},
            "summary": None,
            "timestamp_completed": None,
            "timestamp_created": f"{moment_of(self.timestamp):%Y-%m-%d %H:%M:%S}+00",
        }
