"""Origins that are written as a text with names in it: templates, and patterns of names."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.origins import AnyFitting, Braced, Template, cut_braces
from ometria_import.mapping.file.place import Section
from ometria_import.options.did_you_mean import did_you_mean


def template_origin(
    source: Section, settings: Collection[str], plain: Callable[[Section, str], Expression]
) -> Expression:
    """A text with the names of columns, of settings, and of sources that stand beside it."""
    text = cut_braces(source.text_of("template"))
    names = dict.fromkeys(name for name in text.names if name not in settings)
    beside = source.section("with")
    for name in beside.values:
        if name not in names:
            raise beside.error(
                f"no '{{{name}}}' is in the template{did_you_mean(name, names)}", name
            )
    sources = tuple((name, plain(beside, name)) for name in beside.values)
    columns = tuple(name for name in names if name not in beside.values)
    return Template(text, columns, sources)


def fitting_origin(source: Section, pattern: Braced) -> Expression:
    """Columns whose names fit a pattern."""
    if not pattern.names and "*" not in source.text_of("any_true"):
        raise source.error("'any_true' needs a name with * in it", "any_true")
    return AnyFitting(pattern)
