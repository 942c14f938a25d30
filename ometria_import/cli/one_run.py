"""One run of a command: which is meant, and what its journal calls it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ometria_import.cli.showing.next_step import Commands
from ometria_import.config import Account
from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery import ListedRun, RunInfo, RunState, load_request
from ometria_import.errors import UsageError


def find_run(place: Home, text: str | None, commands: Commands) -> RunFolder:
    """Find a run that has a journal: the newest one, or the one whose id begins with a text.

    Raises:
        UsageError: there is none, several are meant, or the run ended before it had a journal.
    """
    if text is not None:
        folder = place.find_run(text)
        if not folder.journal.exists():
            raise UsageError(
                f"run {folder.id} ended before anything could be sent",
                hint=f"Push its files again. What was found in them: {folder.problems}",
            )
        return folder
    begun = [folder for folder in place.runs() if folder.journal.exists()]
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
            hint="Mend the files, or allow more rejects, and push them again.",
        )
    if info.is_dry_run:
        raise UsageError(
            f"run {info.run_id} is a dry run: nothing of it was sent",
            hint="Push the files without --dry-run.",
        )


def refuse_other_address(info: RunInfo, account: Account) -> None:
    """Stop where a finished run went to another address than the account has now.

    Raises:
        UsageError: it did.
    """
    if info.base_url != account.base_url:
        raise UsageError(
            f"run {info.run_id} went to {info.base_url}; base_url is {account.base_url} now",
            hint="Put the old base_url back, or push the files as a new run.",
        )


def later_words(later: ListedRun, types: Iterable[str]) -> str:
    """What a later run did to the account, as far as that can be known."""
    did = "sent" if later.info is not None else "cannot be read and may have sent"
    types = set(types) & later.sent.keys() or types
    return f"run {later.folder.id} {did} {' and '.join(sorted(types))} records to the account"


def commands_of(home: Path, folder: RunFolder) -> Commands:
    """The commands to suggest for a run: they must find the settings that it was begun with."""
    config = load_request(folder).config
    return Commands(home, Path(config) if config else None)


def is_open(info: RunInfo) -> bool:
    """Whether there is something left to send."""
    return not (info.is_finished or info.is_dry_run)


def seconds_of(info: RunInfo) -> float:
    """How long a run took from its beginning to its end, with what lay between two sessions."""
    return (info.updated_at - info.created_at).total_seconds()


def state_of(info: RunInfo) -> str:
    """What became of a run, in a word or two."""
    if info.is_unsent:
        return "not sent"
    if info.is_dry_run:
        return "dry run"
    # A run that was killed is called running for ever: only its account's lock would know.
    return "running?" if info.state is RunState.RUNNING else str(info.state)


def info_json(folder: RunFolder, info: RunInfo) -> dict[str, Any]:
    """What `--json` says of a run wherever it is named."""
    return {
        "run": folder.id,
        "account": info.account,
        "state": info.state,
        "dry_run": info.is_dry_run and not info.is_unsent,
        "created_at": info.created_at.isoformat(),
        "ended_at": None if info.state is RunState.RUNNING else info.updated_at.isoformat(),
        "duration_s": None if info.state is RunState.RUNNING else round(seconds_of(info), 3),
        "retry_of": info.retry_of or None,
    }
