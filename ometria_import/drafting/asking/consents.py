"""What columns about marketing leave open: what a word, a plain no, or a date alone says."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.drafting.asking.model import (
    IN,
    NOTHING,
    OTHER,
    OUT,
    DraftQuestion,
    no_key,
    shown,
    since_key,
    until_key,
    word_key,
)
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.consent import Consent, consent_of, plain_nos
from ometria_import.drafting.tables.tables import Reading, Table
from ometria_import.problems import shorten

EMAIL, SMS = "marketing_optin", "channels.sms.allow_marketing"
MOST_WORDS = 6
_OF = {EMAIL: "email marketing", SMS: "marketing by text message"}


def consent_questions(table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """What a contact table leaves open of consent; the defaults say nothing of anybody."""
    if reading.kind != "contact":
        return
    for path in (EMAIL, SMS):
        found = consent_of(table.columns, by_text=path == SMS)
        for column in found.unclear:
            if len(column.distinct) <= MOST_WORDS:
                for word in found.open_words(column):
                    yield _of_word(path, column, word, name)
        if path == EMAIL:
            yield from _of_no(found, name)
            yield from date_questions(found, name)


def _of_word(path: str, column: Column, word: str, name: str) -> DraftQuestion:
    blank = len(column.filled) < len(column.texts)
    return DraftQuestion(
        word_key(path, column.name, word),
        f"What does '{shorten(word)}' in {column.name} of {name} say about {_OF[path]}: "
        "opted in, opted out, or nothing?",
        [shown(column) + (", or blank; a blank says nothing" if blank else "")],
        (IN, OUT, NOTHING),
        NOTHING,
        is_safe=True,
    )


def _of_no(found: Consent, name: str) -> Iterator[DraftQuestion]:
    """A plain no: that somebody left, or that nobody ticked a box."""
    column = found.says
    if column is None or not (words := plain_nos(found)):
        return
    said = " or ".join(f"'{shorten(word)}'" for word in words)
    others = [word for word in column.distinct if word not in words]
    yes = ", ".join(f"'{shorten(word)}'" for word in others)
    yield DraftQuestion(
        no_key(EMAIL, column.name),
        f"What does {said} in {column.name} of {name} say about email marketing: that the person "
        "opted out, or nothing (never asked for it)?",
        [
            shown(column),
            *([f"{yes} is read as opted in"] if yes else []),
            f"'{OUT}': Ometria would get EXPLICITLY_OPTEDOUT; '{NOTHING}': NOT_SPECIFIED",
            f"'{OTHER}': the column is about something else, and nobody is opted in by it",
        ],
        (OUT, NOTHING, OTHER),
        NOTHING,
        is_safe=True,
    )


def date_questions(found: Consent, name: str) -> Iterator[DraftQuestion]:
    """What dates say that stand alone, without a column that says who agreed or left."""
    yield from _of_date(found, name)
    yield from _of_leaving(found, name)


def _of_date(found: Consent, name: str) -> Iterator[DraftQuestion]:
    """A date alone, without a column that says who agreed."""
    column = found.since
    if column is None or column.is_blank or found.says or found.unclear:
        return
    yield DraftQuestion(
        since_key(EMAIL, column.name),
        f"Does a date in {column.name} of {name} say that the person agreed to email marketing "
        "(in), or nothing?",
        [shown(column), f"'{IN}': Ometria would get EXPLICITLY_OPTEDIN with that time"],
        (IN, NOTHING),
        NOTHING,
        is_safe=True,
    )


def _of_leaving(found: Consent, name: str) -> Iterator[DraftQuestion]:
    """A date of leaving that may be that of a customer's account."""
    column = found.until
    if column is None or column.is_blank or found.left or not found.leaves_in_doubt:
        return
    yield DraftQuestion(
        until_key(EMAIL, column.name),
        f"Does a date in {column.name} of {name} say that the person opted out of email marketing "
        "(out), or something else (nothing)?",
        [shown(column), f"'{OUT}': Ometria would get EXPLICITLY_OPTEDOUT with that time"],
        (OUT, NOTHING),
        OUT,
    )
