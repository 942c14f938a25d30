"""The few elements of a page that matter to the tracker, found without trusting the page.

The standard library's parser takes minutes for a page of a few hundred kilobytes that was made for
that, and pages come from the network: this one reads every character a fixed number of times.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

_TOKEN = re.compile(
    r"<!--(?P<comment>[\s\S]*?)(?:--!?>|\Z)"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"""(?P<attributes>(?:[^>"']|"[^"]*"|'[^']*')*+)>?"""
)
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]++)(?:\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s>"']*+)))?""")
_NAMES = ("script", "style", "textarea", "title", "noscript", "iframe", "xmp", "noembed")
_ENDS = MappingProxyType(
    {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _NAMES}
)
"""Elements whose contents are text to a browser that runs scripts."""
_SHOWN = frozenset({"script", "meta", "iframe"})


@dataclass(frozen=True, slots=True)
class Element:
    """A script, a `meta` or an `iframe`."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    text_line: int = 0
    in_head: bool | None = None
    """None where the page has neither a head nor a body."""
    is_inert: bool = False
    """Whether it stands where no browser runs it."""


@dataclass(slots=True)
class Markup:
    """What a page holds."""

    elements: list[Element] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    """Line and text."""
    has_tags: bool = False
    """Whether there is anything that makes it a page."""


_OF_PAGES = frozenset({"html", "head", "body", "script", "meta", "title", "div", "link"})


def read_markup(text: str) -> Markup:
    """Find the elements of a page."""
    found = Markup()
    lines = Lines(text)
    position, in_head, templates = 0, None, 0
    while token := _TOKEN.search(text, position):
        position = token.end()
        if (comment := token["comment"]) is not None:
            found.comments.append((lines.at(token.start()), comment))
            continue
        name, is_end = token["name"].lower(), bool(token["close"])
        found.has_tags = found.has_tags or name in _OF_PAGES
        if name == "head":
            in_head = not is_end
        elif name == "body":
            in_head = False
        elif name == "template":
            templates = max(templates + (-1 if is_end else 1), 0)
        if is_end:
            continue
        inside, begin = "", position
        if name in _ENDS:
            end = _ENDS[name].search(text, position)
            inside = text[position : end.start() if end else len(text)]
            position = end.end() if end else len(text)
        if name in _SHOWN:
            found.elements.append(
                Element(
                    name,
                    dict(_attributes(token["attributes"])),
                    lines.at(token.start()),
                    inside,
                    lines.at(begin),
                    in_head,
                    is_inert=templates > 0,
                )
            )
        elif name == "noscript":
            found.elements += _without_scripts(inside, lines.at(begin), in_head)
    return found


class Lines:
    """The line of each place in a text, for places that are asked for in their order."""

    def __init__(self, text: str, first: int = 1) -> None:
        self._text = text
        self._known, self._line = 0, first

    def at(self, place: int) -> int:
        """The line of a place."""
        if place < self._known:
            return self._line - self._text.count("\n", place, self._known)
        self._line += self._text.count("\n", self._known, place)
        self._known = place
        return self._line


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for name, *values in _ATTRIBUTE.findall(text):
        if (lowered := name.lower()) not in seen:
            seen.add(lowered)
            yield lowered, html.unescape(next(filter(None, values), ""))


def _without_scripts(text: str, line: int, in_head: bool | None) -> Iterator[Element]:  # noqa: FBT001
    """What stands in a `noscript`, which no browser reads that runs scripts."""
    lines = Lines(text, line)
    for token in _TOKEN.finditer(text):
        name = (token["name"] or "").lower()
        if name in _SHOWN and not token["close"]:
            attributes = dict(_attributes(token["attributes"]))
            at = lines.at(token.start())
            yield Element(name, attributes, at, "", at, in_head, is_inert=True)
