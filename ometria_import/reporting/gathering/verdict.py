"""The verdict on a run, what nobody can say of it, and what is left for people to check."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.delivery import without_answer
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Chain, Consent, Verdict
from ometria_import.verification import How
from ometria_import.verification import Verdict as Verified

GOOD, OPEN, BAD = "good", "open", "bad"
_UNKNOWN_SHOP = (
    "Whether the files hold everything that the shop has: only the shop's own dashboard can say so."
)


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def verdict_of(material: Material, chain: list[Chain]) -> Verdict:
    """One sentence, with whatever else decides whether somebody can sign."""
    wrong, open_ends = list(_bad(material)), list(_open(material, chain))
    is_proven = material.verification is not None
    tone = BAD if wrong else GOOD if is_proven and not open_ends else OPEN
    return Verdict(tone=tone, sentence=_sentence(material), details=[*wrong, *open_ends])


def _sentence(material: Material) -> str:
    info, told = material.info, material.delivered
    records = counted(told.records, "record")
    if info.is_unsent:
        return f"Nothing was sent: {without_answer(info.reason) or 'the run stopped before'}."
    if info.is_dry_run:
        return f"Nothing was sent: this is a dry run of {records}."
    if not told.is_finished:
        sent = told.records - told.to_send
        return f"The run is not finished: {sent:,} of {records} were sent to {info.account}."
    if told.records == told.accepted:
        what = f"All {records} of the package were" if told.records != 1 else "The one record was"
    else:
        what = f"{told.accepted:,} of {records} were"
    return f"{what} accepted by {info.account}, {_found(material)}."


def _found(material: Material) -> str:
    checked = material.verification
    if checked is None:
        return "which means received: nobody has read back yet whether they are stored"
    read, population = checked.total("read"), checked.total("population")
    wrong = checked.total("differs") + checked.total("missing")
    if checked.verdict is Verified.SAME and read == population:
        return "and all of them were found there as they were sent"
    if wrong:
        return f"and {wrong:,} of the {read:,} that were read back are missing or differ"
    bound = "" if checked.bound is None else f", so that {_bound(checked.bound)}"
    sure = f" with {checked.confidence:g} % confidence" if bound else ""
    return (
        f"and the {read:,} of {population:,} that were read back were found as they were sent"
        f"{bound}{sure}"
    )


def _words(object_type: str) -> str:
    return object_type.replace("_", " ").capitalize()


def _bound(share: float) -> str:
    return f"at most {share:.2%} of the others can differ"


def _bad(material: Material) -> Iterator[str]:
    info, told = material.info, material.delivered
    if told.to_send and not info.is_dry_run:
        yield f"{counted(told.to_send, 'record is', 'records are')} not sent yet."
    if told.refused or told.skipped:
        yield f"{counted(told.refused + told.skipped, 'record was', 'records were')} refused."
    if told.rejected_later:
        words = counted(told.rejected_later, "accepted record was", "accepted records were")
        yield f"{words} refused later."
    if told.late.unattributed:
        errors = counted(told.late.unattributed, "later error names", "later errors name")
        yield f"{errors} no record."
    if told.unclear:
        records = counted(told.unclear, "record is", "records are")
        yield f"{records} in batches whose receipts do not add up."
    for each in material.verification.types if material.verification else ():
        if each.differs or each.missing:
            yield (
                f"{_words(each.object_type)} records: {each.read:,} read back, "
                f"{each.differs:,} differ, {each.missing:,} missing."
            )


def _open(material: Material, chain: list[Chain]) -> Iterator[str]:
    rejected = sum(each.rejected or 0 for each in chain)
    if rejected:
        words = counted(rejected, "record was", "records were")
        yield f"{words} rejected while the files were read, and not sent."
    if material.delivered.late.is_doubtful:
        yield "It is not known whether the account refused records after it had accepted them."


def unknown_of(material: Material, *, has_columns: bool, has_problems: bool) -> list[str]:
    """What this report cannot say, each in a sentence."""
    return [
        *_unknown_of_delivery(material),
        *_unknown_of_account(material),
        *_unknown_of_files(material, has_columns=has_columns, has_problems=has_problems),
        _UNKNOWN_SHOP,
        "What others wrote to the account before, during or after this run.",
    ]


def _unknown_of_delivery(material: Material) -> Iterator[str]:
    told, info = material.delivered, material.info
    if info.is_dry_run:
        yield "Whether the account would accept these records: nothing was sent."
        return
    if doubt := sum(total.in_doubt for total in told.totals):
        records = counted(doubt, "record that was", "records that were")
        yield f"Whether {records} sent without an answer arrived."
    if told.unclear:
        yield f"What became of {counted(told.unclear, 'record')} whose receipts do not add up."
    if told.late.missed or told.late.unread:
        yield (
            "Which later errors were lost: more came than the account's list keeps, or the list "
            "could not be read in time."
        )
    if told.late.unreadable:
        reason = without_answer(told.late.unreadable)
        yield f"What the account refused later: {reason}."
    elif not told.late.was_read:
        yield "What the account refused later: its list of errors was not read."


def _unknown_of_account(material: Material) -> Iterator[str]:
    if material.info.is_dry_run:
        return
    checked = material.verification
    if material.is_unfinished_since:
        yield "What a later verification would say: it has not finished."
    if checked is None:
        yield "Whether the account stores what it accepted: no verification of this run finished."
        return
    for each in checked.types:
        what = f"{each.population:,} {str(each.object_type).replace('_', ' ')} records"
        if each.how is How.NONE and each.population:
            why = f": {each.reason}" if each.reason else ""
            yield f"Whether the account stores {what}{why}."
        elif each.read < each.population:
            yield (
                f"Whether each of {what} is stored as it was sent: {each.read:,} of them were "
                "read back."
            )


def _unknown_of_files(
    material: Material, *, has_columns: bool, has_problems: bool
) -> Iterator[str]:
    if material.info.retry_of:
        yield f"What the files of these records were like: run {material.info.retry_of} read them."
        return
    if not material.sums:
        yield "How the rows of the files became records: the run's totals are missing or damaged."
    if not has_columns:
        yield "Which columns were filled: the run does not tell, or its version did not count them."
    if not has_problems:
        yield "All problems: a file that lists them is missing or damaged."
    if material.effects is None:
        yield "What the records would set off in a live account: the package cannot be read."


def checklist_of(material: Material, chain: list[Chain], consent: Consent) -> list[str]:
    """What people have to check before they sign."""
    types = {each.object_type for each in chain if each.records}
    rejected = sum(each.rejected or 0 for each in chain)
    checks = [
        (
            "order" in types,
            "Orders and revenue of each month agree with the shop's own dashboard.",
        ),
        (
            "contact" in types,
            "The numbers of people opted in and opted out are those that the shop expects.",
        ),
        (
            bool(rejected),
            f"The {rejected:,} rejected records have been mended, or left out on purpose.",
        ),
        (
            bool(consent.effects),
            "Everything that the package sets off in a live account is wanted, or paused.",
        ),
        (True, "The columns that were left out, rewritten or dropped may be so."),
        (True, "The files are the ones that were meant: compare their hashes and rows."),
    ]
    return [*_checks_of_account(material), *(words for is_so, words in checks if is_so)]


def _checks_of_account(material: Material) -> Iterator[str]:
    if material.info.is_dry_run:
        return
    if material.verification is None:
        yield "The account has been read back: ometria-import verify."
    yield "A few records, picked by hand, look right in Ometria."
