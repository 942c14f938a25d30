"""What a draft says of consent: an opt-out wins, a yes counts only where it is clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ometria_import.drafting.asking.consents import EMAIL, SMS, date_questions
from ometria_import.drafting.asking.model import (
    IN,
    NOTHING,
    OTHER,
    OUT,
    no_key,
    several,
    since_key,
    until_key,
    word_key,
)
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.consent import Consent, plain_nos, says_no
from ometria_import.drafting.writing.toml_text import inline, key, listed, quoted
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type
from ometria_import.schema.field_types.words import parse_boolean

_USUAL_NO = ("no", "false", "0")
_SAYS = {EMAIL: ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"), SMS: ("true", "false")}
_TIMES = {
    EMAIL: ("timestamp_subscribed", "timestamp_unsubscribed"),
    SMS: ("channels.sms.dt_updated_marketing", ""),
}


def consent_lines(path: str, found: Consent, answers: Mapping[str, str]) -> Iterator[str]:
    """The lines of a mapping that feed consent, and the questions that are open.

    Args:
        path: `marketing_optin`, or that of text messages.
        found: What the columns say of it.
        answers: What a person said, by the keys of the questions.
    """
    entries = [*_entries(path, found, answers)]
    if len(entries) == 1 and not entries[0].startswith("{"):
        yield f"{key(path)} = {entries[0]}"
    elif entries:
        yield f"{key(path)} = {{ first = ["
        yield from (f"    {entry}," for entry in entries)
        yield "] }"
    elif path == EMAIL:
        yield "# QUESTION: no column says clearly who agreed to marketing, so nobody is opted in."
    yield from _open(path, found, answers)
    since, until = _TIMES[path]
    may_agree = found.left or found.unclear or _may_agree(path, found, answers)
    is_stated = bool(entries or found.unclear)
    if since and found.since is not None and is_stated and may_agree:
        yield f"{key(since)} = {quoted(found.since.name)}"
    is_leaving = (
        found.until is not None and answers.get(until_key(path, found.until.name)) != NOTHING
    )
    if until and found.until is not None and entries and is_leaving:
        yield f"{key(until)} = {_time_of_leaving(path, found, found.until, answers)}"


def _entries(path: str, found: Consent, answers: Mapping[str, str]) -> Iterator[str]:
    """What feeds the state; the first that says anything counts."""
    yes, no = _SAYS[path]
    for each, words in found.left:
        yield _constant(no, f"column = {quoted(each.name)}, equals = {listed(words)}")
    leaving = []
    if path == EMAIL and found.until is not None and _leaves(path, found, answers):
        leaving = [_constant(no, f"filled = [{quoted(found.until.name)}]")]
    # A plain yes may be older than the date of leaving; a state that knows who left is not.
    if not _knows_who_left(path, found, answers):
        yield from leaving
        leaving = []
    for column in found.unclear:
        said = _answered(path, column, answers)
        if said:
            name = quoted(column.name)
            yield f'{{ column = {name}, translate = {inline(said)}, otherwise = "drop" }}'
    if _says(path, found, answers):
        yield _agreed(path, found, answers)
    yield from leaving
    if _is_dated(path, found, answers) and found.since is not None:
        left = f", blank = [{quoted(found.until.name)}]" if found.until is not None else ""
        yield _constant(yes, f"filled = [{quoted(found.since.name)}]{left}")


def _open(path: str, found: Consent, answers: Mapping[str, str]) -> Iterator[str]:
    """The questions, each with the line that would answer it."""
    yes, no = _SAYS[path]
    for column in found.unclear:
        words = found.open_words(column)
        if all(word_key(path, column.name, word) in answers for word in words):
            continue
        meant = {"yes": no} if says_no(column) else {"yes": yes, "no": no}
        name, example = quoted(column.name), inline(meant)
        yield f"# QUESTION: does {name} say who agreed to marketing? Its values: {several(words)}"
        yield f'# {key(path)} = {{ column = {name}, translate = {example}, otherwise = "drop" }}'
    nos = plain_nos(found) if path == EMAIL else []
    if found.says is not None and nos and no_key(path, found.says.name) not in answers:
        said = " or ".join(quoted(word) for word in nos)
        yield f"# QUESTION: does {said} in {quoted(found.says.name)} say that somebody left?"
        yield "# As long as nobody says so, it says nothing. If it does, write instead:"
        yield f"# {key(path)} = {_with_nos(found.says, no)}"
    if path == EMAIL:
        yield from _open_dates(found, answers)


def _open_dates(found: Consent, answers: Mapping[str, str]) -> Iterator[str]:
    """The questions about dates that stand alone."""
    yes, no = _SAYS[EMAIL]
    for question in date_questions(found, ""):
        if question.key in answers:
            continue
        is_leaving = found.until is not None and question.key == until_key(EMAIL, found.until.name)
        column = found.until if is_leaving else found.since
        what, state = ("opted out", no) if is_leaving else ("agreed", yes)
        if column is not None:
            yield f"# QUESTION: does a date in {quoted(column.name)} say that somebody {what}?"
            yield f"# If so, add: {_constant(state, f'filled = [{quoted(column.name)}]')}"


def _answered(path: str, column: Column, answers: Mapping[str, str]) -> dict[str, str]:
    """What the words of a column say; of those that nobody explained, nothing is said."""
    yes, no = _SAYS[path]
    states = {IN: yes, OUT: no, NOTHING: "NOT_SPECIFIED" if path == EMAIL else ""}
    said = {
        word: states[answers[word_key(path, column.name, word)]]
        for word in column.distinct
        if word_key(path, column.name, word) in answers
    }
    return {word: state for word, state in said.items() if state}


def _says(path: str, found: Consent, answers: Mapping[str, str]) -> bool:
    """Whether a column says who agreed, and nobody denied that."""
    column = found.says
    return column is not None and answers.get(no_key(path, column.name)) != OTHER


def _leaves(path: str, found: Consent, answers: Mapping[str, str]) -> bool:
    """Whether a date says that somebody left; where another column does, that one counts."""
    if found.until is None or found.left:
        return False
    answer = answers.get(until_key(path, found.until.name), "")
    return answer == OUT if answer else not found.leaves_in_doubt


def _knows_who_left(path: str, found: Consent, answers: Mapping[str, str]) -> bool:
    """Whether a column of states has words of its own for those who left."""
    return next(_ins_of_states(path, found, answers), None) is not None


def _ins_of_states(
    path: str, found: Consent, answers: Mapping[str, str]
) -> Iterator[tuple[Column, list[str]]]:
    """The columns with words of their own for those who left, each with those who agreed."""
    parse = field_type(FieldTypeName.OPTIN, Conventions()).parse
    yes, out = _SAYS[path]
    if found.says is not None:
        words = {each: parse(each) for each in found.says.distinct}
        own = {word for word in words if not isinstance(parse_boolean(word), str)}
        if any(words[word] == "EXPLICITLY_OPTEDOUT" for word in own):
            yield found.says, [word for word in words if words[word] == "EXPLICITLY_OPTEDIN"]
    for column in found.unclear:
        said = _answered(path, column, answers)
        if out in said.values():
            yield column, [word for word, state in said.items() if state == yes]


def _time_of_leaving(path: str, found: Consent, until: Column, answers: Mapping[str, str]) -> str:
    """The date of leaving, unless a state beside it knows who left and says that somebody is in.

    Such a person came back: with the date, the record would say that they left after that.
    """
    column, ins = next(_ins_of_states(path, found, answers), (until, []))
    if not ins:
        return quoted(until.name)
    condition = f"column = {quoted(column.name)}, not_equals = {listed(ins)}"
    return f"{{ column = {quoted(until.name)}, when = {{ {condition} }} }}"


def _is_dated(path: str, found: Consent, answers: Mapping[str, str]) -> bool:
    """Whether a person said that a date alone is a yes."""
    since = found.since
    return since is not None and answers.get(since_key(path, since.name)) == IN


def _may_agree(path: str, found: Consent, answers: Mapping[str, str]) -> bool:
    yes, _ = _SAYS[path]
    said = (_answered(path, column, answers) for column in found.unclear)
    return (
        _says(path, found, answers)
        or _is_dated(path, found, answers)
        or any(yes in words.values() for words in said)
    )


def _constant(state: str, condition: str) -> str:
    return f'{{ constant = "{state}", when = {{ {condition} }} }}'


def used_by(path: str, found: Consent, answers: Mapping[str, str]) -> Iterator[Column]:
    """The columns that these lines read."""
    yield from (column for column, _ in found.left)
    says = found.says if _says(path, found, answers) else None
    of_times = (found.since, found.until if _TIMES[path][1] else None)
    yield from (column for column in (says, *of_times) if column is not None)


def _agreed(path: str, found: Consent, answers: Mapping[str, str]) -> str:
    column = found.says
    if column is None:
        return ""
    if answers.get(no_key(path, column.name)) == OUT:
        return _with_nos(column, _SAYS[path][1])
    are_plain = all(isinstance(parse_boolean(text), str) for text in column.distinct)
    if path == EMAIL or are_plain:
        return quoted(column.name)
    words = inline({"SUBSCRIBED": "true", "UNSUBSCRIBED": "false"})
    return f'{{ column = {quoted(column.name)}, translate = {words}, otherwise = "drop" }}'


def _with_nos(column: Column, no: str) -> str:
    """A column whose plain no says that somebody left."""
    words = [text for text in column.distinct if parse_boolean(text) == "false"]
    said = dict.fromkeys([*words, *_USUAL_NO], no)
    return f"{{ column = {quoted(column.name)}, translate = {inline(said)} }}"
