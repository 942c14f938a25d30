"""One run as shown to callers: its folder, its package, and its preparing totals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from ometria_import.actions.calling.suggestions import Commands
from ometria_import.config import Account, AccountName
from ometria_import.config.home import (
    MASKED_SUFFIX,
    READING_FILE,
    REFUSED_FILE,
    Home,
    RunFolder,
    RunId,
)
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import ExitCode, PackageError, UsageError
from ometria_import.options.counting import enumerated
from ometria_import.package import (
    Effects,
    Package,
    SourceSummary,
    effects_of,
)

if TYPE_CHECKING:
    # For types only: imported at run time, they would load what only deliveries need.
    from ometria_import.delivery import ListedRun, RunInfo


@dataclass(frozen=True, slots=True)
class Run:
    """One run, or what is wrong with its package.

    The totals of a run are in its journal, so they are available without the package.
    """

    folder: RunFolder
    package: Package | PackageError
    to: AccountName
    commands: Commands
    before: ExitCode = ExitCode.OK
    """The outcome of sending the rest of an earlier run, if that was sent first."""

    @property
    def sums(self) -> dict[str, Any]:
        """The totals of preparing in this run, whose package other runs may share.

        Empty where only the package would know, and is damaged.
        """
        if told := sums_of(self.folder):
            return told
        # A run of an earlier version, one that retries another, or one whose file is damaged.
        sums = {} if isinstance(self.package, PackageError) else self.package.sums
        return sums if _are_sums(sums) else {}

    @property
    def damage(self) -> PackageError | None:
        """What is wrong with the package."""
        return self.package if isinstance(self.package, PackageError) else None

    @property
    def has_rejects(self) -> bool:
        """Whether preparing rejected anything."""
        return bool(self.sums.get("rejected"))

    @property
    def promotes(self) -> RunId:
        """The staging run whose package this one sends to live; empty where it promotes none."""
        from ometria_import.delivery import load_request

        return load_request(self.folder).promotes

    @property
    def prepared_in(self) -> RunFolder:
        """The folder of the run that prepared the records: the staging run that this promotes."""
        promotes = self.promotes
        folder = self.folder.path.with_name(promotes) if promotes else self.folder.path
        return RunFolder(folder) if folder.is_dir() else self.folder

    def reject_files(self) -> list[Path]:
        """What was rejected while preparing, and what the account of this run refused."""
        folders = {each.id: each for each in (self.prepared_in, self.folder)}
        return sorted(
            path
            for each in folders.values()
            if each.rejects.is_dir()
            for path in each.rejects.iterdir()
            if each.id == self.folder.id or not path.name.endswith(REFUSED_FILE)
        )

    @property
    def is_pseudonymised(self) -> bool:
        """Whether a fake stands for each person in its records."""
        from ometria_import.delivery import load_request

        return load_request(self.folder).is_pseudonymised

    def push_rejects(self) -> str:
        """The command that pushes the reject files, which know how they are to be read.

        Items in a file of their own go with the file of their records, and are none without it:
        where there is nothing else, the command is empty.
        """
        # What is masked says where its rows are in the sources, and holds none itself.
        files = [path for path in self.reject_files() if not path.name.endswith(MASKED_SUFFIX)]
        has_records = bool({path.name for path in files} - items_files(self.prepared_in))
        return self.commands.push(*map(str, files), to=self.to) if has_records else ""

    def exit_code(self, of_delivery: ExitCode) -> ExitCode:
        """What the run as a whole tells the shell: rejects count from both its halves."""
        is_done = of_delivery is ExitCode.OK
        has_rejects = self.has_rejects or self.before is ExitCode.REJECTS
        return ExitCode.REJECTS if is_done and has_rejects else of_delivery

    def as_json(self) -> dict[str, Any]:
        """What `--json` says of the run's beginnings."""
        # The package may have been written again since, by a run with other reject files.
        files = [str(path) for path in self.reject_files()]
        problems = {"problems_file": str(self.prepared_in.problems), "reject_files": files}
        about = {"run": self.folder.id, "account": self.to, **self.sums, **problems}
        if effects := self.effects():
            about["sets_off"] = effects.as_json(datetime.now(UTC))
        if self.damage:
            about["package_error"] = self.damage.message
        return about

    def effects(self) -> Effects | None:
        """What the run sets off in a live account; None where its package is damaged."""
        if isinstance(self.package, PackageError):
            return None
        try:
            return effects_of(self.package, datetime.now(UTC))
        except PackageError:
            return None

    def sources(self) -> list[SourceSummary]:
        """The sources that the package was prepared of; none where it is damaged."""
        return [] if isinstance(self.package, PackageError) else self.package.sources()


