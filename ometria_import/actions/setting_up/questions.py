"""What only a person can say: one question for all sources that need its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ometria_import.actions.inspection.report import FileReport
from ometria_import.actions.setting_up.found import FoundSource
from ometria_import.drafting.columns.evidence import can_be
from ometria_import.drafting.columns.matching import Fit
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.consent import consent_of
from ometria_import.drafting.tables.tables import LINES
from ometria_import.problems import Finding, shorten
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

_SHOWN = 5
_MOST_WORDS = 6
NOTHING, IN, OUT = "nothing", "in", "out"
_STATES = {IN: "EXPLICITLY_OPTEDIN", OUT: "EXPLICITLY_OPTEDOUT", NOTHING: "NOT_SPECIFIED"}
_NO = "none"


@dataclass
class Question:
    """One thing that only a person can say."""

    key: str
    """What it is about; the same for all sources that one answer serves."""
    text: str
    evidence: list[str] = field(default_factory=list)
    """The columns with some of their values, and what Ometria would get."""
    choices: tuple[str, ...] = ()
    """What it can be answered with; empty where anything may be said."""
    default: str = ""
    is_safe: bool = False
    """Whether the default can do no harm, so that `--yes` takes it."""
    check: Callable[[str], str] = lambda _: ""
    """Why an answer cannot be taken; empty if it can."""
    sources: list[FoundSource] = field(default_factory=list)
    take: Callable[[FoundSource, str], None] = lambda _source, _answer: None
    """Does what the answer means for a source."""

    def answer(self, text: str) -> None:
        """Take an answer for every source."""
        for source in self.sources:
            self.take(source, text)


def questions_of(sources: Sequence[FoundSource], reports: dict[str, FileReport]) -> list[Question]:
    """What the sources leave open, the same of several sources once.

    Args:
        sources: The files that can be imported.
        reports: What `inspect` says of each, by its path.
    """
    found: dict[str, Question] = {}
    for source in sources:
        for question in _of_source(source, reports[str(source.path)]):
            known = found.setdefault(question.key, question)
            if known is not question:
                known.evidence += question.evidence
            known.sources.append(source)
    return list(found.values())


def _of_source(source: FoundSource, report: FileReport) -> Iterator[Question]:
    for setting in report.settings:
        if setting.is_missing:
            yield _of_setting(source, setting.name, setting.about)
    if any("no zone" in each for each in report.questions):
        yield _of_zone(source)
    for flag in report.flags:
        yield _of_flag(source, flag, report)
    if source.draft is not None:
        yield from _of_phones(source)
        yield from _of_mandatory(source)
        yield from _of_consent(source)


def _of_setting(source: FoundSource, name: str, about: str) -> Question:
    def take(each: FoundSource, answer: str) -> None:
        each.settings[name] = answer

    check = _checked_by(FieldTypeName.CURRENCY) if name == "currency" else _is_said
    text = f"What is {name}, {about}?"
    return Question(
        f"setting {name}", text, [f"{source.name} does not say it"], check=check, take=take
    )


def _of_zone(source: FoundSource) -> Question:
    def take(each: FoundSource, answer: str) -> None:
        each.options["timezone"] = answer

    evidence = [f"the times in {source.name} have no time zone; UTC would be assumed"]
    return Question(
        "timezone",
        "Which time zone are the times in, such as Europe/London?",
        evidence,
        default="UTC",
        is_safe=True,
        check=_checked_by(FieldTypeName.TIMEZONE),
        take=take,
    )


def _of_flag(source: FoundSource, flag: str, report: FileReport) -> Question:
    name = flag.removeprefix("--").replace("-", "_")
    choices = ("dmy", "mdy") if name == "date_order" else ("point", "comma")
    words = "the day or the month first" if name == "date_order" else "a decimal point or a comma"

    def take(each: FoundSource, answer: str) -> None:
        each.options[name] = answer

    evidence = [each for each in report.questions if flag in each]
    text = f"Do the values of {source.name} have {words}?"
    return Question(f"{name} {source.path}", text, evidence, choices, take=take)


def _of_phones(source: FoundSource) -> Iterator[Question]:
    if source.draft is None or "country" in source.options:
        return
    phone = source.draft.reading.fields.get("phone_number")
    if phone is None or all(text.startswith(("+", "00")) for text in phone.column.distinct):
        return

    def take(each: FoundSource, answer: str) -> None:
        each.options["country"] = answer

    yield Question(
        "country",
        "Which country are phone numbers without a country code from, such as GB?",
        [f"{source.name}: {_shown(phone.column)}; without a country they are left out"],
        check=_checked_by(FieldTypeName.COUNTRY),
        take=take,
    )


def _of_mandatory(source: FoundSource) -> Iterator[Question]:
    """A field without which nothing can be imported, and the columns that could be it."""
    draft = source.draft
    if draft is None or draft.reading.kind == LINES:
        return
    kind = ObjectType(draft.reading.kind)
    types = {path: each.type for path, each in SCHEMAS[kind].fields()}
    fed = draft.reading.fields
    for path in SCHEMAS[kind].mandatory():
        if path in fed or path in {"currency", "@collection"} or (path == "id" and "email" in fed):
            continue
        used = {fit.column.name for fit in (*fed.values(), *draft.reading.items.values())}
        columns = {
            column.name: column
            for column in draft.table.columns
            if column.name not in used
            and column.distinct
            and can_be(str(kind), path, column, types.get(path))
        }

        def take(each: FoundSource, answer: str, path: str = path) -> None:
            column = each.draft.table.column(answer) if each.draft else None
            if column is not None and each.draft is not None:
                each.draft.reading.fields[path] = Fit(path, column, 0)

        yield Question(
            f"field {path} {source.path}",
            f"Which column of {source.name} is {path}?",
            [f"{name}: {_shown(column)}" for name, column in columns.items()],
            (*columns, _NO),
            take=take,
        )


def _of_consent(source: FoundSource) -> Iterator[Question]:
    """A column that speaks of marketing in words that are not clear."""
    draft = source.draft
    if draft is None or draft.reading.kind != "contact":
        return
    for column in consent_of(draft.table.columns).unclear:
        if column.name in draft.reading.consent or len(column.distinct) > _MOST_WORDS:
            continue
        for word in column.distinct:

            def take(
                each: FoundSource, answer: str, name: str = column.name, word: str = word
            ) -> None:
                if each.draft is not None:
                    each.draft.reading.consent.setdefault(name, {})[word] = _STATES[answer]

            yield Question(
                f"consent {source.path} {column.name} {word}",
                f"What does '{shorten(word)}' in {column.name} of {source.name} say about email "
                "marketing: opted in, opted out, or nothing?",
                [f"{column.name}: {_shown(column)}"],
                (IN, OUT, NOTHING),
                NOTHING,
                is_safe=True,
                take=take,
            )


def _shown(column: Column) -> str:
    return ", ".join(shorten(text, 30) for text in column.distinct[:_SHOWN])


def _checked_by(kind: FieldTypeName) -> Callable[[str], str]:
    parse = field_type(kind, Conventions()).parse

    def check(text: str) -> str:
        read = parse(text.strip())
        return read.message if isinstance(read, Finding) else ""

    return check


def _is_said(text: str) -> str:
    return "" if text.strip() else "nothing was said"
