"""The list of people who asked to be forgotten: a keyed hash for each, and the secret for it."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from ometria_import.config.home import Home
from ometria_import.config.kept_secret import KeptSecret, SecretPlace
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import UsageError
from ometria_import.on_disk import is_there

FORMAT_VERSION = 1
_LIST_FILE = "people.json"
_LOCK_FILE = "lock"


class Kind(StrEnum):
    """What the hash of an entry was made of."""

    EMAIL = "email"
    """An address as records have it."""
    MD5 = "md5"
    """What an account shows of an address: its MD5, in small hexadecimal digits."""
    FAKE = "fake"
    """The address that stands for a person where people are pseudonymised."""


@dataclass(frozen=True, slots=True)
class People:
    """The people on the list."""

    secret: KeptSecret
    hashes: frozenset[tuple[Kind, str]]
    _addresses: frozenset[str] = field(init=False, repr=False)
    _md5s: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        md5s = {value for kind, value in self.hashes if kind is Kind.MD5}
        addresses = {value for kind, value in self.hashes if kind is not Kind.MD5}
        # Made once, because every record of a package is looked up.
        object.__setattr__(self, "_md5s", frozenset(md5s))
        object.__setattr__(self, "_addresses", frozenset(addresses))

    def __bool__(self) -> bool:
        """Whether anybody is on it."""
        return bool(self.hashes)

    def __len__(self) -> int:
        """How many entries are about real people; somebody may have two of them."""
        return sum(kind is not Kind.FAKE for kind, _ in self.hashes)

    def has(self, email: str) -> bool:
        """Whether somebody with this address is on the list; it is trimmed and lower-cased."""
        address = normalised(email)
        if self._hash(address) in self._addresses:
            return True
        return bool(self._md5s) and self._hash(md5_of(address)) in self._md5s

    def entry(self, kind: Kind, value: str) -> tuple[Kind, str]:
        """What the list keeps of somebody."""
        return kind, self._hash(normalised(value))

    def _hash(self, value: str) -> str:
        return hmac.digest(self.secret.key, value.encode(errors="replace"), "sha256").hex()


def normalised(email: str) -> str:
    """An address as preparing writes it."""
    return email.strip().lower()


def md5_of(address: str) -> str:
    """What an account is taken to show of an address."""
    return hashlib.md5(address.encode(errors="replace"), usedforsecurity=False).hexdigest()


def known_people(home: Home) -> People | None:
    """The people on the list of a home; None if it has no list.

    Raises:
        UsageError: the list or its secret is lost or damaged, so it is not known who is on it.
    """
    place = _place(home.root / "forgotten")
    path = place.folder / _LIST_FILE
    with storage_errors(path):
        is_kept, was_used = is_there(path), is_there(place.folder / "mark")
    if not is_kept and not was_used:
        return None
    hashes = _read(path)
    secret = place.known()
    if secret is not None:
        return People(secret, hashes)
    if hashes:
        raise _unusable(path, "is there, but its secret is gone")
    return None  # The process that began the list was killed before it had made a secret.


def list_people(home: Home, new: Callable[[People], Iterable[tuple[Kind, str]]]) -> People:
    """Put people on the list of a home; the list is begun if there is none.

    Durable when it returns.

    Args:
        home: The home.
        new: Makes the entries, once the secret is known.

    Raises:
        UsageError: as in `known_people`.
    """
    folder = home.forgotten
    path = folder / _LIST_FILE
    with _alone(folder):
        people = known_people(home)
        if people is None:
            # The list comes first: a secret in use without a list means that the list was lost.
            _write(path, frozenset())
            people = People(_place(folder).secret(), frozenset())
        hashes = people.hashes | frozenset(new(people))
        if hashes != people.hashes:
            _write(path, hashes)
        return replace(people, hashes=hashes)


def _place(folder: Path) -> SecretPlace:
    return SecretPlace(
        folder=folder,
        what="list of forgotten people",
        made_with="the list of forgotten people was made with",
        danger="try which addresses are on the list",
        loss="Without it nobody knows who asked to be forgotten, so nothing is sent. Restore it "
        f"from your backup. If it cannot be found, remove the folder {folder} and forget everybody "
        "once more who ever asked for it.",
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing the list while the block runs."""
    path = folder / _LOCK_FILE
    with storage_errors(path), private_file(path).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> frozenset[tuple[Kind, str]]:
    with storage_errors(path):
        if not is_there(path):
            raise _unusable(path, "is gone")
        raw = path.read_bytes()
    try:
        told = json.loads(raw)
        if told["format"] != FORMAT_VERSION:
            raise _unusable(path, "was written by another version of this tool")
        return frozenset((Kind(kind), str(value)) for kind, value in told["people"])
    except (ValueError, KeyError, TypeError):
        raise _unusable(path, "is damaged") from None


def _write(path: Path, hashes: frozenset[tuple[Kind, str]]) -> None:
    told = {"format": FORMAT_VERSION, "people": sorted(hashes)}
    unfinished = path.with_suffix(".unfinished")
    with private_file(unfinished).open("w", encoding="ascii") as file:
        file.write(json.dumps(told))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"the list of people who asked to be forgotten cannot be used: {path} {why}",
        hint="Nothing is sent while nobody knows who is on it. Restore the folder "
        f"{path.parent} from your backup. If it cannot be found, remove it and forget everybody "
        "once more who ever asked for it.",
    )
