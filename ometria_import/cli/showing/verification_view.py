"""What a verification found: patterns first, then the counts, the sentence and the next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ometria_import.actions.calling.events import RunVerified
from ometria_import.actions.calling.suggestions import Commands, live_after
from ometria_import.actions.calling.words import counted
from ometria_import.cli.showing.load_view import show_load
from ometria_import.cli.showing.next_step import NextStep, show_step
from ometria_import.cli.showing.screen import (
    ERROR,
    FAINT,
    GOOD,
    STRONG,
    WARNING,
    Screen,
    linked,
    table_of,
)
from ometria_import.errors import ExitCode
from ometria_import.verification.summary import (
    How,
    PatternSummary,
    Summary,
    TypeSummary,
    Verdict,
)

_PATTERNS_SHOWN = 20
_INDENT = 2
_STYLES = {
    Verdict.SAME: GOOD,
    Verdict.DIFFERS: ERROR,
    Verdict.NOT_SETTLED: WARNING,
    Verdict.NOT_READABLE: WARNING,
    Verdict.INTERRUPTED: WARNING,
}
_FILES = {
    "differs": "Differ",
    "missing": "Missing",
    "missing_records": "To push",
    "extra": "Not sent",
}


def show_verification(screen: Screen, event: RunVerified, commands: Commands) -> None:
    """Print the outcome of a verification."""
    verified, summary = event.verified, event.verified.summary
    _show_patterns(screen, summary, commands)
    _show_counts(screen, summary)
    _show_rules(screen, summary)
    if summary.load is not None:
        show_load(screen, summary.load)
    screen.say("")
    screen.prose((summary.sentence, _STYLES[summary.verdict]))
    for note in summary.notes:
        screen.prose(("Note: ", STRONG), f"{note}.")
    screen.say("")
    for name, words in _FILES.items():
        if name in summary.files:
            screen.fact(words, linked(Path(summary.files[name])))
    if event.report is not None:
        screen.fact("Report", linked(event.report))
    screen.fact("Summary", linked(verified.folder.path))
    step = _next_step(event, commands)
    if summary.exit_code is not ExitCode.OK:
        again = commands.verify(summary.run, *_flags(summary))
        screen.sum_up(f"{summary.account}: {summary.sentence} {again}")
    told: dict[str, Any] = msgspec.to_builtins(summary)
    if verified.failure is not None:
        screen.complain(verified.failure)
        told |= {"error": verified.failure.message, "hint": verified.failure.hint}
    show_step(screen, step)
    screen.result(told)


def _show_patterns(screen: Screen, summary: Summary, commands: Commands) -> None:
    # What may be how the account keeps it comes last.
    patterns = sorted(summary.patterns, key=lambda each: (bool(each.offered), -each.count))
    if not patterns:
        return
    screen.say("")
    for pattern in patterns[:_PATTERNS_SHOWN]:
        _show_pattern(screen, pattern)
    if len(patterns) > _PATTERNS_SHOWN:
        screen.prose((f"and {len(patterns) - _PATTERNS_SHOWN:,} more kinds of difference", FAINT))
    if offered := list(dict.fromkeys(each.offered for each in patterns if each.offered)):
        flags = [word for rule in offered for word in ("--accept", rule)]
        screen.prose("To accept what is how the account keeps its values (leave out what is not):")
        accepting = commands.verify(summary.run, *_flags(summary), *flags)
        screen.prose(accepting, indent=_INDENT)


def _show_pattern(screen: Screen, pattern: PatternSummary) -> None:
    what = pattern.object_type.replace("_", " ")
    field = f"{what} {pattern.field}" if pattern.field else what
    screen.prose((f"{field}: ", STRONG), f"{pattern.count:,} of {pattern.of:,} {pattern.said}")
    rows = [
        (
            each.key,
            each.sent or "(nothing)",
            each.found or "(nothing)",
            f"{each.source}:{each.line}",
        )
        for each in pattern.examples[: 1 if pattern.offered else None]
    ]
    screen.show(table_of(("id", "sent", "found", "from"), rows), indent=_INDENT)


def _show_counts(screen: Screen, summary: Summary) -> None:
    names = ("records", "read", "same", "differ", "missing", "not yet", "only there")
    rows = [(_title(each), each, _numbers(each)) for each in summary.types]
    shown = [
        place
        for place, name in enumerate(names)
        if name in ("records", "read", "same", "differ", "missing")
        or any(numbers[place] for _, _, numbers in rows)
    ]
    screen.say("")
    table = table_of(
        ("object type", *(f">{names[place]}" for place in shown), ""),
        [
            (title, *(_cell(numbers[place]) for place in shown), _how(each))
            for title, each, numbers in rows
        ],
    )
    screen.show(table)
    at_risk = [each for each in summary.at_risk if each.records]
    if at_risk and any(each.how is How.SAMPLE for each in summary.types):
        screen.say("")
        for each in at_risk:
            wrong = each.differs + each.missing + each.not_settled
            unread = each.records - each.same - wrong
            result = f"{wrong:,} of them not as sent" if wrong else "all as sent"
            if unread:
                result = f"{unread:,} of them not read yet, {wrong:,} not as sent"
            screen.prose(
                (counted(each.records, "record"), STRONG),
                f" {each.words}: ",
                (result, ERROR if wrong else ""),
            )


def _numbers(each: TypeSummary) -> tuple[int | None, ...]:
    is_read = each.how is not How.NONE
    counts = (each.read, each.same, each.differs, each.missing, each.not_settled)
    return (each.population, *(count if is_read else None for count in counts), each.extra)


def _cell(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _title(each: TypeSummary) -> str:
    return each.listing or each.object_type.replace("_", " ")


def _how(each: TypeSummary) -> str:
    match each.how:
        case How.ALL:
            return ""
        case How.SAMPLE:
            return "a sample"
        case How.NONE:
            return "cannot be read"


def _show_rules(screen: Screen, summary: Summary) -> None:
    if not summary.rules:
        return
    screen.say("")
    screen.say(("Written otherwise, and the same:", FAINT))
    screen.show(
        table_of(
            ("rule", ">times", "what it says"),
            [(each.rule, f"{each.count:,}", each.words) for each in summary.rules],
        ),
        indent=_INDENT,
    )


def _next_step(event: RunVerified, commands: Commands) -> NextStep:
    verified, summary = event.verified, event.verified.summary
    again = commands.verify(summary.run, *_flags(summary))
    match summary.verdict:
        case Verdict.INTERRUPTED:
            return NextStep("the same command goes on from here:", again)
        case Verdict.NOT_SETTLED:
            return NextStep("run the same command again later:", again)
        case Verdict.DIFFERS if "missing_records" in summary.files:
            path = summary.files["missing_records"]
            return NextStep(
                "find out why records are missing; then push them again:",
                commands.push(path, to=summary.account),
            )
        case Verdict.DIFFERS:
            return NextStep(f"look into {summary.files.get('differs', verified.folder.path)}")
        case Verdict.NOT_READABLE:
            return NextStep("ask for a key that may read these lists, or look at them in Ometria")
    return _step_after_same(event, commands)


def _step_after_same(event: RunVerified, commands: Commands) -> NextStep:
    summary = event.verified.summary
    if event.account.is_live:
        return NextStep(command=commands.show(summary.run))
    live = live_after(summary.account)
    if event.other_way is not None:
        words, command = event.other_way.words, event.other_way.command
    elif event.opts_in:
        words = "see who has opted out in live since, and then send the very same records there"
        command = commands.consent_diff(summary.run, to=live)
    else:
        words, command = "send the very same records to live", commands.promote(summary.run, live)
    is_whole = summary.asked.is_whole_run
    seen = "everything is right in Ometria, too" if is_whole else "the report is right"
    return NextStep(f"if {seen}, {words}:", command)


def _flags(summary: Summary) -> list[str]:
    """The flags of the same wishes."""
    asked = summary.asked
    flags = [] if asked.is_default else _statement_flags(asked.statement)
    flags += [word for each in asked.types for word in ("--type", each.value)]
    flags += ["--source", asked.source] if asked.source else []
    return flags + [word for each in asked.accepted_rules for word in ("--accept", each)]


def _statement_flags(statement: str) -> list[str]:
    if statement == "all":
        return ["--all"]
    if statement.startswith("part "):
        return ["--part", statement.removeprefix("part ")]
    if statement.endswith("s"):
        return ["--for", statement]
    return ["--sample", statement]
