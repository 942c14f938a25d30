"""From the text of a page to what the tracker would find in it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from ometria_import.tracking.page.calls import MOST_CALLS, calls_of
from ometria_import.tracking.page.literals import without_comments
from ometria_import.tracking.page.markup import Element, Markup
from ometria_import.tracking.page.model import Call, Page, Tag
from ometria_import.tracking.page.tags import MOST_TAGS, is_json, is_run, source_of, tags_of

_CONTAINER = re.compile(r"\bGTM-[A-Z0-9]{4,12}\b", re.ASCII)
_OF_CONTAINERS = re.compile(r"googletagmanager|gtm\.js", re.IGNORECASE)
_DEAD = re.compile(r"ometria\.com/tags/|/tags/[0-9a-f]{16}\.js", re.ASCII)
_SLASH = re.compile(r"\\/|\\u002[fF]")
_MOST = 20


def page_of(markup: Markup, known: Collection[str]) -> Page:
    """What the tracker would find.

    Args:
        markup: The page.
        known: The hashes of the settings.
    """
    scripts = [each for each in markup.elements if each.name == "script"]
    live = [(place, each) for place, each in enumerate(scripts) if not each.is_inert]
    read = [(place, each, _script_of(each)) for place, each in live]
    calls, notes = _calls(read)
    tags: list[Tag] = []
    for place, each, script in read:
        tags += tags_of(each, script, place, known, has_calls=bool(calls))
    return Page(
        tags=tuple(_without_repeats(tags)),
        calls=tuple(calls),
        containers=tuple(_containers(markup)),
        scripts=_other_scripts(live, {each.place for each in tags}),
        has_modules=any(each.attributes.get("type", "").lower() == "module" for _, each in live),
        dead_tags=tuple(_dead(markup)),
        hints=tuple(dict.fromkeys(_hints(markup.elements)))[:_MOST],
        notes=notes,
    )


def _script_of(element: Element) -> str:
    return without_comments(_SLASH.sub("/", element.text))


def _calls(read: list[tuple[int, Element, str]]) -> tuple[list[Call], tuple[str, ...]]:
    is_about = any("ometria" in script.lower() for _, _, script in read)
    calls: list[Call] = []
    for place, each, script in read if is_about else ():
        if is_json(each) or each.attributes.get("type", "").startswith("application/ld"):
            continue
        for call in calls_of(script, each.text_line, place):
            calls.append(call)
            if len(calls) > MOST_CALLS:
                return calls[:-1], (f"only its first {MOST_CALLS} calls were looked at",)
    return calls, ()


def _without_repeats(tags: list[Tag]) -> list[Tag]:
    """One tag for each hash and script: an address and a setting may say the same."""
    found: dict[tuple[str, int], Tag] = {}
    for each in tags:
        found.setdefault((each.hash, each.place), each)
    hashes = {each.hash for each in tags}
    # A script that puts together what another one names is no tag of its own.
    return [each for each in found.values() if each.hash or len(hashes) == 1][:MOST_TAGS]


def _containers(markup: Markup) -> list[str]:
    """The ids of containers, in the order of the page."""
    found: dict[str, None] = {}
    for each in markup.elements:
        source = each.attributes.get("src", "")
        for text in (source, each.text if each.name == "script" else ""):
            if _OF_CONTAINERS.search(text):
                found.update(dict.fromkeys(_CONTAINER.findall(text)))
    return list(found)[:_MOST]


def _other_scripts(live: list[tuple[int, Element]], of_tags: set[int]) -> tuple[str, ...]:
    return tuple(
        source
        for place, each in live
        if (source := source_of(each)) and place not in of_tags and is_run(each)
    )[:_MOST]


def _dead(markup: Markup) -> Iterator[int]:
    for line, text in markup.comments:
        if _DEAD.search(_SLASH.sub("/", text)):
            yield line
    for each in markup.elements:
        if each.is_inert and _DEAD.search(_SLASH.sub("/", f"{source_of(each)} {each.text}")):
            yield each.line


def _hints(elements: list[Element]) -> Iterator[str]:
    for each in elements:
        if each.name == "meta" and each.attributes.get("property") == "product:retailer_item_id":
            yield each.attributes.get("content", "")
        elif each.attributes.get("type", "").lower() == "application/ld+json":
            try:
                yield from _ids_of(json.loads(each.text), 0)
            except (ValueError, RecursionError):
                continue


def _ids_of(told: Any, depth: int) -> Iterator[str]:
    """The ids of a product in structured data."""
    if isinstance(told, list) and depth < _MOST:
        for each in told[:_MOST]:
            yield from _ids_of(each, depth + 1)
    elif isinstance(told, dict):
        if told.get("@type") == "Product":
            names = ("productID", "sku", "mpn")
            yield from (str(told[name]) for name in names if isinstance(told.get(name), str | int))
        if "@graph" in told:
            yield from _ids_of(told["@graph"], depth + 1)
