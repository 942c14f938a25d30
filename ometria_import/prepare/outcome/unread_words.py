"""What to write where, so that words about consent are understood that nobody has explained."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence

from ometria_import.mapping.expressions.consenting import State
from ometria_import.mapping.expressions.origins import Column
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.shipped import shipped_files
from ometria_import.prepare.inputs.opened import Input, mapping_file_of
from ometria_import.problems import shorten

_SHOWN = 6
_MAIL = "marketing_optin"
_OF_MAIL = "NOT_SPECIFIED", "EXPLICITLY_OPTEDIN or EXPLICITLY_OPTEDOUT"
_OF_TEXT_MESSAGES = "", "true or false"
"""What a word becomes as long as nobody says what it means, and what else it may become."""


def about_unread_words(source: Input, path: str, words: Mapping[str, int]) -> str:
    """Name words, with how often they are there, and the line that explains them.

    Args:
        source: The source.
        path: The consent field.
        words: The words, the most frequent first.
    """
    first = [*words][:_SHOWN]
    shown = ", ".join(f"'{shorten(word)}' ({words[word]:,})" for word in first)
    more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return f"{shown}{more}: nothing of them is sent; to explain them, {_line(source, path, first)}"


def _line(source: Input, path: str, words: Sequence[str]) -> str:
    """Where to write which line; in it, every word says nothing."""
    file = mapping_file_of(source)
    is_own = file is None or not file.name
    fields = () if file is None else file.all_fields
    fed = next((each.source for each in fields if each.target.path == path), None)
    if isinstance(fed, State):
        section = "[consent]" if path == _MAIL else "[consent.sms]"
        listed = ", ".join(map(_quoted, words))
        return f"{_place(source, file)} under {section} (or to in or out): nothing = [{listed}]"
    nothing, others = _OF_MAIL if path == _MAIL else _OF_TEXT_MESSAGES
    place = f"{_place(source, file)}, with {others} for those that say so"
    said = ", ".join(f"{_quoted(word)} = {_quoted(nothing)}" for word in words)
    if not (is_own or isinstance(fed, Column)):
        return f"{place}, to the translate of {path}: {said}"
    column = next(iter(source.columns_of(path)), path)
    key = path if "." not in path else _quoted(path)
    return f"{place}: {key} = {{ column = {_quoted(column)}, translate = {{ {said} }} }}"


def _place(source: Input, file: MappingFile | None) -> str:
    """The mapping file that a person can write to, or how to get one."""
    if file is None or not file.name:
        path = shlex.quote(str(source.source.path))
        return f"draft a mapping (ometria-import mapping suggest {path} > my.toml) and add to it"
    is_shipped = f"{file.name}.toml" in {each.name for each in shipped_files()}
    if is_shipped and not file.place.is_file():
        return f"copy the preset (ometria-import mapping show {file.name} > my.toml) and add to it"
    return f"add to {file.place}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
