"""The runs of a home, read in a few milliseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

_MOST = 50
"""Older runs are not looked up: nobody reads longer lists."""


def runs_in(home: Path) -> Iterator[tuple[str, str]]:
    """The newest runs, newest first, each with its account, date and state."""
    try:
        folders = sorted((each for each in (home / "runs").iterdir()), reverse=True)
    except OSError:
        return
    for folder in folders[:_MOST]:
        yield folder.name, _about(folder / "journal.db")


def _about(journal: Path) -> str:
    """What a journal says about its run; empty if it cannot be read.

    This does not use the journal's own reader, whose import takes longer than everything here.
    """
    try:
        with closing(sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            ((account, state, created_at),) = opened.execute(
                "SELECT account, state, created_at FROM run"
            )
        moment = datetime.fromisoformat(created_at).astimezone()
    except (sqlite3.Error, ValueError, TypeError):
        return ""
    # Only the account's lock could tell whether the run's process still exists.
    words = "unfinished" if state == "running" else state
    return f"{str(account).partition('/')[0]}, {moment:%Y-%m-%d %H:%M}, {words}"
