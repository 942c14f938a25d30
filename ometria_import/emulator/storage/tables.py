"""The tables of the emulator's database, for those who read it.

`request`: every request in order of arrival, refused ones too.
    `number` from 1; `account` (`staging`, `live`, NULL for an unknown key); `method`; `path`
    with its percent-encoding and without the query; `arrived_at` in Unix seconds, and
    `arrived_s` on the emulator's clock (the system's monotonic one unless it is injected),
    both when its head was read and its jitter had passed; `status` of the answer, 0 where none
    was sent; `retry_after` as the answer said it and `retry_after_s`, the seconds that this
    names, else NULL; `reason` for a refusal, else NULL; `request_id` of an accepted push,
    answered or not, else NULL; `records` accepted or, in a push refused for a full queue,
    offered (0 in all others); `object_type` of those records, else NULL; `bytes` and `sha256`
    (hexadecimal) of the body; `latency_s` that the answer was held back; `faults` of a scenario
    that it met, by name and separated by `; `, else NULL.

`receipt`: every record of an accepted push, in order of arrival.
    `number` from 1; `request`: its number; `account`; `object_type`; `collection` (empty for
    all but contacts); `id` (NULL where it is no text); `body`: the bytes as they were sent;
    `outcome`: `waiting` in the queue or for a late refusal, then `stored` or `invalid`.

`record`: what is stored now.
    `internal_id` from 1, given when a key is first seen; `account`, `object_type`,
    `collection`, `id`: the key; `body`: JSON text, the bytes as sent unless a later push was
    merged into it, a value came in another JSON type than its field's, or a trait of the server
    wants something else; `writes`: how often it was written; `update_number`: the number of its
    last write among all; `updated_at` of that in Unix seconds; `is_variant` and `is_active` as
    the body says.

`held`: what reads still show of records while the server's reads lag behind.
    `record`: its internal id; `due` on the emulator's clock; `before`: the body until then, NULL
    for none.

`unsubscribe`: what people did in the preference centre and the like, as the admin told it.
    `number` from 1; `account`; `email_address`, `type`, `timestamp`, `reason` as told.

`error`: every validation error ever; `_errors` shows an account's last 100.
    `number` from 1; `account`; `receipt`: its number, NULL for a foreign sender's;
    `request_id`; `record_type`; `record_id`; `error_message`; `error_path`; `timestamp`.
    A record with several faults has several rows: count the `invalid` receipts to count
    records.
"""

from __future__ import annotations

APPLICATION_ID = 0x0E3074A1
FORMAT_VERSION = 3
TABLES = """
CREATE TABLE request (
    number INTEGER PRIMARY KEY, account TEXT, method TEXT NOT NULL, path TEXT NOT NULL,
    arrived_at REAL NOT NULL, arrived_s REAL NOT NULL, status INTEGER NOT NULL,
    retry_after TEXT, retry_after_s REAL, reason TEXT,
    request_id TEXT, records INTEGER NOT NULL, object_type TEXT, bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL, latency_s REAL NOT NULL, faults TEXT
);
CREATE TABLE receipt (
    number INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request,
    account TEXT NOT NULL, object_type TEXT NOT NULL, collection TEXT NOT NULL, id TEXT,
    body BLOB NOT NULL, outcome TEXT NOT NULL DEFAULT 'waiting'
);
CREATE INDEX receipt_waiting ON receipt (number) WHERE outcome = 'waiting';
CREATE TABLE record (
    internal_id INTEGER PRIMARY KEY, account TEXT NOT NULL, object_type TEXT NOT NULL,
    collection TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, writes INTEGER NOT NULL,
    update_number INTEGER NOT NULL, updated_at REAL NOT NULL,
    is_variant INTEGER AS (json_extract(body, '$.is_variant')),
    is_active INTEGER AS (json_extract(body, '$.is_active')),
    UNIQUE (account, object_type, collection, id)
);
CREATE INDEX record_order
    ON record (account, object_type, collection, internal_id, is_variant, is_active);
CREATE INDEX record_updates
    ON record (account, object_type, collection, update_number, is_variant, is_active);
CREATE TABLE held (
    number INTEGER PRIMARY KEY, record INTEGER NOT NULL REFERENCES record, due REAL NOT NULL,
    before TEXT
);
CREATE TABLE unsubscribe (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL, email_address TEXT NOT NULL,
    type TEXT NOT NULL, timestamp TEXT NOT NULL, reason TEXT
);
CREATE TABLE error (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL, receipt INTEGER REFERENCES receipt,
    request_id TEXT NOT NULL, record_type TEXT NOT NULL, record_id TEXT,
    error_message TEXT NOT NULL, error_path TEXT NOT NULL, timestamp TEXT NOT NULL
);
CREATE INDEX error_order ON error (account, number);
"""
