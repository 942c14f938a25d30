"""What a report cannot say, and what is left for people to check before they sign."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.delivery import without_answer
from ometria_import.options.counting import counted
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Chain, Consent
from ometria_import.verification import How

_UNKNOWN_SHOP = (
    "Whether the files hold everything that the shop has: only the shop's own dashboard can say so."
)


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
    if material.checked.is_unfinished_since:
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
