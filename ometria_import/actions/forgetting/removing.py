"""Removing everybody on the list from a home; when repeated, it goes on where it stopped.

Packages come last, because their records tell which other files are about somebody.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.actions.forgetting.affected import AffectedPackage, Survey, survey
from ometria_import.actions.forgetting.texts import (
    WAYS,
    Sought,
    holds_address,
    pieces_of,
    remove_lines,
)
from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import Home, RunFolder
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery import Journal, leave_out, redact_texts
from ometria_import.errors import PackageError
from ometria_import.forgotten import Addresses, Named, People, count_records, without_records
from ometria_import.given import Given, UnusableStoreError, forget, has_store, keys_of
from ometria_import.package import Package, effects_path

_STATE = "state.db"
_OWN = frozenset({"forgotten", "locks", "given", "packages", "copies"})
"""Folders without texts about people, or whose files are searched in another way."""
_KINDS = {
    "problems.csv": "problems",
    "api-problems.csv": "problems",
    "danger.csv": "rows about consent",
    "rejects": "rejects",
    "bodies": "bodies of a dry run",
}
"""What the rows of a file are called, or of the files in a folder."""


@dataclass(slots=True)
class Removed:
    """What was removed, and what could not be searched."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many were removed, by the run, check, verification or package and by kind."""
    left: dict[str, str] = field(default_factory=dict)
    """Files in which somebody may still be, with the reason."""

    def note(self, where: str, kind: str, count: int) -> None:
        """Count what was removed."""
        if count:
            self.counts[where, kind] += count


def remove_everybody(
    home: Home, people: People, accounts: Mapping[AccountName, AccountSettings]
) -> Removed:
    """Remove everybody on the list from the files of a home; its accounts must be held.

    Raises:
        TemporaryFailureError: the disk fails; done again, it goes on.
    """
    # Here and not above: it takes a moment that no other command needs to pay for.
    from ometria_import.sources.remote import remove_leftovers

    with storage_errors(home.root):
        remove_leftovers(home.copies)
    removed = Removed()
    found = survey(home, people)
    removed.left = {str(path): why for path, why in found.damaged.items()}
    addresses = Addresses(people)
    for path in _files(home.root):
        _remove_from(path, home, found, addresses, removed)
    for package in found.packages:
        _remove_from_given(home, package, accounts, removed)
    for package in found.packages:
        _remove_from_package(home, package, addresses, removed)
    _redact_journals(home, addresses, removed)
    return removed


def remove_from_run(folder: RunFolder, people: People, named: Iterable[Named]) -> int:
    """Remove people from the texts that preparing has just written; returns the number of rows."""
    removed = Removed()
    sought = Sought(Addresses(people), named)
    for path in _files(folder.path):
        _remove_words(path, folder.id, sought, removed)
    return removed.counts.total()


def _files(root: Path) -> Iterator[Path]:
    """All files but those that are searched in another way."""
    for folder, names, files in os.walk(root):
        if Path(folder) == root:
            names[:] = sorted(set(names) - _OWN)
        yield from (Path(folder) / name for name in sorted(files))


def _remove_from(
    path: Path, home: Home, found: Survey, addresses: Addresses, removed: Removed
) -> None:
    """Remove people from any file of a home but those of `_OWN`."""
    # Here and not above: it takes a moment that no other command needs to pay for.
    from ometria_import.reporting.files import NUMBERS, PAGE

    kind, where = (*path.relative_to(home.root).parts, "")[:2]
    named = found.of_run(where) if kind == "runs" else found.of_folder(home.root / kind / where)
    if kind == "consent":
        named |= found.everything
    is_of_state = kind == "verify" and path.name.startswith(_STATE)
    if path.name in {PAGE, NUMBERS} or is_of_state:
        if named or (is_of_state and found.packages) or _holds(path, addresses):
            with storage_errors(path):
                path.unlink()
            removed.note(where, "unfinished verifications" if is_of_state else "reports", 1)
        return
    _remove_words(path, where, Sought(addresses, named), removed)


def _remove_words(path: Path, where: str, sought: Sought, removed: Removed) -> None:
    way = remove_lines if path.name.startswith("run.log") else WAYS.get(path.suffix)
    if way is not None:
        kind = _KINDS.get(path.name) or _KINDS.get(path.parent.name)
        kind = kind or ("texts" if path.suffix == ".json" else "rows")
        removed.note(where, kind, way(path, sought))
    elif path.suffix != ".db" and _holds(path, sought.addresses):
        removed.left[str(path)] = "it contains somebody's address, and is not a file of this tool"


def _holds(path: Path, addresses: Addresses) -> bool:
    """Whether there is an address in a file of any kind, packed or not."""
    return any(holds_address(addresses, pieces) for pieces in pieces_of(path))


def _remove_from_given(
    home: Home,
    package: AffectedPackage,
    accounts: Mapping[AccountName, AccountSettings],
    removed: Removed,
) -> None:
    for name in {info.account for _, info in package.runs}:
        if not has_store(home, name):
            continue
        with Package(package.path) as opened:
            keys = [
                key
                for number, positions in package.places.items()
                for position, key in enumerate(keys_of(opened.batch(number)))
                if position in positions
            ]
        try:
            account = accounts.get(name) or AccountSettings(name)
            with Given(home, account) as store:
                removed.note(f"given to {name}", "records", store.drop(keys))
        except UnusableStoreError:
            # Whoever sends next begins a new one.
            forget(home, name)


def _remove_from_package(
    home: Home, package: AffectedPackage, addresses: Addresses, removed: Removed
) -> None:
    """Write a package again without the records, and let its runs send the new one."""
    with Package(package.path) as parent, storage_errors(package.path):
        counts = count_records(parent, package.places)
        derived = without_records(parent, home.packages, package.places, keeps_batches=True)
    with derived:
        for folder, _ in package.runs:
            # Before the journal, whose change marks that all of this is done.
            _count_anew(folder, derived)
            with Journal(folder.journal) as journal:
                changed = leave_out(journal, derived, package.places, addresses.removed_from)
            removed.note(folder.id, "late errors and answers", changed)
        for where in [str(folder.id) for folder, _ in package.runs] or [f"package {parent.id}"]:
            for object_type, count in counts.items():
                removed.note(where, f"{object_type} records", count)
    with storage_errors(package.path):
        for path in (effects_path(package.path), package.path):
            path.unlink(missing_ok=True)


def _count_anew(folder: RunFolder, package: Package) -> None:
    """Correct the totals of a run to the records that remain."""
    try:
        told = json.loads(folder.sums.read_bytes())
    except (OSError, ValueError):
        return
    if isinstance(told, dict) and "records" in told:
        records = {str(name): count for name, count in package.record_counts().items()}
        unfinished = folder.sums.with_suffix(".unfinished")
        with storage_errors(folder.sums):
            private_file(unfinished).write_text(json.dumps({**told, "records": records}))
            unfinished.replace(folder.sums)


def _redact_journals(home: Home, addresses: Addresses, removed: Removed) -> None:
    """Remove addresses from what accounts said, also in runs without a record of the person."""
    for folder in home.runs():
        if folder.has_journal and str(folder.journal) not in removed.left:
            try:
                with Journal(folder.journal) as journal:
                    changed = redact_texts(journal, addresses.removed_from)
            except PackageError as error:
                removed.left[str(folder.journal)] = error.message
            else:
                removed.note(folder.id, "late errors and answers", changed)
