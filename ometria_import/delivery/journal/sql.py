"""The journal's tables and statements."""

from __future__ import annotations

FORMAT_VERSION = 2

TABLES = """
CREATE TABLE run (
    run_id TEXT NOT NULL, account TEXT NOT NULL, base_url TEXT NOT NULL,
    package_path TEXT NOT NULL, package_id TEXT NOT NULL, content_hash TEXT NOT NULL,
    is_dry_run INTEGER NOT NULL, created_at TEXT NOT NULL, tool_version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('new', 'running', 'stopped', 'finished')),
    exit_code INTEGER, reason TEXT NOT NULL, updated_at TEXT NOT NULL,
    retry_of TEXT NOT NULL
);
CREATE TABLE pause (until_s REAL NOT NULL, told_s REAL NOT NULL, seal INTEGER NOT NULL);
CREATE TABLE plan (
    position INTEGER PRIMARY KEY, object_type TEXT NOT NULL UNIQUE,
    batches INTEGER NOT NULL, records INTEGER NOT NULL
);
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, object_type TEXT NOT NULL, records INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'sent', 'refused', 'unclear')),
    attempts INTEGER NOT NULL, answered INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0, request_id TEXT NOT NULL DEFAULT '',
    accepted INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0, unclear INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '',
    updated_at TEXT NOT NULL, seal INTEGER NOT NULL DEFAULT 0,
    CHECK (state = 'started' OR accepted + rejected + skipped + unclear + refused = records)
);
CREATE TABLE refused_record (
    batch INTEGER NOT NULL, position INTEGER NOT NULL, status INTEGER NOT NULL,
    answer TEXT NOT NULL, PRIMARY KEY (batch, position)
) WITHOUT ROWID;
CREATE TABLE request (
    request_id TEXT NOT NULL, batch INTEGER NOT NULL, first INTEGER NOT NULL,
    records INTEGER NOT NULL, PRIMARY KEY (request_id, batch, first)
) WITHOUT ROWID;
CREATE TABLE feed (
    window TEXT NOT NULL, is_at_least INTEGER NOT NULL, unreadable TEXT NOT NULL,
    errors INTEGER NOT NULL, missed INTEGER NOT NULL, seal INTEGER NOT NULL
);
CREATE TABLE late_error (
    number INTEGER PRIMARY KEY, identity TEXT UNIQUE, message TEXT NOT NULL, path TEXT NOT NULL,
    record_id TEXT NOT NULL, record_type TEXT NOT NULL, request_id TEXT NOT NULL,
    timestamp TEXT NOT NULL, own_id TEXT NOT NULL, count INTEGER NOT NULL CHECK (count > 0),
    seen_at TEXT NOT NULL, first_batch INTEGER NOT NULL, last_batch INTEGER NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('new', 'record', 'batches', 'elsewhere')),
    position INTEGER NOT NULL, seal INTEGER NOT NULL
);
CREATE TABLE missed (
    first_batch INTEGER NOT NULL, last_batch INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('overflow', 'unread')), seen_at TEXT NOT NULL,
    seal INTEGER NOT NULL
);
"""
BEGIN_RUN = """
INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', NULL, '', ?, ?)
"""
SETTLE = """
UPDATE batch SET state = :state, answered = :answered, status = :status,
    request_id = :request_id, accepted = :accepted, rejected = :rejected, skipped = :skipped,
    unclear = :unclear, refused = :refused, answer = :answer, updated_at = :now, seal = :seal
WHERE number = :number
"""
TOTALS = """
SELECT plan.object_type, plan.records,
    COALESCE(accepted, 0), COALESCE(refused, 0), COALESCE(skipped, 0), COALESCE(unclear, 0),
    COALESCE(in_doubt, 0), COALESCE(rejected_later, 0), COALESCE(unattributed, 0)
FROM plan LEFT JOIN (
    SELECT object_type, SUM(accepted) AS accepted, SUM(refused + rejected) AS refused,
        SUM(skipped) AS skipped, SUM(unclear) AS unclear,
        SUM(CASE WHEN state = 'started' THEN records END) AS in_doubt
    FROM batch GROUP BY object_type
) USING (object_type) LEFT JOIN (
    SELECT object_type,
        COUNT(DISTINCT CASE WHEN scope = 'record' AND accepted > 0 AND NOT EXISTS (
            SELECT 1 FROM refused_record AS refused
            WHERE refused.batch = first_batch AND refused.position = late_error.position
        ) THEN first_batch * 1000 + position END) AS rejected_later,
        SUM(CASE WHEN scope IN ('new', 'batches') THEN count END) AS unattributed
    FROM late_error JOIN batch ON batch.number = first_batch
    WHERE scope = 'record'
        OR object_type = (SELECT last.object_type FROM batch AS last WHERE last.number = last_batch)
    GROUP BY object_type
) AS late USING (object_type)
WHERE plan.records > 0
ORDER BY plan.position
"""
BATCH_SUMS = """
SELECT (SELECT COALESCE(SUM(batches), 0) FROM plan),
    (SELECT COUNT(*) FROM batch WHERE state != 'started')
"""
REQUESTS = """
SELECT COALESCE(SUM(attempts), 0),
    COALESCE(SUM(attempts - CASE WHEN state = 'started' THEN 1 ELSE answered END), 0)
FROM batch
"""
START = """
INSERT INTO batch (number, object_type, records, state, attempts, updated_at)
VALUES (?, ?, ?, 'started', 1, ?)
ON CONFLICT (number) DO UPDATE SET attempts = attempts + 1, updated_at = excluded.updated_at
"""
MARK_RUN = """
UPDATE run SET updated_at = CASE WHEN state = 'finished' AND ? = 'finished'
    THEN updated_at ELSE ? END, state = ?, exit_code = ?, reason = ?
"""
WITHDRAW = """
UPDATE batch SET attempts = attempts - 1, updated_at = ? WHERE number = ? AND state = 'started'
"""
FORGET = "DELETE FROM batch WHERE number = ? AND state = 'started' AND attempts = 0"
KNOW = """
INSERT OR IGNORE INTO batch (number, object_type, records, state, attempts, updated_at)
VALUES (?, ?, ?, 'started', ?, ?)
"""
TURNS_TABLE = """
CREATE TABLE IF NOT EXISTS turns (
    object_type TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL
) WITHOUT ROWID
"""
TAKE_TURN = """
INSERT INTO turns
SELECT :object_type, CASE WHEN EXISTS (
    SELECT 1 FROM batch WHERE object_type = :object_type
) THEN 0 ELSE :turn END, :turn
WHERE true
ON CONFLICT (object_type) DO UPDATE SET last = excluded.last
"""
HOURS_TABLE = """
CREATE TABLE IF NOT EXISTS hours (
    between_ TEXT NOT NULL, until TEXT NOT NULL, paused_s REAL NOT NULL
)
"""
HAS_HOURS = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'hours'"
LAST_SIGN = """
SELECT MAX(at) FROM (SELECT updated_at AS at FROM run UNION ALL SELECT updated_at FROM batch)
"""
SENT_TYPES = "SELECT DISTINCT object_type FROM batch"
HAS_TURNS = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'turns'"
BATCHES = """
SELECT number, object_type, records, state, attempts, status, request_id,
    accepted, rejected, skipped, unclear, refused, answer
FROM batch
"""
IN_STATES = " WHERE state IN ({}) ORDER BY number"
NOT_CLEARLY_ACCEPTED = " WHERE rejected > 0 OR unclear > 0 ORDER BY number"
SEALED = """
SELECT number, object_type, records, state, accepted, rejected, skipped, unclear, refused, seal
FROM batch WHERE state != 'started'
"""
REFUSED_SUMS = """
SELECT (SELECT COALESCE(SUM(refused), 0) FROM batch), (SELECT COUNT(*) FROM refused_record)
"""

LATE_SEALED = """
SELECT number, message, path, record_id, record_type, request_id, timestamp, own_id, count,
    seen_at, first_batch, last_batch, scope, position, seal
FROM late_error
"""
MISSED_SEALED = "SELECT first_batch, last_batch, reason, seen_at, seal FROM missed"
PAUSE_SEALED = "SELECT until_s, told_s, seal FROM pause"
FEED_SEALED = "SELECT window, is_at_least, unreadable, errors, missed, seal FROM feed"
FEED_SUMS = "SELECT (SELECT COUNT(*) FROM late_error), (SELECT COUNT(*) FROM missed)"
LATE_SUMS = """
SELECT COALESCE(SUM(CASE WHEN scope != 'elsewhere' THEN count END), 0),
    COALESCE(SUM(CASE WHEN scope IN ('new', 'batches') THEN count END), 0),
    COALESCE(SUM(CASE WHEN scope = 'elsewhere' THEN count END), 0)
FROM late_error
"""
