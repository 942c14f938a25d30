"""Which records of a run went without an opt-in, because the account says otherwise."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ometria_import.actions.keeping import CHANNELS, LIST_FILE
from ometria_import.actions.results.records import Outcomes, PackedRecords, places_of
from ometria_import.actions.results.verdicts import Verdict
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import storage_errors
from ometria_import.package import SourceSummary
from ometria_import.problems.spreadsheet_cells import ENCODING, guarded

_WITH_NOTHING_TO_TELL = (Verdict.ACCEPTED, Verdict.READY, Verdict.NOT_SENT)


def tell_kept(
    outcomes: Outcomes, records: PackedRecords, sources: Sequence[SourceSummary], folder: RunFolder
) -> None:
    """Tell of each record whose opt-in was left out that it was, where nothing else is to be told.

    Args:
        outcomes: What became of the records, which learn of it.
        records: Those of the run's package, ranked.
        sources: Their sources.
        folder: Of the run that asked the account.

    Raises:
        TemporaryFailureError: the disk fails.
    """
    path = folder.path / LIST_FILE
    if not path.is_file():
        return
    numbers = {guarded(each.path): each.number for each in sources}
    channels = defaultdict[tuple[int, int], list[str]](list)
    with storage_errors(path), path.open(encoding=ENCODING, newline="") as file:
        for row in csv.DictReader(file):
            place = (numbers.get(row["source"], 0), int(row["line"]))
            channels[place].append(CHANNELS[row["channel"]])
    together = defaultdict[str, list[tuple[int, int]]](list)
    for place, found in channels.items():
        together[" and ".join(found)].append(place)
    for words, places in together.items():
        own_sources, lines = np.array(places, np.int64).T
        of = records.find(places_of(own_sources, lines))
        of = of[of >= 0]
        is_open = np.isin(outcomes.verdicts[of], _WITH_NOTHING_TO_TELL) & (outcomes.told[of] == 0)
        outcomes.tell(of[is_open], "", f"without its opt-in {words}: the account says otherwise")
