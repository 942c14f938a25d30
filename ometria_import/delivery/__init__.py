"""From a package to the push API: sinks, limiter, journal, run loop."""

from ometria_import.delivery.answers.findings import (
    delivery_problems,
    words_of,
    write_outcome_files,
)
from ometria_import.delivery.answers.refresh import (
    KnownError,
    add_late_errors,
    read_error_list,
    traced_in,
)
from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.api.probing import Probe, probe_account
from ometria_import.delivery.composition import DeliveryOptions, dry_run_package, push_package
from ometria_import.delivery.events import (
    AwaitingErrors,
    BatchSettled,
    ErrorListUnreadable,
    Event,
    HoursBegun,
    LateErrorsMissed,
    LateErrorsSeen,
    OutsideHours,
    Paused,
    QueueSeen,
    RateChanged,
    Retrying,
    RunEnded,
    RunStarted,
    Subscriber,
)
from ometria_import.delivery.journal.journal import Journal, create_journal, record_unsent
from ometria_import.delivery.journal.late import BatchRange, LateError, LateSums, Scope
from ometria_import.delivery.journal.leaving_out import leave_out, redact_texts
from ometria_import.delivery.journal.model import (
    BatchRecord,
    BatchState,
    Part,
    RefusedRecord,
    RunInfo,
    RunState,
    TypeTotals,
)
from ometria_import.delivery.runs.account_lock import AccountLock, holder_of
from ometria_import.delivery.runs.earlier_run import EarlierRun, OpenRejects
from ometria_import.delivery.runs.history import RunHistory
from ometria_import.delivery.runs.listed_run import ListedRun, info_of, read_run
from ometria_import.delivery.runs.pruning import Pruned, prune_runs
from ometria_import.delivery.runs.retry_package import RetryReason, pack_retry, retriable_records
from ometria_import.delivery.runs.run_log import RunLog, without_answer
from ometria_import.delivery.runs.run_request import (
    Approval,
    RunRequest,
    load_request,
    save_request,
)
from ometria_import.delivery.stopping import StopSignal, stop_on_signals
from ometria_import.delivery.summary import RunSummary, summary_of

__all__ = [
    "AccountLock",
    "Approval",
    "AwaitingErrors",
    "BatchRange",
    "BatchRecord",
    "BatchSettled",
    "BatchState",
    "DeliveryOptions",
    "EarlierRun",
    "ErrorListUnreadable",
    "Event",
    "FeedEntry",
    "HoursBegun",
    "Journal",
    "KnownError",
    "LateError",
    "LateErrorsMissed",
    "LateErrorsSeen",
    "LateSums",
    "ListedRun",
    "OpenRejects",
    "OutsideHours",
    "Part",
    "Paused",
    "Probe",
    "Pruned",
    "QueueSeen",
    "RateChanged",
    "RefusedRecord",
    "RetryReason",
    "Retrying",
    "RunEnded",
    "RunHistory",
    "RunInfo",
    "RunLog",
    "RunRequest",
    "RunStarted",
    "RunState",
    "RunSummary",
    "Scope",
    "StopSignal",
    "Subscriber",
    "TypeTotals",
    "add_late_errors",
    "create_journal",
    "delivery_problems",
    "dry_run_package",
    "holder_of",
    "info_of",
    "leave_out",
    "load_request",
    "pack_retry",
    "probe_account",
    "prune_runs",
    "push_package",
    "read_error_list",
    "read_run",
    "record_unsent",
    "redact_texts",
    "retriable_records",
    "save_request",
    "stop_on_signals",
    "summary_of",
    "traced_in",
    "without_answer",
    "words_of",
    "write_outcome_files",
]
