"""The verdict on a run: may somebody sign it, and what stands against that?"""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.delivery import without_answer
from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.counting import counted
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Chain, RowFate, Verdict
from ometria_import.verification import How, Summary, TypeSummary
from ometria_import.verification import Verdict as Verified

GOOD, OPEN, BAD = "good", "open", "bad"


def verdict_of(material: Material, chain: list[Chain], rows: list[RowFate]) -> Verdict:
    """One sentence, with whatever else decides whether somebody can sign."""
    wrong = [*_wrong_delivery(material, rows), *_wrong_in_account(material)]
    open_ends = list(_open(material, chain))
    is_proven = material.verification is not None
    tone = GOOD if is_proven and not open_ends else OPEN
    if wrong or material.info.is_unsent:
        tone = BAD
    return Verdict(
        tone=tone, sentence=_sentence(material) + _unchanged(chain), details=[*wrong, *open_ends]
    )


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


def _unchanged(chain: list[Chain]) -> str:
    if not (left_out := sum(each.unchanged for each in chain)):
        return ""
    records = counted(left_out, "record of the files is", "records of the files are")
    return f" {records} unchanged since earlier runs gave them, and left out of this one."


def _found(material: Material) -> str:
    checked = material.verification
    if checked is None:
        return "which means received: nobody has read back yet whether they are stored"
    read, population = checked.total("read"), checked.total("population")
    wrong = checked.total("differs") + checked.total("missing")
    if wrong:
        return f"and {wrong:,} of the {read:,} that were read back are missing or differ"
    if checked.verdict is Verified.SAME and read == population == material.delivered.records:
        return "and all of them were found there as they were sent"
    found = f"and the {read:,} that were read back were found there as they were sent"
    if checked.bound is None:
        return found
    return (
        f"{found}; with {checked.confidence:g} % confidence, fewer than {checked.bound:.3%} of "
        "the others differ or are missing"
    )


def _wrong_delivery(material: Material, rows: list[RowFate]) -> Iterator[str]:
    told = material.delivered
    if told.to_send and not material.info.is_dry_run:
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
    if rows and rows[0].rows != sum(each.rows for each in rows[1:]):
        yield "The rows of the files do not add up, which is a bug of this tool."


def _wrong_in_account(material: Material) -> Iterator[str]:
    for each in material.verification.types if material.verification else ():
        if each.differs or each.missing:
            yield f"{_of_list(each)}: {_differences(each)}."
    for other in material.checked.contrary:
        for each in other.types:
            if each.differs or each.missing:
                yield (
                    f"{_of_list(each)}: {_differences(each)}, in the later "
                    f"verification {other.verification}."
                )


def _of_list(checked: TypeSummary) -> str:
    """What was read: each collection of contacts is a list of its own."""
    words = _words(checked.object_type).capitalize()
    is_contact = checked.object_type is ObjectType.CONTACT
    return f"{words} in {checked.listing}" if is_contact else words


def _differences(checked: TypeSummary) -> str:
    differ = f"{checked.differs:,} {'differs' if checked.differs == 1 else 'differ'}"
    return f"{checked.read:,} read back, {differ}, {checked.missing:,} missing"


def _words(object_type: str) -> str:
    return f"{object_type.replace('_', ' ')} records"


def _open(material: Material, chain: list[Chain]) -> Iterator[str]:
    rejected = sum(each.rejected or 0 for each in chain)
    if rejected:
        words = counted(rejected, "record was", "records were")
        yield f"{words} rejected while the files were read, and not sent."
    if material.delivered.late.is_doubtful:
        yield "It is not known whether the account refused records after it had accepted them."
    if isinstance(material.package, PackageError):
        yield "The package cannot be read, so nobody can see what exactly was sent."
    if material.verification is not None:
        yield from _unread(material.verification, chain)


def _unread(checked: Summary, chain: list[Chain]) -> Iterator[str]:
    if not checked.asked.is_whole_run:
        yield f"The verification {checked.verification} looked at a part of the run only."
    read = {str(each.object_type) for each in checked.types}
    for each in chain:
        if each.records and each.object_type not in read:
            yield f"{each.records:,} {_words(each.object_type)} were not read back."
    for one in checked.types:
        records = f"{one.population:,} {_words(one.object_type)}"
        if one.how is How.NONE and one.population:
            yield f"{records} were not read back{f': {one.reason}' if one.reason else ''}."
        elif one.read < one.population and checked.bound is None:
            yield f"Of {records}, {one.read:,} were read back, which says nothing of the others."
