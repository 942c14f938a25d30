"""Every person of the files, with what files and account say of them: hashes and bits only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from enum import IntFlag
from hashlib import blake2b
from typing import NamedTuple, Self

NEVER = -1e15
"""Stands for a time that nobody knows; before all others."""
_TABLES = """
CREATE TABLE person (
    key BLOB PRIMARY KEY, has_name INTEGER NOT NULL, looked INTEGER NOT NULL DEFAULT 0,
    met INTEGER NOT NULL DEFAULT 0,
    email INTEGER NOT NULL, email_at REAL NOT NULL, sms INTEGER NOT NULL, sms_at REAL NOT NULL,
    their_email INTEGER NOT NULL DEFAULT 0, their_email_at REAL NOT NULL DEFAULT -1e15,
    their_sms INTEGER NOT NULL DEFAULT 0, their_sms_at REAL NOT NULL DEFAULT -1e15
) WITHOUT ROWID;
CREATE TABLE alias (key BLOB, person BLOB, PRIMARY KEY (key, person)) WITHOUT ROWID;
CREATE TABLE gone (
    key BLOB, channel TEXT, at REAL NOT NULL, PRIMARY KEY (key, channel)
) WITHOUT ROWID;
CREATE TABLE held (person BLOB, channel TEXT, PRIMARY KEY (person, channel)) WITHOUT ROWID;
"""
CHANNELS = ("email", "sms")


class Says(IntFlag):
    """All statements about a person; several listings can contradict each other."""

    NOTHING = 1
    IN = 2
    OUT = 4
    FORCED_IN = 8
    """With `@force_optin`, which beats an opt-out."""
    BLANK = 16
    """Neither, but in words that would replace an opt-out: `NOT_SPECIFIED`, or
    `@force_optin` alone."""


class Told(NamedTuple):
    """What one side says of one channel."""

    says: Says
    at: float = NEVER
    """When, in Unix seconds."""


NOTHING = Told(Says.NOTHING)
_STATEMENTS = int(Says.IN | Says.OUT | Says.FORCED_IN)
RAISING = Says.IN | Says.FORCED_IN | Says.BLANK
"""What may opt in somebody who is out, or remove an opt-out."""


class Compared(NamedTuple):
    """People with the same states on both sides."""

    ours: Says
    theirs: Says
    """0 for people whom the account does not know."""
    is_newer: bool
    """Whether they opted in in the files after they opted out in the account."""
    people: int


class Verdict(NamedTuple):
    """Both sides of one person and channel."""

    ours: Told
    theirs: Told

    @property
    def is_newer(self) -> bool:
        """Whether the opt-in of the files is known to be later than the account's opt-out."""
        return self.theirs.at > NEVER and self.ours.at > self.theirs.at


def email_key(email: str) -> bytes:
    """The hash of an email, whatever its case."""
    return _hash("email", email.strip().lower())


def customer_key(customer_id: str) -> bytes:
    """The hash of a shop's customer id."""
    return _hash("customer", customer_id)


def listing_key(collection: str, record_id: str) -> bytes:
    """The hash of what makes a contact listing the same one in the account."""
    return _hash("listing", collection or "default", record_id)


def moved_key(collection: str, record_id: str) -> bytes:
    """The hash of a contact, by which people are looked for whose email the account lacks."""
    return _hash("moved", collection or "default", record_id)


def profile_key(profile_id: str) -> bytes:
    """The hash of the account's own id of a person."""
    return _hash("profile", profile_id)


def _hash(*parts: str) -> bytes:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=16).digest()


