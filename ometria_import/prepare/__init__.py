"""From sources to a package: map, normalise, assemble, pack."""

from ometria_import.prepare.cross_checks import (
    CrossCheckReport,
    Join,
    LineTotals,
    Orphan,
    Sales,
    SourceConsents,
)
from ometria_import.prepare.events import (
    PackingStarted,
    PrepareEvent,
    PrepareListener,
    PreparingInterrupted,
    SourceCopying,
    SourceDone,
    SourceOpened,
    SourceProgress,
    SourcesNamed,
)
from ometria_import.prepare.inputs.fingerprint import Fingerprint, fingerprint
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.outcome.summary import (
    PrepareSummary,
    RejectLimit,
    RowSums,
    SourceReport,
)
from ometria_import.prepare.rows.fates import Fate
from ometria_import.prepare.run import Prepared, check, prepare

__all__ = [
    "CrossCheckReport",
    "Fate",
    "Fingerprint",
    "Join",
    "LineTotals",
    "Orphan",
    "PackingStarted",
    "PrepareEvent",
    "PrepareListener",
    "PrepareOptions",
    "PrepareSummary",
    "Prepared",
    "PreparingInterrupted",
    "RejectLimit",
    "RowSums",
    "Sales",
    "SourceConsents",
    "SourceCopying",
    "SourceDone",
    "SourceOpened",
    "SourceProgress",
    "SourceReport",
    "SourcesNamed",
    "check",
    "fingerprint",
    "prepare",
]
