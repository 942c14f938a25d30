"""How the texts of a mapping's fields are to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ometria_import.errors import UsageError
from ometria_import.mapping.expressions.origins import cut_braces
from ometria_import.mapping.model import MappingFile
from ometria_import.schema.field_types import Conventions, DateOrder, DecimalSign

_KINDS = {"date_order": DateOrder, "decimal_sign": DecimalSign}


def conventions_of(
    file: MappingFile, settings: Mapping[str, str], path: str, given: Conventions
) -> Conventions:
    """What stands at a field's source, else what the user said, else the mapping.

    Raises:
        UsageError: a setting says what no convention is.
    """
    own = next((each.conventions for each in file.all_fields if each.target.path == path), {})
    return dataclasses.replace(
        given,
        **{
            name: read
            for name, text in file.conventions.items()
            if getattr(given, name) is None and (read := _convention(file, settings, name, text))
        },
        **{
            name: read
            for name, text in own.items()
            if (read := _convention(file, settings, name, text))
        },
    )


def _convention(file: MappingFile, settings: Mapping[str, str], name: str, text: str) -> Any:
    filled = cut_braces(text).filled(settings)
    if not filled or name not in _KINDS:
        return filled or None
    try:
        return _KINDS[name](filled)
    except ValueError:
        raise UsageError(
            f"the mapping '{file.name}' needs a {name}, but '{filled}' is not one",
            hint=f"One of {', '.join(_KINDS[name])}.",
        ) from None
