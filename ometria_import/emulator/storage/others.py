"""What other writers do to the records of an account, besides pushing."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec

from ometria_import.emulator.scenarios.faults import OtherWriter
from ometria_import.emulator.storage.records import Records
from ometria_import.emulator.validation.rules import Key

_EDITED = {"product": "title", "contact": "firstname", "order": "status"}
"""The field that another writer gives another value, for each object type that can be read."""


class OtherRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record that somebody else writes or deletes, as the admin tells it to the emulator."""

    object_type: str
    id: str
    collection: str = ""
    """Of contacts."""
    body: dict[str, Any] | None
    """The whole record as it is stored from now on, unchecked; null deletes it."""


def put_record(records: Records, account: str, wanted: OtherRecord) -> None:
    """Store one record as it is, or delete it."""
    key = Key(wanted.object_type, wanted.collection, wanted.id)
    if wanted.body is None:
        records.delete(account, key)
    else:
        records.write(account, key, _to_json(wanted.body))


def change_records(
    records: Records,
    account: str,
    kind: tuple[str, str],
    writer: OtherWriter,
    chance: random.Random,
) -> None:
    """Let a writer change a list; `kind` is object type and collection."""
    object_type, collection = kind
    ids = records.ids(account, kind)
    for internal_id in _taken(ids, writer.deletes, writer, chance):
        key, _ = records.stored(internal_id)
        records.delete(account, key)
    for internal_id in _taken(ids, writer.edits, writer, chance):
        key, body = records.stored(internal_id)
        edited = json.loads(body) | {_EDITED[object_type]: f"edited {chance.random()}"}
        records.write(account, key, _to_json(edited))
    for _ in range(writer.adds):
        name = f"foreign-{chance.getrandbits(64):016x}"
        records.write(account, Key(object_type, collection, name), _foreign(kind, name))


def _taken(ids: list[int], count: int, writer: OtherWriter, chance: random.Random) -> list[int]:
    """So many of the ids, which are taken out of them."""
    places = {"first": 0, "last": -1}
    return [
        ids.pop(places.get(writer.where, chance.randrange(len(ids))))
        for _ in range(min(count, len(ids)))
    ]


def _foreign(kind: tuple[str, str], name: str) -> str:
    """A record that the documentation allows."""
    object_type, collection = kind
    fields: dict[str, Any] = {"@type": object_type, "id": name}
    if object_type == "contact":
        fields |= {"@collection": collection, "email": f"{name}@elsewhere.example.com"}
    elif object_type == "order":
        fields |= {"timestamp": "2024-02-29T12:00:00Z", "currency": "EUR", "grand_total": 1}
    return _to_json(fields)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
