"""Files that killed processes left behind, which may be about anybody."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.config.home import Home
from ometria_import.config.storage import is_held, storage_errors
from ometria_import.errors import AccountBusyError
from ometria_import.on_disk import is_file, is_folder

_PLAIN = "plain"
_SCRATCH = "tmp*"
_UNFINISHED = "unfinished-*.db*"


def tell_of_leftovers(context: Context) -> None:
    """Remove packages with real people that pseudonymised runs had no time to remove.

    A home that cannot be read or changed is passed over: commands that need it report that.
    """
    left: list[Path] = []
    with suppress(OSError):
        left += (context.home.root / "runs").glob(f"*/{_PLAIN}")
    for path in left:
        if not is_held(path.parent):
            shutil.rmtree(path, ignore_errors=True)
            words = (
                f"run {path.parent.name} was killed before it had made fakes: what it had "
                f"prepared of real people "
            )
            words += "could not be removed: remove " + str(path) if path.exists() else "is removed"
            context.caller.tell(Noted(words))


def remove_unfinished(home: Home) -> int:
    """Remove files of preparing, verifying and writing that was never finished.

    Returns:
        How many files and folders there were.

    Raises:
        AccountBusyError: a process is at work in the home; nothing was removed.
    """
    root = home.root
    with storage_errors(root):
        packages = list((root / "packages").glob(_UNFINISHED))
        folders = [path for kind in ("runs", "checks") for path in (root / kind).glob("*")]
        verifications = list((root / "verify").glob("*/lock"))
        for path in (*packages, *folders, *verifications):
            if is_held(path):
                raise AccountBusyError(
                    f"another command is at work on {path}",
                    hint="Wait until it ends, or stop it with Ctrl-C. Then run the same command "
                    "again.",
                )
        scratch = [path for folder in folders for path in folder.glob(_SCRATCH) if is_folder(path)]
        unfinished = [path for path in root.rglob("*.unfinished") if is_file(path)]
        for path in (*packages, *unfinished):
            path.unlink(missing_ok=True)
        for path in scratch:
            shutil.rmtree(path)
    return len(packages) + len(unfinished) + len(scratch)
