"""Contacts without an id of their own, which belong to those with their email, on disk.

A list of suppressions knows its people by their addresses only, and the profiles know them by an
id. Which contacts have an address is known once all files are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.records.consents import COPY, JOINS
from ometria_import.prepare.rows.key_hashes import hash_pairs
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.sources.arrays import Entries, Rows, Texts, mask_of


class EmailIndex:
    """The contacts of a run by their addresses."""

    def __init__(self, folder: Path, entry: np.dtype[Any]) -> None:
        """Start empty; `entry` describes a contact, with its key in `high` and `low`."""
        fields = [("email", np.uint64), ("check", np.uint64), ("entry", entry)]
        self._dtype = np.dtype(fields)
        self._spill = EntrySpill(folder, self._dtype, "email")

    def take(self, entries: Entries, emails: Texts) -> Entries:
        """Add contacts with their emails; those are returned whose key is known already."""
        has_email = mask_of(emails.is_valid())
        found = np.empty(int(has_email.sum()), self._dtype)
        found["email"], found["check"] = hash_pairs(pc.drop_null(emails))
        found["entry"] = entries[has_email]
        self._spill.add(found)
        known: Entries = entries[~(has_email & ((entries["marks"] & JOINS) != 0))]
        return known

    def joined(self) -> list[Entries]:
        """The contacts without an id, with the key of the contact that has their email.

        Where several contacts have it, each of them gets a copy. Where none has, the contact
        keeps the key that was made of its email.
        """
        return [_joined(part) for part in self._spill.parts()]

    def close(self) -> None:
        """Remove the files."""
        self._spill.close()


def _joined(part: Entries) -> Entries:
    """The contacts of one part that join others."""
    order = np.lexsort((part["check"], part["email"]))
    part = part[order]
    is_new = np.ones(len(part), bool)
    for name in ("email", "check"):
        differs = part[name][1:] != part[name][:-1]
        is_new[1:] = differs if name == "email" else is_new[1:] | differs
    group = np.cumsum(is_new) - 1
    joins = (part["entry"]["marks"] & JOINS) != 0
    targets = _distinct(part["entry"][~joins], group[~joins])
    joining, of_group = part["entry"][joins], group[joins]
    begin = np.searchsorted(targets["group"], of_group)
    end = np.searchsorted(targets["group"], of_group, side="right")
    found = [joining[begin == end]]
    # Nearly every address has one contact, so this runs once or twice.
    for number in range(int((end - begin).max(initial=0))):
        has_one = end - begin > number
        moved = joining[has_one]
        target = targets[begin[has_one] + number]
        moved["high"], moved["low"] = target["high"], target["low"]
        if number:
            moved["marks"] |= COPY
        found.append(moved)
    return np.concatenate(found)


def _distinct(entries: Entries, group: Rows) -> Entries:
    """The different keys of each group, in the order of the groups."""
    kind = [("group", np.int64), ("high", np.uint64), ("low", np.uint64)]
    keys = np.empty(len(entries), np.dtype(kind))
    keys["group"], keys["high"], keys["low"] = group, entries["high"], entries["low"]
    return np.unique(keys)
