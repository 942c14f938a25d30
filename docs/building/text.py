"""How generated pages are written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

MADE = "<!-- Made by `python -m docs.generate` from the code. -->"
_WIDTH = 100


def wrap(text: str) -> list[str]:
    """Break a paragraph into lines."""
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def cell(text: str) -> str:
    """A text as it stands in a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def filled(page: str, parts: Mapping[str, Iterable[str]]) -> str:
    """A page with its generated parts, which stand between two comments each."""
    text = page.removesuffix("\n")
    for name, lines in parts.items():
        begin = f"<!-- {name}: made by `python -m docs.generate` -->"
        end = f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = "\n".join((f"{before}{begin}", *lines, f"{end}{after}"))
    return text
