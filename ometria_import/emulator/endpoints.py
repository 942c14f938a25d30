"""The endpoints' own work: what each path does for an account that may ask now.

Assumptions, where the documentation is silent:

- Lists are JSON arrays of stored records; `GET /contacts` is an array of names; the limit is
  250 unless given, and a limit or offset that is out of range is refused with 400.
- Stored records come back with all the fields that were sent, flags such as `@merge` included;
  `@merge` changes nothing, as contacts are always merged.
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
from ometria_import.emulator.arrivals import ReceivedRecord, RefusedError, read_push
from ometria_import.emulator.faults import ErrorsFeed
from ometria_import.emulator.feed import distort
from ometria_import.emulator.rules import Key
from ometria_import.emulator.store import Store

MAX_ERRORS_SHOWN = 100
MAX_LIST_LIMIT = 250


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is within its account's rate, with its body."""

    request: Request
    account: Account
    body: bytes
    store: Store
    distortions: Sequence[ErrorsFeed] = ()
    """What a scenario does to the errors that are shown."""
    chance: random.Random = field(default_factory=random.Random)

    def path_part(self, name: str) -> str:
        """A part of the path as it was before it was percent-encoded."""
        return unquote(self.request.path_params[name])

    def number(self, name: str, default: int, most: int) -> int:
        """A number of the query."""
        text = self.request.query_params.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < len(str(2**63))):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} is not a number")
        if int(text) > most:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} is more than {most}")
        return int(text)


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
    for fault in call.distortions:
        entries = distort(entries, fault, call.chance)
    return _ok(_to_json(entries))


def product(call: Call) -> Answer:
    """Show one product."""
    return _stored(call, Key("product", "", call.path_part("id")))


def products(call: Call) -> Answer:
    """List products."""
    return _listed(call, "product", "")


def order(call: Call) -> Answer:
    """Show one order."""
    return _stored(call, Key("order", "", call.path_part("id")))


def orders(call: Call) -> Answer:
    """List orders."""
    return _listed(call, "order", "")


def contact(call: Call) -> Answer:
    """Show one contact of a collection."""
    return _stored(call, Key("contact", call.path_part("collection"), call.path_part("id")))


def contacts(call: Call) -> Answer:
    """List a collection; one that holds nothing is an empty list."""
    return _listed(call, "contact", call.path_part("collection"))


def collections(call: Call) -> Answer:
    """List the names of the collections."""
    return _ok(_to_json(call.store.collections(call.account.name)))


def _stored(call: Call, key: Key) -> Answer:
    body = call.store.record(call.account.name, key)
    if body is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no such {key.object_type}")
    return _ok(body)


def _listed(call: Call, object_type: str, collection: str) -> Answer:
    limit = call.number("limit", MAX_LIST_LIMIT, MAX_LIST_LIMIT)
    offset = call.number("offset", 0, 2**62)
    kind = (object_type, collection)
    return _ok(f"[{','.join(call.store.records(call.account.name, kind, limit, offset))}]")


def _ok(body: str) -> Answer:
    return Answer(status=HTTPStatus.OK, body=body, is_read=True)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
