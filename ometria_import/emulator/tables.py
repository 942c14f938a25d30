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
    merged into it; `writes`: how often it was written.

`error`: every validation error ever; `_errors` shows an account's last 100.
    `number` from 1; `account`; `receipt`: its number, NULL for a foreign sender's;
    `request_id`; `record_type`; `record_id`; `error_message`; `error_path`; `timestamp`.
    A record with several faults has several rows: count the `invalid` receipts to count
    records.
"""

from __future__ import annotations

APPLICATION_ID = 0x0E3074A1
FORMAT_VERSION = 2
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
    UNIQUE (account, object_type, collection, id)
);
CREATE INDEX record_order ON record (account, object_type, collection, internal_id);
CREATE TABLE error (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL, receipt INTEGER REFERENCES receipt,
    request_id TEXT NOT NULL, record_type TEXT NOT NULL, record_id TEXT,
    error_message TEXT NOT NULL, error_path TEXT NOT NULL, timestamp TEXT NOT NULL
);
CREATE INDEX error_order ON error (account, number);
"""
