"""Tables of a TOML file as Structs; what does not fit is found by looking at value after value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import inspect

from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.toml.table import Keys, Table
from ometria_import.toml.text import ContradictionError, TomlError

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_SHOWN = 60


def read_struct(table: Table, kind: type[_Struct]) -> _Struct:
    """The values of a table as a Struct, which forbids fields that it does not know.

    Raises:
        TomlError: a key is not known or missing, a value is of another kind, or the values
            contradict each other.
    """
    try:
        return msgspec.convert(table.values, kind)
    except msgspec.ValidationError as error:
        raise _refusal(table, kind, error) from None


def read_value(table: Table, key: str, kind: Any) -> Any:
    """One value of a table, for readers that cannot say all of its keys in advance.

    Raises:
        TomlError: it is missing, or of another kind.
    """
    if key not in table.values:
        raise table.error(f"'{key}' is missing{table.where}")
    if found := _misfit(table, (key,), table.values[key], kind):
        raise found
    return msgspec.convert(table.values[key], kind)


def refuse_unknown(table: Table, known: Iterable[str]) -> None:
    """Refuse a key that nobody would read.

    Raises:
        TomlError: there is one.
    """
    known = list(known)
    for key in table.values:
        if key not in known:
            raise table.error(
                f"unknown key '{key}'{table.where}{did_you_mean(key, known)}",
                key,
                hint=f"Known here: {', '.join(known)}.",
            )


def _refusal(table: Table, kind: Any, error: Exception) -> TomlError:
    """Say why a table is not a Struct of some kind; `error` is what the conversion said."""
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    tag_field = kind.__struct_config__.tag_field
    try:
        refuse_unknown(table, [*fields, tag_field] if tag_field else fields)
    except TomlError as unknown:
        return unknown
    for key, each in fields.items():
        if key in table.values:
            if found := _misfit(table, (key,), table.values[key], each.type):
                return found
        elif each.required:
            return table.error(f"'{key}' is missing{table.where}")
    cause = error.__cause__
    if isinstance(cause, ContradictionError):
        return table.error(f"{cause}{table.where}", cause.key, near=cause.near, hint=cause.hint)
    return table.error(f"{error}{table.where}")


def _refusal_of_any(table: Table, structs: list[Any], error: Exception) -> TomlError:
    """The same where a word in the table tells which of several Structs it is."""
    tag_field = structs[0].__struct_config__.tag_field
    if tag_field is None:
        return _refusal(table, structs[0], error)
    by_tag = {each.__struct_config__.tag: each for each in structs}
    tag = table.values.get(tag_field)
    if tag is None:
        return table.error(f"'{tag_field}' is missing{table.where}")
    if tag not in by_tag:
        near = did_you_mean(str(tag), by_tag)
        return table.error(
            f"'{tag_field}'{table.where} cannot be {_shown(tag)}{near}",
            tag_field,
            hint=f"One of {', '.join(by_tag)}.",
        )
    return _refusal(table, by_tag[tag], error)


def _misfit(table: Table, keys: Keys, value: Any, kind: Any) -> TomlError | None:
    """What keeps one value of a table from being of a kind; None where nothing does."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        alternatives = _alternatives(kind)
        structs = [each for each in alternatives if isinstance(each, type(msgspec.Struct))]
        if structs and isinstance(value, dict):
            inner = replace(table, values=value, keys=(*table.keys, *keys))
            return _refusal_of_any(inner, structs, error)
        for key, part, part_kind in _parts(value, alternatives):
            if found := _misfit(table, (*keys, key), part, part_kind):
                return found
        return _unexpected(table, keys, value, kind)
    return None


def _unexpected(table: Table, keys: Keys, value: Any, kind: Any) -> TomlError:
    owner = replace(table, keys=(*table.keys, *keys[:-1]))
    key, words = keys[-1], _choices(kind)
    is_private = table.private in (*owner.keys, key)[:1]
    hint = _hint_of(kind)
    if words and isinstance(value, str) and not is_private:
        near = did_you_mean(value, words)
        message = f"'{key}' cannot be {_shown(value)}{owner.where}{near}"
        return owner.error(message, key, hint=hint or f"It must be {_expectation(kind)}.")
    if not hint and (header := _header_of(kind, ".".join((*owner.keys, key)))):
        hint = f"Write {header} on a line of its own."
    actual = "" if is_private else f", not {_shown(value)}"
    return owner.error(f"'{key}'{owner.where} must be {_expectation(kind)}{actual}", key, hint=hint)


def _alternatives(kind: Any) -> list[Any]:
    """The kinds that a value can be of, without notes on them."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return [inner for each in get_args(kind) for inner in _alternatives(each)]
    return [kind]


def _parts(value: Any, alternatives: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """What a table of values, or a list of tables, consists of: key, value and kind of each."""
    for kind in alternatives:
        if get_origin(kind) is dict and isinstance(value, dict):
            yield from ((key, each, get_args(kind)[1]) for key, each in value.items())
        elif get_origin(kind) in {tuple, list} and isinstance(value, list):
            tables = ((place, each) for place, each in enumerate(value) if isinstance(each, dict))
            yield from ((str(place), each, get_args(kind)[0]) for place, each in tables)


def _header_of(kind: Any, name: str) -> str:
    """How a table, or a list of tables, begins in a file; empty where a value is expected."""
    for each in _alternatives(kind):
        if isinstance(each, type(msgspec.Struct)):
            return f"[{name}]"
        if get_origin(each) is tuple and _header_of(get_args(each)[0], name):
            return f"[[{name}]]"
        if get_origin(each) is dict and _header_of(get_args(each)[1], name):
            return f"[{name}.NAME]"
    return ""


def _shown(value: Any) -> str:
    """A value as a message repeats it."""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _expectation(kind: Any) -> str:
    """What is expected, to stand behind `must be`: `a number from 0.01 to 100`."""
    return _words(inspect.type_info(kind), is_one=True)


def _choices(kind: Any) -> tuple[str, ...]:
    """The words that a value is chosen from; empty where it is anything else."""
    found = map(_chosen_from, _types_within(inspect.type_info(kind)))
    return tuple(word for words in found for word in words)


def _hint_of(kind: Any) -> str:
    """What `msgspec.Meta(description=…)` says of a field."""
    about = inspect.type_info(kind)
    if isinstance(about, inspect.Metadata):
        return str((about.extra_json_schema or {}).get("description", ""))
    return ""


def _types_within(about: inspect.Type) -> list[inspect.Type]:
    if isinstance(about, inspect.Metadata):
        return _types_within(about.type)
    if isinstance(about, inspect.UnionType):
        return [inner for each in about.types for inner in _types_within(each)]
    return [] if isinstance(about, inspect.NoneType) else [about]


def _words(about: inspect.Type, *, is_one: bool) -> str:
    words = dict.fromkeys(_word(each, is_one=is_one) for each in _types_within(about))
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
