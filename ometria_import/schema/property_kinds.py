"""The field types of custom fields, as far as their values tell."""

from __future__ import annotations

import re

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)


def kind_of(value: object) -> str:
    """The field type that a value of a custom field wants, in words, for several of them."""
    match value:
        case bool():
            return "yes/no values"
        case str():
            return "dates" if _DATE.fullmatch(value) else "texts"
        case list():
            return "lists"
        case dict():
            return "objects"
    return "numbers"
