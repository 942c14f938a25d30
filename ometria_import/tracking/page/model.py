"""A page as the tracker would find it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ometria_import.tracking.page.literals import Value


class Form(StrEnum):
    """How a tag stands in a page."""

    SRC = "src"
    """`<script src>` from Ometria's server."""
    INLINE = "inline"
    """A script of the page builds the address."""
    JSON = "json"
    """The address stands in data that another script reads."""
    FIRST_PARTY = "first_party"
    """The shop's own server passes the file on."""
    SAVED = "saved"
    """The file that a browser saved beside the page."""
    SETTING = "setting"
    """Only the hash stands in the page, or not even that: a script puts the address together."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The tracker's file, as a page asks for it."""

    hash: str
    """Empty where only the running script knows it."""
    form: Form
    line: int
    place: int
    """Among the scripts of the page."""
    address: str = ""
    """Where the file is; empty where that cannot be read."""
    script_type: str = ""
    """The type of a script that no browser runs until something changes it."""
    in_head: bool | None = None

    @property
    def is_gated(self) -> bool:
        """Whether it waits until a consent tool or another script lets it run."""
        return bool(self.script_type)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the tracker, or data that its file reads by itself."""

    name: str
    line: int
    place: int
    arguments: tuple[Value, ...] = ()
    page_type: str = ""
    ids: tuple[str, ...] = ()
    """Of products or, with `trackTransaction`, of an order."""
    store: str = ""
    unknown: frozenset[str] = frozenset()
    """Of `page_type`, `ids` and `store`, what a script computes."""
    namespace: str = ""
    """What the tag puts before ids of products."""
    is_data: bool = False
    """Whether it is data and no call."""
    has_order: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What was found in one page."""

    tags: tuple[Tag, ...] = ()
    calls: tuple[Call, ...] = ()
    containers: tuple[str, ...] = ()
    """Of Google's tag manager."""
    scripts: tuple[str, ...] = ()
    """Addresses of other scripts: what they do cannot be read here."""
    has_modules: bool = False
    dead_tags: tuple[int, ...] = ()
    """Lines of tags in comments, and of others that no browser runs."""
    hints: tuple[str, ...] = ()
    """Product ids that the page tells search engines."""
    notes: tuple[str, ...] = field(default=())
