"""Whether the outcome of preparing was shown before, so that nobody has to read it twice."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from ometria_import.config.home import Home, RunFolder
from ometria_import.config.storage import private_file, storage_errors

if TYPE_CHECKING:
    from ometria_import.prepare import PrepareSummary

_LOOKED_AT = 5
"""How many of the newest checks and runs are compared; older ones may be forgotten."""
_OF_ITS_FOLDER = ("problems_file", "reject_files")


def note_shown(summary: PrepareSummary, folder: RunFolder) -> None:
    """Keep the totals of a check in its folder, as preparing does for a run.

    Raises:
        TemporaryFailureError: the disk fails.
    """
    with storage_errors(folder.path):
        private_file(folder.sums).write_text(json.dumps(summary.as_json()), encoding="utf-8")


def seen_before(summary: PrepareSummary, folder: RunFolder, home: Home) -> RunFolder | None:
    """The newest check or run with the same totals and problems; None if there is none."""
    own = _told(json.dumps(summary.as_json()))
    # A run that was killed before it had a journal may have shown nothing.
    runs = (run for run in home.runs() if run.id != folder.id and run.has_journal)
    found = [*islice(home.checks(), _LOOKED_AT), *islice(runs, _LOOKED_AT)]
    for each in sorted(found, key=lambda one: one.id, reverse=True):
        try:
            told = _told(each.sums.read_text("utf-8"))
        except (OSError, ValueError, TypeError):
            # A folder that cannot be read proves nothing, so everything is shown again.
            continue
        if told == own:
            return each
    return None


def _told(text: str) -> dict[str, Any]:
    # Not msgspec, which refuses the names of files that are no valid Unicode.
    told = dict(json.loads(text))
    return {name: value for name, value in told.items() if name not in _OF_ITS_FOLDER}
