"""Trials at random: nobody whom an account has as out is in after a push that keeps consent.

`python -m tests.consent.trials 300` plays so many against one emulator; each can be played again by
its seed. Before and after a push, the account is read by its own endpoints, and by nothing of ours.
"""

from __future__ import annotations

import csv
import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ometria_import import push
from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.options.choices import Danger

IN, OUT, NOT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
COLUMNS = (
    *("id", "@collection", "email", "customer_id", "marketing_optin", "timestamp_subscribed"),
    *("@force_optin", "channels.sms.allow_marketing", "channels.sms.dt_updated_marketing"),
    *("phone_number", "firstname"),
)
STRANGERS = 520
"""People whom no trial is about: beside so many, it is cheaper to look up one or two."""
_KEY = "trial-live-key"
_TRIALS_TO_AN_EMULATOR = 30
"""With everybody of the trials before, an account is read ever more slowly."""
_COLLECTIONS = ("shop", "till")
_OF_SMS = ("optin:sms", "double_optin:sms")


def a_running_emulator() -> Any:
    """An emulator for as many trials as are wanted."""
    return running(
        Settings(live_key=_KEY, rate=10_000, read_rate=10_000, queue=10**6, drain=1_000_000)
    )


def settle(emulator: RunningEmulator) -> None:
    """Let the account have many people who are in, in no file."""
    for number in range(STRANGERS):
        name = f"stranger{number}"
        _put(emulator, {"id": name, "email": f"{name}@example.org", "marketing_optin": IN}, "other")