def sums_of(folder: RunFolder) -> dict[str, Any]:
    """The preparing totals of a run; empty if it prepared nothing or the file is damaged."""
    try:
        told = json.loads(folder.sums.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return dict(told) if _are_sums(told) else {}


def _are_sums(told: object) -> TypeGuard[dict[str, Any]]:
    """Whether what was read is what preparing wrote: its counts are there, and are counts."""
    return (
        isinstance(told, dict)
        and all(isinstance(told.get(name, {}), dict) for name in ("problems", "across"))
        and all(isinstance(told.get(name), int) for name in ("rejected", "superseded"))
        and isinstance(told.get("held_back", 0), int)
    )


def items_files(folder: RunFolder) -> set[str]:
    """The names of the reject files that hold items without their records."""
    try:
        told = json.loads((folder.path / READING_FILE).read_bytes())["files"]
        return {str(name) for name, each in told.items() if each["items"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def keep_rows(prepared: RunFolder, folder: RunFolder) -> None:
    """Keep what became of every row with another run of the records, as the first may be pruned."""
    if prepared.rows.is_file():
        with storage_errors(folder.rows):
            shutil.copyfile(prepared.rows, private_file(folder.rows))


@dataclass(frozen=True, slots=True)
class SendableRun(Run):
    """A run that is sent, or rehearsed: it has its package."""

    package: Package


@contextmanager
def package_to_show(path: Path) -> Iterator[Package | PackageError]:
    """Open a package to tell of it; one that is damaged or gone keeps nobody from telling."""
    with ExitStack() as opened:
        try:
            found: Package | PackageError = opened.enter_context(Package(path))
        except PackageError as damage:
            found = damage
        yield found


def find_run(place: Home, text: str | None, commands: Commands) -> RunFolder:
    """Find a run that has a journal: the newest one, or the one whose id begins with a text.

    Raises:
        UsageError: there is none, several are meant, or the run ended before it had a journal.
    """
    if text is not None:
        folder = place.find_run(text)
        if not folder.has_journal:
            raise UsageError(
                f"run {folder.id} ended before anything could be sent",
                hint=f"Push its files again. The problems found in them: {folder.problems}",
            )
        return folder
    begun = [folder for folder in place.runs() if folder.has_journal]
    if not begun:
        raise UsageError(f"there is no run in {place.root}", hint=commands.push("FILE"))
    return begun[0]


def refuse_unsent(info: RunInfo) -> None:
    """Stop where nothing of a run was sent, and nothing of it ever will be.

    Raises:
        UsageError: it is a dry run, or it stopped before it sent anything.
    """
    if info.is_unsent:
        raise UsageError(
            f"run {info.run_id} stopped before it sent anything: {info.reason}",
            hint="Correct the files, or allow more rejects, and push them again.",
        )
    if info.is_dry_run:
        raise UsageError(
            f"run {info.run_id} is a dry run: nothing was sent",
            hint="Push the files without --dry-run.",
        )


def refuse_other_address(info: RunInfo, account: Account) -> None:
    """Stop where a finished run went to another address than the account has now.

    Raises:
        UsageError: it did.
    """
    if info.base_url != account.base_url:
        raise UsageError(
            f"run {info.run_id} went to {info.base_url}, but base_url is now {account.base_url}",
            hint="Restore the old base_url, or push the files as a new run.",
        )


def later_words(later: ListedRun, types: Iterable[str]) -> str:
    """What a later run did to the account, as far as that can be known."""
    did = "sent" if later.info is not None else "cannot be read and may have sent"
    types = set(types) & later.sent.keys() or types
    return f"run {later.folder.id} {did} {enumerated(sorted(types))} records to the account"


def commands_of(home: Path, folder: RunFolder) -> Commands:
    """The commands to suggest for a run: they must find the settings that it was begun with."""
    from ometria_import.delivery import load_request

    config = load_request(folder).config
    return Commands(home, Path(config) if config else None)
