"""Reading the account back: which lists there are, their records, and how many."""

from ometria_import.verification.reading.account_reads import AccountReads
from ometria_import.verification.reading.events import (
    AnswersSlow,
    NotReadableError,
    PageShifted,
    PlaceLost,
    ReadEvent,
    ReadRetried,
    ReadSubscriber,
    ShortPageError,
    ignore_reads,
)
from ometria_import.verification.reading.listing import Listing
from ometria_import.verification.reading.pages import PAGE_SIZE, ReadPage
from ometria_import.verification.reading.requests import MAX_IN_FLIGHT

__all__ = [
    "MAX_IN_FLIGHT",
    "PAGE_SIZE",
    "AccountReads",
    "AnswersSlow",
    "Listing",
    "NotReadableError",
    "PageShifted",
    "PlaceLost",
    "ReadEvent",
    "ReadPage",
    "ReadRetried",
    "ReadSubscriber",
    "ShortPageError",
    "ignore_reads",
]
