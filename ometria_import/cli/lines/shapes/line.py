"""What all lines have, and the last one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def _word(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


class Line(Struct, kw_only=True, tag_field="event", tag=_word, forbid_unknown_fields=True):
    """What every line has."""

    schema: Literal[1]
    at: Annotated[datetime, Meta(tz=True)]


class Ended(Line, forbid_unknown_fields=False):
    """The last line: how the command ended, with everything that `--json` tells of it.

    After an error, `error` and `hint` say what happened and what to do. Other commands than the
    streaming ones print this line alone.
    """

    command: str
    exit_code: int
    error: str | UnsetType = UNSET
    hint: str | UnsetType = UNSET
