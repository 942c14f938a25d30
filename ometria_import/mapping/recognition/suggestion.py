"""Drafting a mapping for an unknown file, from its columns' names and values.

The draft is for a person to check: every line says in a comment why it is there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rapidfuzz import fuzz

from ometria_import.problems import Finding, shorten
from ometria_import.schema import SCHEMAS, Field, ObjectSchema, ObjectType
from ometria_import.schema.field_types import (
    Conventions,
    DateOrder,
    DecimalSign,
    FieldTypeName,
    field_type,
)
from ometria_import.schema.field_types.words import names_refusal, parse_boolean

Samples = Mapping[str, Sequence[str]]
"""The first texts of each column, by its name."""

_CERTAIN = 0.6
"""A pair of column and field below it is not suggested."""
_WEIGHT_OF_VALUES = 0.35
_TELLING_TYPES = frozenset(
    {
        FieldTypeName.EMAIL,
        FieldTypeName.TIMESTAMP,
        FieldTypeName.DATE,
        FieldTypeName.MONEY,
        FieldTypeName.NUMBER,
        FieldTypeName.CURRENCY,
        FieldTypeName.COUNTRY,
        FieldTypeName.PHONE,
        FieldTypeName.URL,
        FieldTypeName.BOOLEAN,
        FieldTypeName.GENDER,
        FieldTypeName.OPTIN,
        FieldTypeName.TIMEZONE,
    }
)
"""Types whose rule refuses most texts that are something else."""
_BY_TEXT = re.compile(r"\b(sms|text|texts)\b")
_CONSENTS = {"marketing_optin": "EXPLICITLY_OPTEDOUT", "channels.sms.allow_marketing": "false"}
"""Consent fields, each with its value for a contact that unsubscribed."""
_BY_EXACT_NAME = frozenset({"@force_optin", "@merge"})
"""Fields that are too dangerous to be fed by a column that is only called like them."""
_USUAL_YES = ("1", "true", "yes")
_SURE = 0.9
_LIKELY = Conventions(DateOrder.DMY, DecimalSign.POINT, None, "GB")
_LIKELY_TOO = Conventions(DateOrder.MDY, DecimalSign.COMMA, None, "US")


@dataclass(frozen=True, slots=True)
class Pair:
    """A column that seems to feed a field."""

    column: str
    path: str
    score: float
    """0 to 1."""
    reason: str
    refuses: bool = False
    """Whether a yes in the column is a no to the field: it says who left."""


def suggest_mapping(file_name: str, samples: Samples, object_type: ObjectType | None = None) -> str:
    """Draft a mapping file, as TOML text.

    Args:
        file_name: The source's name, without its folder.
        samples: Texts of every column, a few hundred at most.
        object_type: The type of the records; None to infer it from the columns.
    """
    of_type = object_type or _likely_type(samples)
    pairs = _pairs(SCHEMAS[of_type], samples)
    return "\n".join(_lines(file_name, of_type, pairs, samples)) + "\n"


def _likely_type(samples: Samples) -> ObjectType:
    def fit(name: ObjectType) -> tuple[int, float]:
        pairs = _pairs(SCHEMAS[name], samples)
        mandatory = SCHEMAS[name].mandatory()
        return sum(pair.path in mandatory for pair in pairs), sum(pair.score for pair in pairs)

    shares = {name: len(SCHEMAS[name].mandatory()) for name in ObjectType}
    return max(ObjectType, key=lambda name: (fit(name)[0] / shares[name], fit(name)[1]))


def _pairs(schema: ObjectSchema, samples: Samples) -> list[Pair]:
    """The best pairs, each column and each field once, surest first."""
    fields = dict(schema.fields())
    found = [
        pair
        for column, texts in samples.items()
        for path, names in _names(schema).items()
        if (pair := _pair(column, texts, path, names, fields.get(path))).score >= _CERTAIN
    ]
    chosen: dict[str, Pair] = {}
    taken: set[str] = set()
    for pair in sorted(found, key=lambda pair: -pair.score):
        if pair.path not in taken and pair.column not in chosen:
            chosen[pair.column] = pair
            taken.add(pair.path)
    return list(chosen.values())


def _pair(
    column: str, texts: Sequence[str], path: str, names: Sequence[str], field: Field | None
) -> Pair:
    words = _words(column)
    if of_those_who_left := _refusal(column, words, texts, path):
        return of_those_who_left
    if path in _BY_EXACT_NAME and words not in names:
        return Pair(column, path, 0, "")
    by_name, name = max((fuzz.token_sort_ratio(words, each) / 100, each) for each in names)
    filled = [text.strip() for text in texts if text.strip()]
    if field is None or field.type not in _TELLING_TYPES or not filled:
        return Pair(column, path, by_name, f"named like '{name}'")
    parsers = [field_type(field.type, each).parse for each in (_LIKELY, _LIKELY_TOO)]
    fitting = max(sum(not isinstance(parse(text), Finding) for text in filled) for parse in parsers)
    share = fitting / len(filled)
    score = (1 - _WEIGHT_OF_VALUES) * by_name + _WEIGHT_OF_VALUES * share
    if field.type is FieldTypeName.EMAIL and share > 0.9:  # noqa: PLR2004 -- nearly all
        score = max(score, 0.75)
    if share < 0.5:  # noqa: PLR2004 -- most values are something else
        score *= share
    return Pair(column, path, score, f"named like '{name}', {fitting} of {len(filled)} values fit")


def _refusal(column: str, words: str, texts: Sequence[str], path: str) -> Pair | None:
    """A column whose yes says who left, as what it says of consent; None where it is no such."""
    said = [text.strip() for text in texts if text.strip()]
    if not names_refusal(words) or not all(isinstance(parse_boolean(each), str) for each in said):
        return None
    own = "channels.sms.allow_marketing" if _BY_TEXT.search(words) else "marketing_optin"
    score = _SURE if said and path == own else 0
    return Pair(column, path, score, "it says who left", refuses=True)


@cache
def _synonyms() -> dict[str, dict[str, list[str]]]:
    folder = resources.files("ometria_import.mapping.recognition")
    return tomllib.loads(folder.joinpath("synonyms.toml").read_text("utf-8"))


def _names(schema: ObjectSchema) -> dict[str, list[str]]:
    """What each field is called, by its path."""
    synonyms = _synonyms()[schema.object_type]
    paths = [path for path, _ in schema.fields() if not path.startswith("totals.")]
    return {
        path: [_words(path), *(_words(each) for each in synonyms.get(path, []))]
        for path in dict.fromkeys([*paths, *synonyms])
        if ".totals." not in path
    }


def _words(name: str) -> str:
    """`Lineitem_quantity` and `lineitemQuantity` become `lineitem quantity`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", spaced.lower()))


