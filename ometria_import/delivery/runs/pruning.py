"""Removing old runs, checks and verifications, and the packages that no run needs any more.

An unfinished run stays however old it is, and so does whatever belongs to an account that a run
holds right now. What has not the name of something that we make stays too: `--home` may be wrong.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ometria_import.config.home import Home, RunFolder, RunId, is_run_id
from ometria_import.config.storage import storage_errors
from ometria_import.delivery.runs.account_lock import AccountLock
from ometria_import.delivery.runs.history import RunHistory
from ometria_import.delivery.runs.listed_run import ListedRun
from ometria_import.errors import AccountBusyError
from ometria_import.options.choices import AccountKind

_AT_WORK = timedelta(days=1)
"""What has no journal may belong to a command that is still preparing; younger ones stay."""
_PRUNING = RunId("prune")
_OF_PACKAGES = re.compile(r"([0-9a-f]{12}|unfinished-\w+)\.(db|effects)\b.*", re.ASCII)
"""The files of packages, finished or not, and of what is counted from them."""


@dataclass(slots=True)
class Pruned:
    """What was removed, or would be removed."""

    runs: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    freed_bytes: int = 0
    kept: dict[str, str] = field(default_factory=dict)
    """Why old runs or files were kept, by name."""


def prune_runs(home: Home, keep: timedelta, now: datetime, *, is_dry_run: bool = False) -> Pruned:
    """Remove runs, checks and verifications that are older than `keep`, and packages of theirs.

    Of runs, only those that are finished or were dry runs.

    Raises:
        UsageError: a file or folder cannot be removed.
    """
    pruned = Pruned()
    if not home.root.is_dir():
        return pruned
    with ExitStack() as locks, storage_errors(home.root):
        held = set(_held(home, locks))
        gone: list[RunFolder] = []
        left: list[ListedRun] = []
        candidates: set[Path] = set()
        history = RunHistory.load(home)
        for folder in home.runs():
            run = history.run(folder.id)
            info = run.info if run is not None else None
            is_old = _is_old(folder, run, now, keep)
            is_held = info is not None and info.account in held
            if is_old and not is_held:
                gone.append(folder)
                if info is not None:
                    candidates.add(info.package_path)
            elif run is not None:
                left.append(run)
                if is_old and info is not None:
                    pruned.kept[folder.id] = f"the account {info.account} is in use by a run"
        _keep_overtakers(history, gone, left, pruned)
        pruned.runs = [folder.id for folder in gone]
        checks = [
            path
            for kind in ("checks", "consent")
            for path in _old_folders(home.root / kind, now, keep)
        ]
        pruned.checks = [path.name for path in checks]
        verifications = list(_old_folders(home.root / "verify", now, keep))
        pruned.verifications = [path.name for path in verifications]
        packages = list(_packages(home, left, candidates, now, pruned)) if not held else []
        pruned.packages = sorted(path.name for path in packages if path.suffix == ".db")
        for path in (*(folder.path for folder in gone), *checks, *verifications, *packages):
            pruned.freed_bytes += _size(path)
            if is_dry_run:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    return pruned


def _old_folders(parent: Path, now: datetime, keep: timedelta) -> Iterator[Path]:
    """Folders with names of ours that no command is at work in any more."""
    for path in sorted(parent.glob("*")):
        if path.is_dir() and is_run_id(path.name) and _age(path, now) > max(keep, _AT_WORK):
            yield path


def _keep_overtakers(
    history: RunHistory, gone: list[RunFolder], left: list[ListedRun], pruned: Pruned
) -> None:
    """Keep what says that an unfinished run must not be resumed."""
    for run in history.runs:
        later = history.overtaker(run.folder.id) if run.is_open else None
        if later is not None and later.folder in gone:
            gone.remove(later.folder)
            left.append(later)
            pruned.kept[later.folder.id] = f"it overtook run {run.folder.id}, which is unfinished"


def _held(home: Home, locks: ExitStack) -> Iterator[str]:
    """The accounts that a run holds; the others are held until the pruning is done."""
    known = [*AccountKind, *(path.stem for path in home.locks.glob("*.lock"))]
    for name in sorted(set(map(str, known))):
        try:
            locks.enter_context(AccountLock(home, name, _PRUNING))
        except AccountBusyError:
            yield name


def _is_old(folder: RunFolder, run: ListedRun | None, now: datetime, keep: timedelta) -> bool:
    if not is_run_id(folder.id):
        return False
    if run is None:
        # It ended before anything could be sent, or was killed while preparing.
        return _age(folder.path, now) > max(keep, _AT_WORK)
    if run.info is None or not (run.info.is_finished or run.info.is_dry_run):
        return False
    return now - run.info.updated_at > keep


def _packages(
    home: Home, left: list[ListedRun], candidates: set[Path], now: datetime, pruned: Pruned
) -> Iterator[Path]:
    """The package files that belong to removed runs, or that no run ever used."""
    damaged = [run.folder.id for run in left if run.info is None]
    for name in damaged:
        pruned.kept[name] = (
            "its journal is damaged; all packages are kept, as one of them may belong to it"
        )
    if damaged:
        return
    needed = {run.info.package_path.name for run in left if run.info is not None}
    wanted = {path.name.split(".")[0] for path in candidates}
    for path in sorted((home.root / "packages").glob("*")):
        if not (path.is_file() and _OF_PACKAGES.fullmatch(path.name)):
            continue
        stem = path.name.split(".")[0]
        is_orphan = stem in wanted or _age(path, now) > _AT_WORK
        if is_orphan and f"{stem}.db" not in needed:
            yield path


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _size(path: Path) -> int:
    """The size in bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.lstat().st_size for file in files if not file.is_dir())
