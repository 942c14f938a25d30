"""What a value of a Struct can be, in words, as its type says it."""

from __future__ import annotations

from typing import Any

from msgspec import inspect


def expectation(kind: Any) -> str:
    """What is expected, to stand behind `must be`: `a number from 0.01 to 100`."""
    return _words(inspect.type_info(kind), is_one=True)


def choices(kind: Any) -> tuple[str, ...]:
    """The words that a value is chosen from; empty where it is anything else."""
    found = map(_chosen_from, _alternatives(inspect.type_info(kind)))
    return tuple(word for words in found for word in words)


def hint_of(kind: Any) -> str:
    """What `msgspec.Meta(description=…)` says of a field."""
    about = inspect.type_info(kind)
    if isinstance(about, inspect.Metadata):
        return str((about.extra_json_schema or {}).get("description", ""))
    return ""


def _alternatives(about: inspect.Type) -> list[inspect.Type]:
    if isinstance(about, inspect.Metadata):
        return _alternatives(about.type)
    if isinstance(about, inspect.UnionType):
        return [inner for each in about.types for inner in _alternatives(each)]
    return [] if isinstance(about, inspect.NoneType) else [about]


def _words(about: inspect.Type, *, is_one: bool) -> str:
    words = dict.fromkeys(_word(each, is_one=is_one) for each in _alternatives(about))
    if "a number" in words:
        words.pop("a whole number", None)
    return _joined(list(words))


def _word(about: inspect.Type, *, is_one: bool) -> str:
    one, many = "a table", "tables"
    match about:
        case inspect.BoolType():
            one = many = "true or false"
        case inspect.IntType():
            one, many = f"a whole number{_range(about)}", f"whole numbers{_range(about)}"
        case inspect.FloatType():
            one, many = f"a number{_range(about)}", f"numbers{_range(about)}"
        case inspect.StrType():
            one, many = "a text in quotes", "texts in quotes"
        case inspect.LiteralType() | inspect.EnumType():
            one = many = _joined(_chosen_from(about))
        case inspect.ListType() | inspect.VarTupleType():
            inner = _words(about.item_type, is_one=False)
            one, many = f"a list of {inner}", f"lists of {inner}"
    return one if is_one else many


def _chosen_from(about: inspect.Type) -> list[str]:
    if isinstance(about, inspect.LiteralType):
        return [str(value) for value in about.values]
    if isinstance(about, inspect.EnumType):
        return [str(member.value) for member in about.cls]
    return []


def _range(about: inspect.IntType | inspect.FloatType) -> str:
    least = "" if about.ge is None else f" from {about.ge:,.10g}"
    above = "" if about.gt is None else f" above {about.gt:,.10g}"
    most = "" if about.le is None else f" to {about.le:,.10g}"
    return f"{least}{above}{most}"


def _joined(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[:-1] else words)
