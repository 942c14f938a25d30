"""How long an account's server still wants to be left alone, whichever run it said so to."""

from __future__ import annotations

from pathlib import Path

from ometria_import.config import AccountSettings
from ometria_import.config.home import Home
from ometria_import.delivery.journal.journal import Journal
from ometria_import.errors import OmetriaImportError


def account_pause_s(home: Home, account: AccountSettings, now_s: float) -> float:
    """Seconds of the longest pause that any run of an account was told and that are left.

    A journal that cannot be read tells of none: whoever resumes its run hears of that.

    Args:
        home: Where the runs are.
        account: At its address: another one is another server.
        now_s: Seconds since 1970.
    """
    journals = [folder.journal for folder in home.runs() if folder.journal.exists()]
    return max((_pause_s(path, account, now_s) for path in journals), default=0.0)


def _pause_s(path: Path, account: AccountSettings, now_s: float) -> float:
    try:
        with Journal(path, is_read_only=True) as journal:
            pause_s = journal.pause_left_s(now_s)
            info = journal.info() if pause_s else None
    except OmetriaImportError:
        return 0.0
    is_its = info is not None and (info.account, info.base_url) == (account.name, account.base_url)
    return pause_s if is_its else 0.0
