"""How generated pages are written."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

_MADE = "<!-- Made by `python -m docs.generate` from the code. -->"
_WIDTH = 100


def page(title: str, lines: Iterable[str]) -> str:
    """A page that is generated as a whole.

    Args:
        title: Its heading.
        lines: What stands below it.
    """
    return "\n".join((f"# {title}", "", _MADE, "", *lines))


def wrap(text: str) -> list[str]:
    """Break a paragraph into lines."""
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def plain(text: str) -> str:
    """A text of which nothing is read as Markdown or HTML but what stands in backticks."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(
        piece
        if piece.startswith("`")
        else re.sub(r"([*\[\]\\|])", r"\\\1", piece).replace("<", "&lt;")
        for piece in pieces
    )


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
