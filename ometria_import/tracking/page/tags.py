"""The tracker's tags in a page, in every form in which shops put them there.

Source: reference/tracking.md, "The tag".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from types import MappingProxyType

from ometria_import.tracking.page.markup import Element, Lines
from ometria_import.tracking.page.model import Form, Tag

HASH = re.compile(r"[0-9a-f]{16}", re.ASCII)
"""What every hash looked like that was seen."""
_TAG = re.compile(
    r"tags/(?:(?P<hash>[0-9A-Za-z_-]{1,64})\.js|(?P<computed>[\"'`]\s*+\+|\$\{))", re.ASCII
)
_BEFORE = re.compile(r"[\w.:/-]*\Z", re.ASCII)
_BEFORE_CHARS = 200
_OFFICIAL = re.compile(r"(?:\A|/)[\w-]+\.ometria\.com/\Z", re.ASCII | re.IGNORECASE)
_SETTING = re.compile(
    r"ometria[\w-]{0,40}\\?[\"']?\s{0,9}[:=]\s{0,9}\\?[\"'](?P<hash>[0-9a-f]{16})\\?[\"']",
    re.ASCII | re.IGNORECASE,
)
_SAVED = re.compile(r"_files/(?P<hash>[0-9a-f]{16})\.js", re.ASCII)
_SCRIPT_TYPES = frozenset({"", "module", "text/javascript1.5"})
_JSON_TYPES = ("json", "importmap", "speculationrules")
_SOURCES = ("src", "data-src", "data-cookieblock-src", "data-suppressedsrc", "data-rocket-src")
NO_SOURCE = "no source"
"""Stands for the type of a script whose address is kept back."""
MOST_TAGS = 50


def is_run(element: Element) -> bool:
    """Whether a browser runs a script by itself."""
    kind = _type_of(element)
    return kind in _SCRIPT_TYPES or kind.endswith(("javascript", "ecmascript", "jscript"))


def is_json(element: Element) -> bool:
    """Whether a script is data for others, but none for search engines."""
    kind = _type_of(element)
    return kind.endswith(_JSON_TYPES) and not kind.startswith("application/ld")


def source_of(element: Element) -> str:
    """The address of a script, be it one that a consent tool keeps back."""
    return next((element.attributes[name] for name in _SOURCES if name in element.attributes), "")


def tags_of(
    element: Element, script: str, place: int, known: Collection[str], *, has_calls: bool
) -> Iterator[Tag]:
    """The tags in one script.

    Args:
        element: The script.
        script: Its text as a browser reads it.
        place: Its place among the scripts of the page.
        known: The hashes of the settings.
        has_calls: Whether the page has anything else of the tracker's.
    """
    gate = "" if is_run(element) or is_json(element) else _type_of(element)
    source = source_of(element)
    if not gate and source and "src" not in element.attributes:
        gate = NO_SOURCE
    if _type_of(element).startswith("application/ld"):
        return

    def tag(found_hash: str, form: Form, line: int, address: str = "") -> Tag:
        return Tag(found_hash, form, line, place, address, gate, element.in_head)

    if source:
        for found_hash, form, address, _ in _written(source, Form.SRC):
            yield tag(found_hash, form, element.line, address)
        saved = _SAVED.search(source)
        if saved and (saved["hash"] in known or has_calls):
            yield tag(saved["hash"], Form.SAVED, element.line)
    lines = Lines(script, element.text_line)
    form = Form.JSON if is_json(element) else Form.INLINE
    beside = next((each for each in known if each in script), "") if "tags/" in script else ""
    for found_hash, how, address, at in _written(script, form):
        yield tag(found_hash or beside, how, lines.at(at), address)
    lines = Lines(script, element.text_line)
    for setting in _SETTING.finditer(script):
        yield tag(setting["hash"], Form.SETTING, lines.at(setting.start()))


def _written(text: str, form: Form) -> Iterator[tuple[str, Form, str, int]]:
    """Hash, form, address and place of each address of a tag in a text."""
    for found in _TAG.finditer(text):
        start = max(found.start() - _BEFORE_CHARS, 0)
        before = _BEFORE.search(text[start : found.start()])
        prefix = before[0] if before else ""
        is_official = _OFFICIAL.search(prefix) is not None
        if found["computed"] and is_official:
            yield "", Form.SETTING, "", found.start()
        elif found["hash"] and (
            is_official or (prefix.endswith("/") and HASH.fullmatch(found["hash"]))
        ):
            address = f"{prefix}{found[0]}"
            how = form if is_official else Form.FIRST_PARTY
            yield found["hash"], how, address, found.start()


def _type_of(element: Element) -> str:
    return element.attributes.get("type", "").split(";")[0].strip().lower()


FORM_WORDS = MappingProxyType(
    {
        Form.SRC: "a script element",
        Form.INLINE: "a script that loads it",
        Form.JSON: "data for another script",
        Form.FIRST_PARTY: "a script from the shop's own server",
        Form.SAVED: "a script that was saved with the page",
        Form.SETTING: "a script that puts the address together",
    }
)