def _lines(
    file_name: str, of_type: ObjectType, pairs: list[Pair], samples: Samples
) -> Iterator[str]:
    schema = SCHEMAS[of_type]
    own = [pair for pair in pairs if not _item_of(schema, pair.path)]
    items = [pair for pair in pairs if _item_of(schema, pair.path)]
    stem = re.sub(r"[^a-z0-9]+", "-", file_name.rsplit(".", 1)[0].lower()).strip("-")
    yield f"# Drafted from {shorten(file_name)} by `ometria-import mapping suggest`."
    yield "# The percentages say how sure each line is. Check them all, then:"
    yield f"#     ometria-import mapping check {stem or 'draft'}.toml"
    yield f"name = {_quoted(stem or 'draft')}"
    yield f"title = {_quoted('Draft for ' + shorten(file_name))}"
    yield f"object_type = {_quoted(of_type)}"
    if items and (key := next((pair.column for pair in own if pair.path == "id"), "")):
        yield ""
        yield "[rows]"
        yield f"group_by = [{_quoted(key)}]  # rows with one value here are one record"
    yield ""
    yield "[fields]"
    for pair in own:
        yield _pair_line(pair, pair.path, samples)
    fed = {pair.path for pair in pairs}
    for path in schema.mandatory():
        if path not in fed:
            yield f"# {_key(path)} = …  # MANDATORY, and no column looks like it;"
            yield f'#     a constant would be {_key(path)} = {{ constant = "…" }}'
    if items:
        name = _item_of(schema, items[0].path)
        yield ""
        yield f"[items.{name}.fields]"
        for pair in items:
            yield _pair_line(pair, pair.path.removeprefix(f"{name}."), samples)
    left = [column for column in samples if column not in {pair.column for pair in pairs}]
    if left:
        yield ""
        yield "# No field looks like these; they go into properties:"
        for column in left:
            yield f"#     {shorten(column)}{_example(samples[column])}"


def _item_of(schema: ObjectSchema, path: str) -> str:
    return next((each.name for each in schema.items() if path.startswith(f"{each.name}.")), "")


def _pair_line(pair: Pair, path: str, samples: Samples) -> str:
    example = _example(samples[pair.column])
    source = _quoted(pair.column)
    if pair.refuses:
        said = {text.strip().lower() for text in samples[pair.column]}
        yes = sorted({*_USUAL_YES, *(each for each in said if parse_boolean(each) == "true")})
        left = _quoted(_CONSENTS[pair.path])
        pairs = ", ".join(f"{_quoted(each)} = {left}" for each in yes)
        source = f'{{ column = {source}, translate = {{ {pairs} }}, otherwise = "drop" }}'
    return f"{_key(path)} = {source}  # {pair.score:.0%}: {pair.reason}{example}"


def _example(texts: Sequence[str]) -> str:
    example = next((text.strip() for text in texts if text.strip()), "")
    return f", such as {shorten(example, 30)}" if example else ""


def _key(path: str) -> str:
    return path if re.fullmatch(r"[A-Za-z0-9_-]+", path) else _quoted(path)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'
