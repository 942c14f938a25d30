"""What `_errors` shows of the errors in the database when a scenario distorts it."""

from __future__ import annotations

import random
from typing import Any

from ometria_import.emulator.scenarios.faults import ErrorsFeed


def distort(
    entries: list[dict[str, Any]], fault: ErrorsFeed, chance: random.Random
) -> list[dict[str, Any]]:
    """The entries, newest first, as a fault lets them be seen."""
    shown = [entry for entry in entries for _ in range(fault.copies)][: fault.window]
    match fault.order:
        case "oldest_first":
            shown.reverse()
        case "shuffled":
            chance.shuffle(shown)
        case "newest_first":
            pass
    hidden = set(fault.hide)
    if fault.nulls:
        return [entry | dict.fromkeys(hidden) for entry in shown]
    return [{name: entry[name] for name in entry if name not in hidden} for entry in shown]
