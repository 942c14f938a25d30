"""From sources to a package: map, normalise, assemble, pack."""

from ometria_import.prepare.events import (
    PackingStarted,
    PrepareEvent,
    PrepareListener,
    SourceDone,
    SourceOpened,
    SourceProgress,
)
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.problem_log import ProblemGroup, ProblemLog
from ometria_import.prepare.run import Prepared, check, prepare
from ometria_import.prepare.summary import PrepareSummary, RowSums, SourceReport

__all__ = [
    "PackingStarted",
    "PrepareEvent",
    "PrepareListener",
    "PrepareOptions",
    "PrepareSummary",
    "Prepared",
    "ProblemGroup",
    "ProblemLog",
    "RowSums",
    "SourceDone",
    "SourceOpened",
    "SourceProgress",
    "SourceReport",
    "check",
    "prepare",
]