class Trial:
    """One account, one file, and one push."""

    def __init__(self, seed: str, folder: Path, emulator: RunningEmulator) -> None:
        self.draw = random.Random(seed)
        self.name = f"{seed.replace(' ', '-')}x"
        self.folder = folder
        self.emulator = emulator
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.left: dict[str, datetime] = {}
        """When people have left for the last time, by email in lower case."""
        self.moved: set[str] = set()
        """Emails that a contact had before the push and has no more."""
        self.moved_to: set[str] = set()
        self.stopped: dict[str, datetime] = {}
        """Emails of who answered STOP to a text message."""
        self.is_joined = self.draw.random() < 0.5
        """Whether anybody may have the customer id of anybody else."""
        self.emails = [f"{self.name}.p{n}@example.com" for n in range(self.draw.randint(2, 12))]
        self.is_newest = not self.is_joined and self.draw.random() < 0.5
        """Whether the newest listing's word counts: any change makes one the newest, so everybody
        has one listing only."""
        self.emulator.set_traits(
            opt_out="newest" if self.is_newest else "one_listing",
            lower_emails=self.draw.random() < 0.3,
            taken_ids_ignored=self.draw.random() < 0.3,
            unset_nulls=self.draw.random() < 0.3,
        )

    def play(self) -> None:
        """Invent an account and a file, push it, and compare the account before and after."""
        listings = [self._listing(number) for number in range(self.draw.randint(0, 14))]
        for body, collection in listings:
            _put(self.emulator, body, collection)
        for email in self.emails:
            if self.draw.random() < 0.2:
                self._leave(email, self._moment())
        rows = [self._row(number) for number in range(self.draw.choice((1, 1, 2, 6, 20)))]
        path = self.folder / "contacts.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        before, contacts = self._people(), self._contacts()
        rule = self.draw.choice(("keep", "keep", "keep", "lower"))
        self.push(path, rule)
        after, contacts_after = self._people(), self._contacts()
        self.moved = {
            (contact.get("email") or "").lower()
            for key, contact in contacts.items()
            if contact.get("email") != contacts_after[key].get("email")
        }
        self.moved_to = {
            (contacts_after[key].get("email") or "").lower()
            for key, contact in contacts.items()
            if contact.get("email") != contacts_after[key].get("email")
        }
        self._compare(before, after, rows, rule)
        self._compare_moved(contacts, before, contacts_after, after)
        self._compare_messages(contacts, contacts_after, rows)

    def _listing(self, number: int) -> tuple[dict[str, Any], str]:
        optin = self.draw.choice((IN, OUT, OUT, NOT, None))
        email = self.draw.choice(self.emails)
        body: dict[str, Any] = {"id": self._id(email), "email": email}
        if self.draw.random() < 0.1:
            phone = number % 3
            body = {"id": f"{self.name}-phone{phone}", "phone_number": f"+447700900{phone:03}"}
        if optin:
            body["marketing_optin"] = optin
        if customer := self._customer(body.get("email"), is_new=False):
            body["customer_id"] = customer
        if self.draw.random() < 0.3:
            told = {"allow_marketing": self.draw.random() < 0.5}
            body["channels"] = {"sms": {**told, "dt_updated_marketing": _text(self._moment())}}
        return body, self._collection(*_COLLECTIONS, _OF_SMS[0])

    def _id(self, email: str) -> str:
        """One of two ids of a person: an id that goes to another one takes a word along."""
        return f"{email.partition('@')[0]}-{0 if self.is_newest else self.draw.randint(0, 1)}"

    def _collection(self, *names: str) -> str:
        return names[0] if self.is_newest else self.draw.choice(names)

    def _customer(self, email: str | None, *, is_new: bool) -> str:
        if self.draw.random() < 0.5:
            return ""
        if self.is_joined:
            return f"{self.name}-c{self.draw.randint(0, 6)}"
        # The customer id of one person each, who may have moved to an email nobody knew.
        if is_new or email is None:
            return f"{self.name}-c{self.draw.randrange(len(self.emails))}" if is_new else ""
        return f"{self.name}-c{self.emails.index(email)}"

    def _row(self, number: int) -> dict[str, str]:
        email = self.draw.choice(self.emails)
        is_moved = self.draw.random() < 0.15
        if is_moved:
            email = f"{self.name}.new{number}@example.com"
        optin = self.draw.choice((IN, IN, IN, OUT, NOT, ""))
        row = dict.fromkeys(COLUMNS, "")
        row |= {
            "id": self._id(self.draw.choice(self.emails) if is_moved else email),
            "@collection": self._collection(*_COLLECTIONS, *_COLLECTIONS, *_OF_SMS),
            "email": email.title() if self.draw.random() < 0.2 else email,
            "customer_id": self._customer(None if is_moved else email, is_new=is_moved),
            "marketing_optin": optin,
            "@force_optin": "true" if self.draw.random() < 0.2 else "",
            "firstname": "Ann",
        }
        if optin == IN and self.draw.random() < 0.7:
            row["timestamp_subscribed"] = _text(self._moment())
        if self.draw.random() < 0.1 and not is_moved:
            phone = number % 3
            row |= {"id": f"{self.name}-phone{phone}", "email": "", "customer_id": ""}
            row["phone_number"] = f"+447700900{phone:03}"
        if self.draw.random() < 0.4:
            row["channels.sms.allow_marketing"] = self.draw.choice(("true", "true", "false"))
            row["channels.sms.dt_updated_marketing"] = _text(self._moment())
        return row

    def _moment(self) -> datetime:
        return self.now - timedelta(hours=self.draw.randint(1, 200))

    def _leave(self, email: str, moment: datetime) -> None:
        is_sms = self.draw.random() < 0.3
        self.emulator.unsubscribe(
            email.upper() if self.draw.random() < 0.3 else email,
            timestamp=_text(moment),
            account="live",
            type="stopword_unsubscribe_TF" if is_sms else "preferences_centre",
        )
        if is_sms:
            self.stopped[email] = max(moment, self.stopped.get(email, moment))
        else:
            self.left[email] = max(moment, self.left.get(email, moment))

    def push(self, path: Path, rule: str) -> None:
        settings = self.folder / "ometria-import.toml"
        settings.write_text(
            f'[accounts.live]\nbase_url = "{self.emulator.base_url}"\nread_rate = 100\n'
            "wait_for_errors = 0\nrate = 100\n"
        )
        push(
            str(path),
            to="live",
            confirm=True,
            allow=tuple(Danger),
            consent=rule,
            without_email="send",
            key=_KEY,
            home=self.folder / "home",
            config=settings,
        )
        self.emulator.wait_until_drained()

    def _compare(
        self,
        before: list[dict[str, Any]],
        after: list[dict[str, Any]],
        rows: list[dict[str, str]],
        rule: str,
    ) -> None:
        """Nobody is in who was out, unless they came back; with `lower`, who was not in."""
        for person in before:
            names = _names(person)
            was = person["marketing_optin"]
            if was == IN or (was != OUT and rule == "keep") or names & self.moved:
                # A contact that goes to another email takes its word along.
                continue
            if rule == "keep" and self._came_back(names, rows):
                continue
            for later in after:
                if names & _names(later):
                    assert later["marketing_optin"] != IN, (self.name, rule, person, later)
        if rule == "lower":
            known = {name for person in before for name in _names(person)}
            for later in after:
                if not known & _names(later) and not _names(later) & self.moved_to:
                    assert later["marketing_optin"] != IN, (self.name, "new", later)

    def _compare_moved(
        self,
        contacts: dict[tuple[str, str], dict[str, Any]],
        before: list[dict[str, Any]],
        contacts_after: dict[tuple[str, str], dict[str, Any]],
        after: list[dict[str, Any]],
    ) -> None:
        """Nobody who was out comes in under an email that nobody knew."""
        for key, contact in contacts.items():
            email = (contact.get("email") or "").lower()
            new = (contacts_after[key].get("email") or "").lower()
            was_out = any(p["marketing_optin"] == OUT and email in _names(p) for p in before)
            if new == email or not was_out or email in self.left:
                continue
            for person in after:
                # Whoever was in before, and is the same person now, is in by their own word.
                was_in = any(
                    p["marketing_optin"] == IN and _names(p) & _names(person) for p in before
                )
                if new in _names(person) and not was_in:
                    assert person["marketing_optin"] != IN, (self.name, email, new, person)

    def _came_back(self, names: set[str], rows: list[dict[str, str]]) -> bool:
        """Whether the file has somebody in since later than they have left, as far as is known."""
        left = [self.left[name] for name in names if name in self.left]
        joined = [
            datetime.fromisoformat(row["timestamp_subscribed"])
            for row in rows
            if row["timestamp_subscribed"] and names & {row["email"].lower(), row["customer_id"]}
        ]
        return bool(left and joined) and max(joined) > max(left)

    def _compare_messages(
        self,
        before: dict[tuple[str, str], dict[str, Any]],
        after: dict[tuple[str, str], dict[str, Any]],
        rows: list[dict[str, str]],
    ) -> None:
        """No contact that had text messages off has them on, unless that is newer."""
        newest = {
            row["email"].lower() or f"{row['@collection']} {row['id']}": max(
                other["channels.sms.dt_updated_marketing"]
                for other in rows
                if other["email"].lower() == row["email"].lower()
            )
            for row in rows
        }
        for key, contact in after.items():
            was, now = _messages(before.get(key, {})), _messages(contact)
            email = (contact.get("email") or "").lower()
            if now.get("allow_marketing") is not True or was.get("allow_marketing") is True:
                continue
            if was.get("allow_marketing") is False:
                mine = newest.get(email or " ".join(key), "")
                assert mine > was["dt_updated_marketing"], (self.name, key, was, now)
            elif email in self.stopped:
                newer = datetime.fromisoformat(now["dt_updated_marketing"])
                assert newer > self.stopped[email], (self.name, key, now)

    def _people(self) -> list[dict[str, Any]]:
        return [each for each in self._read("/profiles") if self.name in str(each)]

    def _contacts(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (collection, each["id"]): each
            for collection in (*_COLLECTIONS, *_OF_SMS)
            for each in self._read(f"/contacts/{collection}")
            if each["id"].startswith(self.name)
        }

    def _read(self, path: str) -> Iterator[dict[str, Any]]:
        for offset in range(0, 10**6, 250):
            page = httpx.get(
                f"{self.emulator.base_url}{path}",
                params={"limit": 250, "offset": offset},
                headers={"X-Ometria-Auth": _KEY},
                timeout=60,
            ).json()
            yield from page
            if len(page) < 250:
                return


