"""What a verification found, in a few sentences that people can sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ometria_import.verification.summary import How, Summary, TypeSummary, Verdict

_PERCENT = 100


def sentence_of(summary: Summary) -> str:
    """The outcome: what was read, what is wrong, how sure that is, and what is not known."""
    return " ".join(each[:1].upper() + each[1:] for each in _sentences(summary))


def percent(share: float) -> str:
    """A share as it is said: `0.1 %`, `0.0997 %`."""
    return f"{share * _PERCENT:.3g} %"


def _sentences(summary: Summary) -> Iterator[str]:
    readable = [each for each in summary.types if each.how is not How.NONE]
    population = sum(each.population for each in readable)
    read = sum(each.read for each in readable)
    is_stopped = summary.verdict is Verdict.INTERRUPTED
    if not readable or (is_stopped and not read):
        yield "stopped before anything was read." if is_stopped else "nothing could be read back."
    else:
        begin = "stopped: " if is_stopped else ""
        yield f"{begin}{_read(population, read, summary)}; {_wrong(summary)}."
        if not is_stopped:
            yield from _claim(summary, population - read)
    if waiting := summary.total("not_settled"):
        yield (
            f"{_are(waiting, 'record')} not there as sent yet, but so soon after the run the "
            "account may still be storing them."
        )
    yield from _unread(summary.types)
    if summary.unchanged:
        yield (
            f"{_are(summary.unchanged, 'record')} not part of this: earlier runs gave "
            f"{'it' if summary.unchanged == 1 else 'them'} to the account, and nothing has changed."
        )


def _read(population: int, read: int, summary: Summary) -> str:
    if read == population:
        # "All" would be too much where other lists, or custom events, cannot be read.
        is_everything = all(each.how is not How.NONE for each in summary.types)
        which = "" if is_everything else " that can be read"
        if read == 1:
            return f"the only record{which} was read"
        return f"all {read:,} records{which} were read"
    asked = summary.asked.statement
    how = f", {asked}" if asked.startswith("part") else ", drawn evenly"
    is_sample = any(each.how is How.SAMPLE for each in summary.types)
    return f"{read:,} of {population:,} records were read{how if is_sample else ''}"


def _wrong(summary: Summary) -> str:
    differs, missing = summary.total("differs"), summary.total("missing")
    parts = [f"{differs:,} {'differs' if differs == 1 else 'differ'}"] if differs else []
    parts += [f"{missing:,} {'is' if missing == 1 else 'are'} missing"] if missing else []
    if not parts and summary.total("not_settled"):
        return f"{summary.total('same'):,} are as they were sent"
    return " and ".join(parts) or "none of them differs and none is missing"


def _claim(summary: Summary, others: int) -> Iterator[str]:
    if others and summary.bound is not None:
        yield (
            f"With {summary.confidence:g} % confidence, fewer than {percent(summary.bound)} of "
            f"the {others:,} others differ or are missing."
        )
    at_risk = summary.at_risk
    if others and at_risk:
        yield "Records at risk were all read."


def _unread(types: Sequence[TypeSummary]) -> Iterator[str]:
    for each in types:
        if each.how is How.NONE:
            what = each.object_type.replace("_", " ")
            many = "s were" if each.population != 1 else " was"
            yield f"{each.population:,} {what}{many} not read: {each.reason}."


def _are(number: int, what: str) -> str:
    return f"{number:,} {what} is" if number == 1 else f"{number:,} {what}s are"
