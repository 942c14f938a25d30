"""What a push and a look at its errors are answered, for an account that may ask now.

Assumptions, where the documentation is silent:

- Stored records come back with all the fields that were sent, flags such as `@merge` included;
  `@merge` changes nothing, as contacts and products are always merged.
- The newest errors come first in `_errors`.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request

from ometria_import.emulator.account import Account
from ometria_import.emulator.scenarios.faults import ErrorsFeed, OtherWriter
from ometria_import.emulator.storage.profiles import Profile
from ometria_import.emulator.storage.store import Store
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.arrivals import ReceivedRecord, RefusedError, read_push

MAX_ERRORS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is within its account's rate, with its body."""

    request: Request
    account: Account
    body: bytes
    store: Store
    traits: Traits
    distortions: Sequence[ErrorsFeed] = ()
    """What a scenario does to the errors that are shown."""
    writers: Sequence[OtherWriter] = ()
    """Who changes what is read before it is read."""
    chance: random.Random = field(default_factory=random.Random)

    def profiles(self) -> list[Profile]:
        """Everybody that the account knows."""
        return self.account.profiles(self.store, self.traits)

    @property
    def now(self) -> float:
        """The emulator's clock, as the request is answered."""
        return self.account.now

    def path_part(self, name: str) -> str:
        """A part of the path as it was before it was percent-encoded."""
        return unquote(self.request.path_params[name])

    def number(self, name: str, default: int, most: int) -> int:
        """A number of the query."""
        text = self.request.query_params.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < len(str(2**63))):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} must be a whole number")
        if int(text) > most:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} must be at most {most}")
        return int(text)

    def choice(self, name: str, known: Sequence[str]) -> str | None:
        """A word of the query; None where it is not there."""
        text = self.request.query_params.get(name)
        if text not in (None, *known):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} must be {' or '.join(known)}")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered, and what is to be kept of it."""

    status: int
    body: str
    """JSON, unless a scenario wants something else."""
    media_type: str = "application/json"
    retry_after: str | None = None
    """The header."""
    reason: str | None = None
    """Why it is a refusal."""
    request_id: str | None = None
    offered: Sequence[ReceivedRecord] = ()
    """The records of a push, of which either all or none are accepted."""
    is_read: bool = False
    """Whether it shows stored records or errors."""


def refuse(refusal: RefusedError, offered: Sequence[ReceivedRecord] = ()) -> Answer:
    """Assumption: a refusal's body has the shape of a success, with its reason."""
    return Answer(
        status=refusal.status,
        body=_to_json({"status": "ERROR", "message": refusal.message}),
        retry_after=None if refusal.retry_after_s is None else str(refusal.retry_after_s),
        reason=refusal.message,
        offered=offered,
    )


def push(call: Call) -> Answer:
    """Accept all records of a request or none; the caller puts them into the queue."""
    records = read_push(call.request.headers.get("content-type", ""), call.body)
    if len(records) > call.account.queue_remaining:
        refusal = RefusedError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "The queue is full",
            call.account.seconds_until_room(len(records)),
        )
        return refuse(refusal, records)
    request_id = str(uuid.uuid4())
    receipt = {
        "status": "OK",
        "request_id": request_id,
        "accepted": len(records),
        "rejected": 0,
    }
    return Answer(
        status=HTTPStatus.ACCEPTED,
        body=_to_json(receipt),
        request_id=request_id,
        offered=records,
    )


def errors(call: Call) -> Answer:
    """Show the account's newest validation errors."""
    foreign = sum(fault.foreign for fault in call.distortions)
    call.store.add_foreign_errors(call.account.name, foreign)
    entries = call.store.errors(call.account.name, MAX_ERRORS_SHOWN)
    fields = ("error_message", "error_path", *call.traits.errors_fields)
    entries = [{name: entry[name] for name in fields} for entry in entries]
    for fault in call.distortions:
        entries = _distorted(entries, fault, call.chance)
    return shown_json(entries)


def shown_json(value: Any) -> Answer:
    """The answer that shows stored things."""
    return Answer(status=HTTPStatus.OK, body=_to_json(value), is_read=True)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _distorted(
    entries: list[dict[str, Any]], fault: ErrorsFeed, chance: random.Random
) -> list[dict[str, Any]]:
    """The entries, newest first, as a fault lets them be seen."""
    shown = [entry for entry in entries for _ in range(fault.copies)][: fault.window]
    match fault.order:
        case "oldest_first":
            shown.reverse()
        case "shuffled":
            chance.shuffle(shown)
        case "newest_first":
            pass
    hidden = set(fault.hide)
    if fault.nulls:
        return [entry | dict.fromkeys(hidden) for entry in shown]
    return [{name: entry[name] for name in entry if name not in hidden} for entry in shown]
