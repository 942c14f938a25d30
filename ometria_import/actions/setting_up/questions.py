"""What only a person can say: one question for all sources that need its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ometria_import.actions.calling.words import counted
from ometria_import.actions.inspection.conventions import lacks_country
from ometria_import.actions.inspection.report import NO_COUNTRY, NO_ZONE, FileReport
from ometria_import.actions.setting_up.found import FoundSource
from ometria_import.drafting.asking.asking import open_questions, take_answer
from ometria_import.drafting.asking.model import shown
from ometria_import.problems import Finding
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

_FILES_SHOWN = 3
"""As evidence; a folder may hold a file for each month."""


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
    is_of_mapping: bool = False
    """Whether the answer goes into the mapping file, and not into the settings."""

    @property
    def setting(self) -> str:
        """The name of the setting that it asks for; empty where it asks for something else."""
        name, _, rest = self.key.partition(" ")
        return rest if name == "setting" else ""

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
            if known is not question and len(known.sources) < _FILES_SHOWN:
                known.evidence += question.evidence
            known.sources.append(source)
    questions = _same_zones(list(found.values()))
    for each in questions:
        if (more := len(each.sources) - _FILES_SHOWN) > 0:
            each.evidence.append(f"and {counted(more, 'more file')} like these")
    return questions


def _same_zones(questions: list[Question]) -> list[Question]:
    """One question about zones for a file that says no currency, and for another that does."""
    found: dict[str, Question] = {}
    for question in sorted(questions, key=lambda each: each.key, reverse=True):
        if not question.key.startswith("timezone "):
            continue
        system, _, currency = question.key.rpartition(" ")
        others = [each for key, each in found.items() if key.rpartition(" ")[0] == system]
        if not currency and others:
            others[-1].evidence += question.evidence
            others[-1].sources += question.sources
        else:
            found[question.key] = question
    kept = {id(each) for each in found.values()}
    return [each for each in questions if not each.key.startswith("timezone ") or id(each) in kept]


def _of_source(source: FoundSource, report: FileReport) -> Iterator[Question]:
    for setting in report.settings:
        if setting.is_missing:
            yield _of_setting(source, setting.name, setting.about)
    if any("no zone" in each for each in report.questions):
        yield _of_zone(source, report)
    for flag in report.flags:
        yield _of_flag(source, flag, report)
    yield from _of_phones(source, report)
    yield from _of_draft(source)


def _of_setting(source: FoundSource, name: str, about: str) -> Question:
    def take(each: FoundSource, answer: str) -> None:
        each.settings[name] = answer

    check = _checked_by(FieldTypeName.CURRENCY) if name == "currency" else _is_said
    text = f"What is {name}, {about}?"
    evidence = [f"{source.name} does not say it"]
    if name == "currency":
        evidence += [f"{source.name}: {each}" for each in _amounts_of(source)]
    return Question(f"setting {name}", text, evidence, check=check, take=take)


def _amounts_of(source: FoundSource) -> list[str]:
    """A column of amounts of a draft, with some of its values: a $ says what it is not."""
    reading = source.draft.reading if source.draft else None
    fits = {**reading.items, **reading.fields} if reading else {}
    paths = ("grand_total", "price", "total", "unit_price", "subtotal")
    return [shown(fits[path].column) for path in paths if path in fits][:1]


def _of_zone(source: FoundSource, report: FileReport) -> Question:
    def take(each: FoundSource, answer: str) -> None:
        each.options["timezone"] = answer

    told = [times for name, times in _times_of(source) if name in _without(report, "zone", NO_ZONE)]
    columns = told or [", ".join(_without(report, "zone", NO_ZONE))]
    evidence = [f"{source.name}: {each}; no time zone, so UTC would be assumed" for each in columns]
    return Question(
        f"timezone {_writer_of(source, report)}",
        "Which time zone are the times in, such as Europe/London?",
        evidence,
        default="UTC",
        is_safe=True,
        check=_checked_by(FieldTypeName.TIMEZONE),
        take=take,
    )


def _writer_of(source: FoundSource, report: FileReport) -> str:
    """What tells the system that wrote a file: one answer serves all files of one system."""
    platform = report.platform if report.mapping else ""
    signs = {re.sub(r"\d", "", times.partition(": ")[2])[:1] for _, times in _times_of(source)}
    return f"{source.path.parent} {platform} {''.join(sorted(signs))} {_currency_of(report)}"


def _currency_of(report: FileReport) -> str:
    """The one currency of a file; empty where it has none or several."""
    said = report.conventions.get("currency", "")
    return "" if "," in said else said


def _without(report: FileReport, what: str, words: str) -> list[str]:
    """The columns that leave a convention open."""
    suffix = f": {what}"
    return [
        name.removesuffix(suffix)
        for name, said in report.conventions.items()
        if name.endswith(suffix) and said == words
    ]


def _times_of(source: FoundSource) -> list[tuple[str, str]]:
    """The columns of times of a draft, each with some of its values."""
    if source.draft is None:
        return []
    fits = source.draft.reading.fields.items()
    return [
        (fit.column.name, shown(fit.column))
        for path, fit in fits
        if path.startswith("timestamp") and fit.column.distinct
    ]


def _of_flag(source: FoundSource, flag: str, report: FileReport) -> Question:
    name = flag.removeprefix("--").replace("-", "_")
    choices = ("dmy", "mdy") if name == "date_order" else ("point", "comma")
    words = "the day or the month first" if name == "date_order" else "a decimal point or a comma"

    def take(each: FoundSource, answer: str) -> None:
        each.options[name] = answer

    evidence = [each for each in report.questions if flag in each]
    text = f"Do the values of {source.name} have {words}?"
    return Question(f"{name} {source.path}", text, evidence, choices, take=take)


def _of_phones(source: FoundSource, report: FileReport) -> Iterator[Question]:
    columns = _without(report, "country", NO_COUNTRY)
    fed = source.draft.reading.fields if source.draft else {}
    phone, country = (fed.get(each) for each in ("phone_number", "country_id"))
    # The columns of JSON are seen in its draft alone.
    if phone and "country" not in source.options and not columns:
        reads = field_type(FieldTypeName.COUNTRY, Conventions()).parse
        own = country.column.texts if country else [""] * len(phone.column.texts)
        pairs = zip(phone.column.texts, own, strict=True)
        numbers = [number for number, name in pairs if isinstance(reads(name.strip()), Finding)]
        columns = [phone.column.name] * lacks_country(numbers)
    if not columns:
        return
    seen = shown(phone.column) if phone else ", ".join(columns)

    def take(each: FoundSource, answer: str) -> None:
        each.options["country"] = answer

    yield Question(
        "country",
        "Which country are phone numbers without a country code from, such as GB?",
        [f"{source.name}: {seen}; without a country they are left out"],
        check=_checked_by(FieldTypeName.COUNTRY),
        take=take,
    )


def _of_draft(source: FoundSource) -> Iterator[Question]:
    """What the draft of a mapping leaves open."""
    draft = source.draft
    if draft is None:
        return
    # One answer serves all months of one export.
    columns = "\x1f".join(each.name for each in draft.table.columns)
    for each in open_questions(draft.table, draft.reading, source.name):

        def take(one: FoundSource, answer: str, key: str = each.key) -> None:
            if one.draft is not None:
                take_answer(one.draft.table, one.draft.reading, key, answer)

        yield Question(
            f"{each.key} {source.path.parent} {each.choices} {columns}",
            each.text,
            list(each.evidence),
            each.choices,
            each.default,
            is_safe=each.is_safe,
            take=take,
            is_of_mapping=True,
        )


def _checked_by(kind: FieldTypeName) -> Callable[[str], str]:
    parse = field_type(kind, Conventions()).parse

    def check(text: str) -> str:
        read = parse(text.strip())
        return read.message if isinstance(read, Finding) else ""

    return check


def _is_said(text: str) -> str:
    return "" if text.strip() else "nothing was said"