def _names(person: dict[str, Any]) -> set[str]:
    return {each["id"].lower() for each in person["identities"]} or {person["id"]}


def _messages(contact: dict[str, Any]) -> dict[str, Any]:
    found = ((contact.get("channels") or {}).get("sms")) or {}
    assert isinstance(found, dict)
    return found


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _put(emulator: RunningEmulator, body: dict[str, Any], collection: str) -> None:
    whole = {"@type": "contact", "@collection": collection, **body}
    emulator.put_record("contact", body["id"], whole, collection=collection, account="live")


def play(seed: str, emulator: RunningEmulator) -> None:
    """Play one trial."""
    with tempfile.TemporaryDirectory() as folder:
        Trial(seed, Path(folder), emulator).play()


def main() -> int:
    """Play as many trials as are wanted; 1 where one broke the law."""
    count = int(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else secrets.token_hex(3)
    broken = 0
    for first in range(0, count, _TRIALS_TO_AN_EMULATOR):
        with a_running_emulator() as emulator:
            settle(emulator)
            for number in range(first, min(first + _TRIALS_TO_AN_EMULATOR, count)):
                try:
                    play(f"{word} {number}", emulator)
                except AssertionError as error:
                    broken += 1
                    sys.stdout.write(f"{error}\n")
    sys.stdout.write(f"{count} trials of {word}, {broken} broke the law\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
