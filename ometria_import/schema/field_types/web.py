"""Addresses of pages and pictures."""

from __future__ import annotations

import re

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_URL
from ometria_import.schema.field_types.characters import ascii_shape, compose, shown
from ometria_import.schema.field_types.model import FieldType, JsonKind

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL}){{0,9}}"
_PORT = r"(?::[0-9]{1,5})?"
_URL = rf"[hH][tT][tT][pP][sS]?://{_NAME}{_PORT}(?:[/?#][!#-;=?-~]*)?"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(rf"(?:{_NAME}\.?|\[[0-9A-Fa-f:.]{{2,45}}\]){_PORT}")
_AUTHORITY_END = re.compile(r"[/?#]")
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f<>\"]")


def url_type() -> FieldType:
    """An address that works wherever it is clicked."""
    return FieldType(
        name="url",
        parse=parse_url,
        canonical=_URL,
        json=JsonKind.STRING,
        rule="A whole address with http:// or https:// and a host, without blanks in it.",
        example="https://shop.example.com/garden-shears",
    )


def parse_url(text: str) -> str | Finding:
    """Keep an absolute http or https address as it is written."""
    url = compose(text)
    if isinstance(url, Finding):
        return Finding(BAD_URL, url.message)
    scheme = _SCHEME.match(url)
    if scheme is None:
        return Finding(BAD_URL, f"{shown(text)} does not start with https:// or http://")
    if scheme.group(1).lower() not in {"http", "https"}:
        return Finding(BAD_URL, f"{shown(text)} is neither http nor https")
    if _NOT_IN_URL.search(url):
        return Finding(BAD_URL, f"{shown(text)} has a blank, a quote or an angle bracket in it")
    host = _AUTHORITY_END.split(url[scheme.end() :], maxsplit=1)[0]
    if not _HOST.fullmatch(ascii_shape(host)):
        return Finding(BAD_URL, f"{shown(text)} has no valid host after ://")
    return url
