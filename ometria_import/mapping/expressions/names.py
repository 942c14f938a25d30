"""Cutting a person's name in two."""

from __future__ import annotations

FIRST_NAME, LAST_NAME = "first_name", "last_name"

_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "zu",
        "zum",
        "zur",
        "af",
        "av",
        "bin",
        "al",
        "el",
        "st.",
        "y",
    ]
)


def first_name(text: str) -> str:
    """All before the last name; a single word is a first name."""
    return _cut(text)[0]


def last_name(text: str) -> str:
    """The last word with the particles before it, or what stands before a comma."""
    return _cut(text)[1]


def _cut(text: str) -> tuple[str, str]:
    if "," in text:
        last, first = text.split(",", 1)
        if last.strip() and first.strip():
            return " ".join(first.split()), " ".join(last.split())
        text = text.replace(",", " ")
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004 -- nothing to cut
        return " ".join(words), ""
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])