class People:
    """A database that lasts as long as one comparison; a context manager.

    It spills to a file that has no name and that nobody else can open.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA cache_size = -65536; {_TABLES}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(
        self, key: bytes, email: Told, sms: Told, aliases: Iterable[bytes], *, has_name: bool
    ) -> None:
        """Add what a record of the files says; `has_name` if the account knows people by it."""
        self._database.execute(
            "INSERT INTO person (key, has_name, email, email_at, sms, sms_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " has_name = has_name | excluded.has_name,"
            " email = email | excluded.email, email_at = max(email_at, excluded.email_at),"
            " sms = sms | excluded.sms, sms_at = max(sms_at, excluded.sms_at)",
            (key, has_name, int(email.says), email.at, int(sms.says), sms.at),
        )
        for alias in aliases:
            self._database.execute("INSERT OR IGNORE INTO alias VALUES (?, ?)", (alias, key))

    def add_gone(self, keys: Iterable[bytes], channel: str, at: float) -> None:
        """Note that a person opted out; the latest time counts."""
        for key in keys:
            self._database.execute(
                "INSERT INTO gone VALUES (?, ?, ?)"
                " ON CONFLICT (key, channel) DO UPDATE SET at = max(at, excluded.at)",
                (key, channel, at),
            )

    def gone(self, keys: Iterable[bytes]) -> dict[str, float]:
        """When the person who has these keys opted out last, by channel."""
        found: dict[str, float] = {}
        for key in keys:
            query = "SELECT channel, at FROM gone WHERE key = ?"
            for channel, at in self._database.execute(query, (key,)):
                found[channel] = max(at, found.get(channel, NEVER))
        return found

    def people_of(self, keys: Iterable[bytes]) -> set[bytes]:
        """The people of the files who have one of these keys."""
        found: set[bytes] = set()
        for key in keys:
            found.update(
                person
                for (person,) in self._database.execute(
                    "SELECT key FROM person WHERE key = :key"
                    " UNION SELECT person FROM alias WHERE key = :key",
                    {"key": key},
                )
            )
        return found

    def asking(self) -> int:
        """How many people the files opt in, or may take an opt-out from, by whatever channel."""
        query = "SELECT count(*) FROM person WHERE email & :raising OR sms & :raising"
        return int(self._database.execute(query, {"raising": int(RAISING)}).fetchone()[0])

    def askers(self, most: int) -> set[bytes] | None:
        """The keys of those people and of all who share an id with them; None if they are more."""
        query = (
            "WITH RECURSIVE asker (key) AS"
            " (SELECT key FROM person WHERE email & :raising OR sms & :raising"
            " UNION SELECT theirs.person FROM asker JOIN alias AS own ON own.person = asker.key"
            " JOIN alias AS theirs ON theirs.key = own.key) SELECT key FROM asker LIMIT :most"
        )
        self._index()
        values = {"raising": int(RAISING), "most": most + 1}
        found = {key for (key,) in self._database.execute(query, values)}
        return found if len(found) <= most else None

    def spread(self) -> None:
        """Count people who share an id with somebody who is out as out: they are one person."""
        self._index()
        for channel in CHANNELS:
            theirs, at = f"their_{channel}", f"their_{channel}_at"
            changed = 1
            while changed:
                changed = self._database.execute(
                    f"UPDATE person SET looked = 1, {theirs} = {theirs} | :out,"  # noqa: S608 -- as above
                    f" {at} = max({at}, left.at) FROM (SELECT other.person, max(out.{at}) AS at"
                    " FROM person AS out JOIN alias AS own ON own.person = out.key"
                    " JOIN alias AS other ON other.key = own.key AND other.person != own.person"
                    f" WHERE out.{theirs} & :out GROUP BY other.person) AS left"
                    " WHERE left.person = person.key"
                    f" AND (NOT {theirs} & :out OR {at} < left.at)",
                    {"out": int(Says.OUT)},
                ).rowcount

    def _index(self) -> None:
        """Find the ids of people fast; only once all are known, as it slows the adding down."""
        self._database.execute("CREATE INDEX IF NOT EXISTS ids ON alias (person)")

    def meet(self, keys: Iterable[bytes]) -> None:
        """Note that a profile has the emails by which people are kept."""
        for key in keys:
            self._database.execute("UPDATE person SET met = 1 WHERE key = ?", (key,))

    def is_stranger(self, person: bytes | None = None) -> bool:
        """Whether no profile has the email of a person whom the files opt in; None for any."""
        query = (
            "SELECT 1 FROM person WHERE (email & :raising OR sms & :raising) AND has_name"
            " AND NOT met AND (:person IS NULL OR key = :person) LIMIT 1"
        )
        values = {"raising": int(RAISING), "person": person}
        return bool(self._database.execute(query, values).fetchone())

    def hold(self, person: bytes, channel: str) -> None:
        """Note that something the files say of a person is not sent."""
        self._database.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (person, channel))

    def held(self) -> dict[str, int]:
        """For how many people something is not sent, by channel."""
        query = "SELECT channel, count(*) FROM held GROUP BY channel"
        return dict(self._database.execute(query))

    def without_name(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of some people whom the account knows only by their own contact."""
        query = "SELECT 1 FROM person WHERE key = ? AND NOT has_name"
        return {key for key in keys if self._database.execute(query, (key,)).fetchone()}

    def note(self, people: Iterable[bytes], channel: str, told: Told) -> None:
        """Add what the account says of people."""
        for key in people:
            self._database.execute(
                f"UPDATE person SET looked = 1, their_{channel} = their_{channel} | ?,"  # noqa: S608 -- a constant of ours
                f" their_{channel}_at = max(their_{channel}_at, ?) WHERE key = ?",
                (int(told.says), told.at, key),
            )

    def alias(self, key: bytes, people: Iterable[bytes]) -> None:
        """Add what else people in the files are known by."""
        for person in people:
            self._database.execute("INSERT OR IGNORE INTO alias VALUES (?, ?)", (key, person))

    def note_gone(self) -> None:
        """Add who opted out to what the account says, for those whom no page has shown, too."""
        for channel in CHANNELS:
            self._database.execute(
                f"UPDATE person SET looked = 1, their_{channel} = their_{channel} | :out,"  # noqa: S608 -- as above
                f" their_{channel}_at = max(their_{channel}_at, left.at) FROM"
                " (SELECT person, max(at) AS at FROM"
                " (SELECT key AS person, at FROM gone WHERE channel = :channel UNION ALL"
                " SELECT person, at FROM gone JOIN alias USING (key) WHERE channel = :channel)"
                " GROUP BY person) AS left WHERE left.person = person.key",
                {"out": int(Says.OUT), "channel": channel},
            )

    def note_looked(self, keys: Iterable[bytes] | None = None) -> None:
        """Note that people were looked up; None for everybody whom the account could know."""
        if keys is None:
            self._database.execute(
                "UPDATE person SET looked = 1 WHERE has_name OR email > :nothing OR sms > :nothing",
                {"nothing": int(Says.NOTHING)},
            )
        for key in keys or ():
            self._database.execute("UPDATE person SET looked = 1 WHERE key = ?", (key,))

    def drawn(self, number: int) -> set[bytes]:
        """So many people with an email, at random."""
        query = "SELECT key FROM person WHERE has_name ORDER BY random() LIMIT ?"
        return {key for (key,) in self._database.execute(query, (number,))}

    def counts(self) -> tuple[int, int]:
        """How many people the files have, and how many of them were looked up."""
        query = "SELECT count(*), coalesce(sum(looked), 0) FROM person"
        total, looked = self._database.execute(query).fetchone()
        return int(total), int(looked)

    def undated(self) -> int:
        """How many people the files have as opted in without saying since when."""
        mask = int(Says.IN | Says.FORCED_IN)
        query = "SELECT count(*) FROM person WHERE email & ? AND email_at = ?"
        return int(self._database.execute(query, (mask, NEVER)).fetchone()[0])

    def compared(self, channel: str) -> Iterator[Compared]:
        """The people who were looked up, by their words about consent.

        Of text messages, only those of whom the files say something.
        """
        has_statement = "" if channel == "email" else f" AND {channel} & {_STATEMENTS}"
        query = (
            f"SELECT {channel}, their_{channel},"  # noqa: S608 -- as above
            f" their_{channel}_at > {NEVER} AND {channel}_at > their_{channel}_at, count(*)"
            f" FROM person WHERE looked{has_statement} GROUP BY 1, 2, 3"
        )
        with closing(self._database.execute(query)) as rows:
            for ours, theirs, is_newer, people in rows:
                yield Compared(Says(ours), Says(theirs), bool(is_newer), people)

    def verdict(self, key: bytes, channel: str) -> Verdict | None:
        """Both sides of one person; None for somebody who was not looked up."""
        row = self._database.execute(
            f"SELECT {channel}, {channel}_at, their_{channel}, their_{channel}_at"  # noqa: S608 -- as above
            " FROM person WHERE key = ? AND looked",
            (key,),
        ).fetchone()
        if row is None:
            return None
        return Verdict(Told(Says(row[0]), row[1]), Told(Says(row[2]), row[3]))
