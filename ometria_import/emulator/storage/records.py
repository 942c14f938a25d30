"""The records that are stored, and what of them can be read already.

Assumption: products and contacts merge field by field at the top; orders and custom events are
replaced.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ometria_import.emulator.storage.values import MAX_EVENT_TYPE_CHARS, as_kept
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.rules import Key

_KEY = "account = ? AND object_type = ? AND collection = ? AND id = ?"
# Of what is held of a record, the oldest body is the one to be seen.
_SHOWN_LATE = (
    "(SELECT record.account, record.object_type, record.collection, record.id,"
    " internal_id, update_number, updated_at, shown.body AS body,"
    " json_extract(shown.body, '$.is_variant') AS is_variant,"
    " json_extract(shown.body, '$.is_active') AS is_active"
    " FROM record JOIN (SELECT internal_id AS shown_id, CASE WHEN late.record IS NULL"
    " THEN body ELSE before END AS body FROM record LEFT JOIN"
    " (SELECT record, before, MIN(number) FROM held GROUP BY record) AS late"
    " ON late.record = internal_id) AS shown ON shown_id = internal_id"
    " WHERE shown.body IS NOT NULL)"
)
_CONSENT_TIMES = {
    "EXPLICITLY_OPTEDIN": "timestamp_subscribed",
    "EXPLICITLY_OPTEDOUT": "timestamp_unsubscribed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which records of a list are wanted."""

    limit: int
    offset: int = 0
    by_update: bool = False
    """By the time of their last change instead of their internal id."""
    has_variants: bool = True
    is_active: bool | None = None
    """None for both. Assumption: a product that does not say so is active."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record as it can be read."""

    internal_id: int
    object_type: str
    update_number: int
    updated_at: float
    body: str


