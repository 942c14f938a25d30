"""What a draft says of consent: an opt-out wins, a yes counts only where it is clear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.consent import Consent
from ometria_import.drafting.writing.toml_text import inline, key, listed, quoted
from ometria_import.problems import shorten
from ometria_import.schema.field_types.words import parse_boolean

EMAIL, SMS = "marketing_optin", "channels.sms.allow_marketing"
_SAYS = {EMAIL: ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"), SMS: ("true", "false")}
_TIMES = {
    EMAIL: ("timestamp_subscribed", "timestamp_unsubscribed"),
    SMS: ("channels.sms.dt_updated_marketing", ""),
}


def consent_lines(
    path: str, found: Consent, answers: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """The lines of a mapping that feed consent, and the questions that are open.

    Args:
        path: `marketing_optin`, or that of text messages.
        found: What the columns say of it.
        answers: What a person said of words that are not clear, by column.
    """
    yes, no = _SAYS[path]
    entries = [
        f'{{ constant = "{no}", '
        f"when = {{ column = {quoted(each.name)}, equals = {listed(words)} }} }}"
        for each, words in found.left
    ]
    said = {column.name: answers[column.name] for column in found.unclear if column.name in answers}
    entries += [
        f'{{ column = {quoted(name)}, translate = {inline(words)}, otherwise = "drop" }}'
        for name, words in said.items()
    ]
    if found.says is not None:
        entries.append(_agreed(path, found.says))
    if len(entries) == 1 and found.says is not None:
        yield f"{key(path)} = {entries[0]}"
    elif entries:
        yield f"{key(path)} = {{ first = ["
        yield from (f"    {entry}," for entry in entries)
        yield "] }"
    elif path == EMAIL:
        yield "# QUESTION: no column says clearly who agreed to marketing, so nobody is opted in."
    for column in found.unclear:
        if column.name in said:
            continue
        words = ", ".join(shorten(text, 20) for text in column.distinct[:5])
        name, example = quoted(column.name), inline({"yes": yes, "no": no})
        yield f"# QUESTION: does {name} say who agreed to marketing? Its values: {words}"
        yield f'# {key(path)} = {{ column = {name}, translate = {example}, otherwise = "drop" }}'
    for name, when in zip(_TIMES[path], (found.since, found.until), strict=True):
        if name and when is not None and entries:
            yield f"{key(name)} = {quoted(when.name)}"


def used_by(path: str, found: Consent) -> Iterator[Column]:
    """The columns that these lines read."""
    yield from (column for column, _ in found.left)
    of_times = (found.since, found.until if _TIMES[path][1] else None)
    yield from (column for column in (found.says, *of_times) if column is not None)


def _agreed(path: str, column: Column) -> str:
    are_plain = all(isinstance(parse_boolean(text), str) for text in column.distinct)
    if path == EMAIL or are_plain:
        return quoted(column.name)
    words = inline({"SUBSCRIBED": "true", "UNSUBSCRIBED": "false"})
    return f'{{ column = {quoted(column.name)}, translate = {words}, otherwise = "drop" }}'
