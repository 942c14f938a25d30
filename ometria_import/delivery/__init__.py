"""From a package to the push API: sinks, limiter, journal, run loop."""

from ometria_import.delivery.answers.findings import delivery_problems, write_outcome_files
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
    LateErrorsMissed,
    LateErrorsSeen,
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
from ometria_import.delivery.journal.model import (
    BatchRecord,
    BatchState,
    RunInfo,
    RunState,
    TypeTotals,
)
from ometria_import.delivery.runs.account_lock import AccountLock
from ometria_import.delivery.runs.history import (
    EarlierRun,
    ListedRun,
    OpenRejects,
    RunHistory,
    account_pause_s,
    earlier_run,
    is_accepted_on_staging,
    is_newest_of_account,
    list_runs,
    mended_records,
    newest_unfinished,
    open_rejects,
    overtaker,
    overtaking_run,
    read_run,
    types_to_send,
)
from ometria_import.delivery.runs.pruning import Pruned, prune_runs
from ometria_import.delivery.runs.retry_package import RetryReason, pack_retry, retriable_records
from ometria_import.delivery.runs.run_log import RunLog
from ometria_import.delivery.runs.run_request import RunRequest, load_request, save_request
from ometria_import.delivery.stopping import StopSignal, stop_on_signals
from ometria_import.delivery.summary import RunSummary, summary_of
from ometria_import.package.bodies import records_of
from ometria_import.package.effects import FLOW_ENTRIES, Effects, effects_of, effects_path
from ometria_import.package.revenue import Revenue, revenue_of, revenue_of_sums

__all__ = [
    "FLOW_ENTRIES",
    "AccountLock",
    "AwaitingErrors",
    "BatchRange",
    "BatchRecord",
    "BatchSettled",
    "BatchState",
    "DeliveryOptions",
    "EarlierRun",
    "Effects",
    "ErrorListUnreadable",
    "Event",
    "FeedEntry",
    "Journal",
    "KnownError",
    "LateError",
    "LateErrorsMissed",
    "LateErrorsSeen",
    "LateSums",
    "ListedRun",
    "OpenRejects",
    "Paused",
    "Probe",
    "Pruned",
    "QueueSeen",
    "RateChanged",
    "RetryReason",
    "Retrying",
    "Revenue",
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
    "account_pause_s",
    "add_late_errors",
    "create_journal",
    "delivery_problems",
    "dry_run_package",
    "earlier_run",
    "effects_of",
    "effects_path",
    "is_accepted_on_staging",
    "is_newest_of_account",
    "list_runs",
    "load_request",
    "mended_records",
    "newest_unfinished",
    "open_rejects",
    "overtaker",
    "overtaking_run",
    "pack_retry",
    "probe_account",
    "prune_runs",
    "push_package",
    "read_error_list",
    "read_run",
    "record_unsent",
    "records_of",
    "retriable_records",
    "revenue_of",
    "revenue_of_sums",
    "save_request",
    "stop_on_signals",
    "summary_of",
    "traced_in",
    "types_to_send",
    "write_outcome_files",
]