class Records:
    """The table of stored records; it begins no transactions of its own."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # What an earlier emulator held back was held by its own clock.
        self._database.execute("DELETE FROM held")
        (self.changes,) = self._database.execute(
            "SELECT COALESCE(MAX(update_number), 0) FROM record"
        ).fetchone()

    def upsert(self, account: str, key: Key, body: bytes, traits: Traits, now: float) -> None:
        """Store a valid record; `now` is on the emulator's clock."""
        found = self._database.execute(
            f"SELECT body FROM record WHERE {_KEY}",  # noqa: S608 -- a constant
            (account, *_columns(key)),
        ).fetchone()
        before = found[0] if found else None
        is_merged = found and key.object_type in ("contact", "product")
        stored = json.loads(before) if is_merged and before else {}
        text = body.decode()
        pushed = json.loads(text)
        kept = as_kept(pushed)
        if traits.cut_event_types and key.object_type == "custom_event":
            kept["event_type"] = kept["event_type"][:MAX_EVENT_TYPE_CHARS]
        if traits.consent_now:
            kept |= _consent_time(stored, kept)
        if traits.taken_ids_ignored and self._is_taken(account, stored | kept):
            kept.pop("customer_id", None)
        if is_merged or kept != pushed:
            text = json.dumps(stored | kept, ensure_ascii=False, separators=(",", ":"))
        internal_id = self.write(account, key, text)
        if traits.reads_lag_s:
            self._database.execute(
                "INSERT INTO held VALUES (NULL, ?, ?, ?)",
                (internal_id, now + traits.reads_lag_s, before),
            )

    def _is_taken(self, account: str, contact: Mapping[str, Any]) -> bool:
        """Whether another person's contact has its customer id."""
        (is_taken,) = self._database.execute(
            "SELECT EXISTS (SELECT 1 FROM record WHERE account = ? AND object_type = 'contact'"
            " AND json_extract(body, '$.customer_id') = ?"
            " AND json_extract(body, '$.email') != ? COLLATE NOCASE)",
            (account, contact.get("customer_id"), contact.get("email")),
        ).fetchone()
        return bool(is_taken)

    def ids(self, account: str, kind: tuple[str, str]) -> list[int]:
        """The internal ids of a list in its order; `kind` is object type and collection."""
        rows = self._database.execute(
            "SELECT internal_id FROM record"
            " WHERE account = ? AND object_type = ? AND collection = ? ORDER BY internal_id",
            (account, *kind),
        )
        return [internal_id for (internal_id,) in rows]

    def stored(self, internal_id: int) -> tuple[Key, str]:
        """The key and the JSON of a stored record."""
        object_type, collection, id_, body = self._database.execute(
            "SELECT object_type, collection, id, body FROM record WHERE internal_id = ?",
            (internal_id,),
        ).fetchone()
        return Key(object_type, collection, id_), body

    def delete(self, account: str, key: Key) -> None:
        """Forget a record, if there is one."""
        rows = self._database.execute(
            f"DELETE FROM record WHERE {_KEY} RETURNING internal_id",  # noqa: S608 -- a constant
            (account, *_columns(key)),
        ).fetchall()
        self._database.executemany("DELETE FROM held WHERE record = ?", rows)
        self.changes += 1

    def write(self, account: str, key: Key, body: str) -> int:
        """Store a record as it is, in place of what it was; returns its internal id."""
        self.changes += 1
        ((internal_id,),) = self._database.execute(
            "INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, 1, ?, ?)"
            " ON CONFLICT (account, object_type, collection, id) DO UPDATE SET"
            " body = excluded.body, writes = writes + 1,"
            " update_number = excluded.update_number, updated_at = excluded.updated_at"
            " RETURNING internal_id",
            (account, *_columns(key), body, self.changes, time.time()),
        ).fetchall()
        return int(internal_id)

    def one(self, account: str, key: Key, now: float) -> str | None:
        """The JSON of a record, if it can be read."""
        row = self._database.execute(
            f"SELECT body FROM {self._source(now)} WHERE {_KEY}",  # noqa: S608 -- constants
            (account, *_columns(key)),
        ).fetchone()
        return None if row is None else str(row[0])

    def page(self, account: str, kind: tuple[str, str], page: Page, now: float) -> list[str]:
        """The JSON of a list's records; `kind` is object type and collection."""
        where = "account = ? AND object_type = ? AND collection = ?"
        if not page.has_variants:
            where += " AND is_variant IS NOT 1"
        if page.is_active is not None:
            where += f" AND is_active IS {'NOT 0' if page.is_active else '0'}"
        order = "update_number" if page.by_update else "internal_id"
        rows = self._database.execute(
            f"SELECT body FROM {self._source(now)} WHERE {where}"  # noqa: S608 -- constants
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            (account, *kind, page.limit, page.offset),
        )
        return [body for (body,) in rows]

    def all_of(self, account: str, object_types: tuple[str, ...], now: float) -> list[StoredRecord]:
        """Every record of some types by internal id."""
        wanted = ", ".join("?" * len(object_types))
        rows = self._database.execute(
            "SELECT internal_id, object_type, update_number, updated_at, body"  # noqa: S608 -- marks
            f" FROM {self._source(now)} WHERE account = ? AND object_type IN ({wanted})"
            " ORDER BY internal_id",
            (account, *object_types),
        )
        return [StoredRecord(*row) for row in rows]

    def collections(self, account: str, now: float) -> list[str]:
        """The collections that hold at least one contact, by name."""
        rows = self._database.execute(
            f"SELECT DISTINCT collection FROM {self._source(now)}"  # noqa: S608 -- a constant
            " WHERE account = ? AND object_type = 'contact' ORDER BY collection",
            (account,),
        )
        return [name for (name,) in rows]

    def custom_fields(self, account: str) -> list[tuple[str, str, Any]]:
        """Object type, name and one value of every custom field that a stored record has."""
        rows = self._database.execute(
            "SELECT object_type, field.key, json_extract(record.body, field.fullkey), field.type,"
            " MIN(internal_id) FROM record, json_each(record.body, '$.properties') AS field"
            " WHERE account = ? GROUP BY object_type, field.key",
            (account,),
        )
        booleans = {"true": True, "false": False}
        return [
            (object_type, name, booleans.get(json_type, value))
            for object_type, name, value, json_type, _ in rows
        ]

    def release(self, now: float) -> bool:
        """Let out what is due; returns whether something is stored that cannot be read yet."""
        (is_any,) = self._database.execute("SELECT EXISTS (SELECT 1 FROM held)").fetchone()
        if is_any and self._database.execute("DELETE FROM held WHERE due <= ?", (now,)).rowcount:
            self.changes += 1
        return bool(is_any)

    def _source(self, now: float) -> str:
        """Where reads look."""
        return _SHOWN_LATE if self.release(now) else "record"


def _columns(key: Key) -> tuple[str, str, str | None]:
    return key.object_type, key.collection, key.id


def _consent_time(stored: Mapping[str, Any], pushed: Mapping[str, Any]) -> dict[str, str]:
    """The time that a change of consent gets when none was pushed with it."""
    state = pushed.get("marketing_optin")
    name = _CONSENT_TIMES.get(str(state))
    if name is None or name in pushed or stored.get("marketing_optin") == state:
        return {}
    return {name: datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}
