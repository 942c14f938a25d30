"""The pages of the documentation, as their links and headings are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FENCE = re.compile(r"^( *)(```+)([^\n]*)\n(.*?)^ *\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """A page without what stands there as code."""
    text = FENCE.sub("", page.read_text("utf-8"))
    text = re.sub(r"(?m)^(    |\t).*$", "", text)
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("[", " "), text)


@cache
def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in a link."""
    found: set[str] = set()
    for heading in re.findall(r"(?m)^#{1,6} (.+)$", FENCE.sub("", page.read_text("utf-8"))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading)
        ascii_only = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
        slug = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())
        assert slug not in found, f"{page}: two headings are called {slug}"
        found.add(slug)
    return found


def links() -> Iterator[tuple[str, Path, str]]:
    """Every link within the documentation: as it is written, its page, and its anchor."""
    for page in PAGES:
        for target in _LINK.findall(prose(page)):
            if not target.startswith(("https://", "http://")):
                path, _, anchor = target.partition("#")
                end = (page.parent / path).resolve() if path else page
                yield f"{page.relative_to(DOCS)}: {target}", end, anchor
