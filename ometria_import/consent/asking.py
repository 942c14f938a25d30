"""How many people of the files are looked up in the account."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ometria_import.errors import UsageError

_SAMPLE = re.compile(r"sample[ :=]?\s*([1-9]\d{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Everybody, or so many people drawn at random."""

    sample: int | None = None
    """None for everybody."""


def parse_part(text: str) -> Part:
    """Read what `--profiles` says.

    Raises:
        UsageError: it is neither `all` nor a sample.
    """
    said = text.strip().lower()
    if said == "all":
        return Part()
    if found := _SAMPLE.fullmatch(said):
        return Part(int(found[1]))
    raise UsageError(
        f"--profiles: {text!r} is neither all nor a sample",
        hint='Write all, or a number of people such as "sample 300".',
    )
