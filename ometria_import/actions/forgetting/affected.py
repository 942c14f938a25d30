"""What in a home is about people on the list: packages, and the runs that send them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.config.home import Home, RunFolder
from ometria_import.config.storage import storage_errors
from ometria_import.delivery import Journal, RunInfo
from ometria_import.errors import PackageError
from ometria_import.forgotten import Named, People, Place, named_records, records_about
from ometria_import.on_disk import is_file
from ometria_import.package import Package


@dataclass(frozen=True, slots=True)
class AffectedPackage:
    """A package with records about people on the list."""

    path: Path
    content_hash: str
    places: Place
    named: frozenset[Named]
    runs: tuple[tuple[RunFolder, RunInfo], ...]
    """The runs that send it or have sent it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be removed from a home."""

    packages: tuple[AffectedPackage, ...]
    damaged: Mapping[Path, str] = field(default_factory=dict)
    """Packages and journals that cannot be searched, with the reason."""

    def of_run(self, run_id: str) -> frozenset[Named]:
        """The records about people on the list that a run sends or sent."""
        found: set[Named] = set()
        for package in self.packages:
            if any(folder.id == run_id for folder, _ in package.runs):
                found |= package.named
        return frozenset(found)

    def of_folder(self, folder: Path) -> frozenset[Named]:
        """The records that a verification or a comparison of consent is about."""
        found: set[Named] = set()
        with suppress(OSError, ValueError, TypeError, AttributeError):
            told = json.loads((folder / "summary.json").read_bytes())
            found |= self.of_run(str(told.get("run")))
            for package in self.packages:
                if package.content_hash == told.get("package"):
                    found |= package.named
        return frozenset(found)

    @property
    def everything(self) -> frozenset[Named]:
        """All records about people on the list."""
        return frozenset().union(*(package.named for package in self.packages))


def survey(home: Home, people: People) -> Survey:
    """Find the packages with records about people on the list; nothing is changed."""
    damaged: dict[Path, str] = {}
    runs: dict[str, list[tuple[RunFolder, RunInfo]]] = defaultdict(list)
    paths = set((home.root / "packages").absolute().glob("*.db"))
    for folder, info in _runs(home.runs(), damaged):
        runs[info.content_hash].append((folder, info))
        with storage_errors(info.package_path):
            is_kept = is_file(info.package_path)
        if is_kept:
            paths.add(info.package_path.absolute())
    found = []
    for path in sorted(paths):
        try:
            with Package(path) as package:
                places = records_about(package, people)
                if places:
                    named = frozenset(named_records(package, places))
                    own = tuple(runs[package.content_hash])
                    found.append(AffectedPackage(path, package.content_hash, places, named, own))
        except PackageError as error:
            damaged[path] = error.message
    return Survey(tuple(found), damaged)


def _runs(
    folders: Iterable[RunFolder], damaged: dict[Path, str]
) -> Iterator[tuple[RunFolder, RunInfo]]:
    for folder in folders:
        if not folder.has_journal:
            continue
        try:
            with Journal(folder.journal, is_read_only=True) as journal:
                yield folder, journal.info()
        except PackageError as error:
            damaged[folder.journal] = error.message
