"""The keys of a source, and which of them need others."""

from __future__ import annotations

from collections.abc import Collection

from ometria_import.mapping.file.arrays import ARRAY_STEPS
from ometria_import.mapping.file.place import Section
from ometria_import.options.did_you_mean import did_you_mean

ARITHMETIC = ("multiply", "add", "subtract", "divide")
ORIGINS = (
    "column",
    "path",
    "constant",
    "first",
    "template",
    "hash",
    "lookup",
    "sum",
    "any_true",
    "sum_of",
    "rate",
    *ARITHMETIC,
    "date",
)
CONVENTIONS = ("date_order", "timezone", "decimal_sign")
STEPS = (
    *ARRAY_STEPS,
    "with",
    "of",
    "words",
    "word",
    "or_more",
    "nulls",
    "match",
    "key",
    "between",
    "within",
    "split",
    "escape",
    "quote",
    "begins",
    "match_each",
    "take",
    "part",
    "case",
    "translate",
    "otherwise",
    "scale",
    "scale_by",
    "negate",
    "absolute",
    "round",
    "time",
    "zone",
    "default",
    "when",
    "true_wins",
    "date_format",
    "form",
    *CONVENTIONS,
)
_NEEDS = {
    "at": ("column", "path", "rate"),
    "all": ("column", "path"),
    "where": ("column", "path", "sum"),
    "with": ("template",),
    "of": ("lookup", "rate"),
    "words": ("column", "path"),
    "word": ("words",),
    "or_more": ("words",),
    "between": ("key",),
    "within": ("key",),
    "take": ("split",),
    "match_each": ("split",),
    "escape": ("split",),
    "begins": ("split",),
    "quote": ("split", "key"),
    "otherwise": ("translate",),
    "time": ("date",),
    "zone": ("date",),
}
_TEXT_STEPS = ("nulls", "match", "key", "split", "part", "case", "translate", "true_wins", "form")


def check_keys(source: Section) -> str:
    """Refuse what makes no sense together, and return the source's one origin.

    Raises:
        MappingError: with file and line.
    """
    source.only(*ORIGINS, *STEPS)
    for step, needed in _NEEDS.items():
        if step in source.values and not any(each in source.values for each in needed):
            words = " or ".join(f"'{each}'" for each in needed)
            raise source.error(f"'{step}' has no effect without {words}", step)
    origin = _origin_of(source)
    if origin == "sum_of":
        refuse_steps(source, "sum_of")
    if origin in {*ARITHMETIC, "date", "rate"}:
        for step in _TEXT_STEPS:
            if step in source.values:
                raise source.error(
                    f"'{step}' cannot change the result of '{origin}'",
                    step,
                    hint=f"Write it in the source of its own that stands under '{origin}'.",
                )
    return origin


def declared(source: Section, key: str, known: Collection[str], kind: str) -> str:
    """The name of something that the mapping declares in a table of its own.

    Raises:
        MappingError: it declares no such thing.
    """
    name = source.text_of(key)
    if name not in known:
        raise source.error(
            f"'{name}' is not under [{kind}]{did_you_mean(name, known)}",
            key,
            hint=f"Declare it: [{kind}.{name}].",
        )
    return name


def refuse_steps(source: Section, origin: str, *allowed: str) -> None:
    """Refuse everything beside an origin whose result nothing can change.

    Raises:
        MappingError: with file and line.
    """
    for key in source.values:
        if key not in {origin, *allowed}:
            raise source.error(f"'{key}' has no effect on a sum that is taken later", key)


def _origin_of(source: Section) -> str:
    origins = [name for name in ORIGINS if name in source.values]
    if len(origins) != 1:
        said = f"has {' and '.join(origins)}" if origins else "has no origin"
        raise source.error(f"the source {said}: it must be exactly one of {', '.join(ORIGINS)}")
    return origins[0]
