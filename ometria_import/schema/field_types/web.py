"""Addresses of pages and pictures."""

from __future__ import annotations

import ipaddress
import re

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_URL
from ometria_import.schema.field_types.model import FieldType, JsonKind
from ometria_import.schema.field_types.text import ascii_shape, compose, shown

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL}){{0,9}}"
_PORT = r"(?::[0-9]{1,5})?"

# What can separate addresses in a list is left to the rule, and so are rare ends of names.
_PATH = r"[/?#][!#-+\--:=?-\[\]-{}~]*"
_USUAL_ENDS = "[a-z]{2}|com|net|org|info|biz|shop|store|online|app|cloud|dev"
_URL = rf"[hH][tT][tT][pP][sS]?://(?:{_LABEL}\.){{1,9}}(?:{_USUAL_ENDS}){_PORT}(?:{_PATH})?"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(rf"(?:{_NAME}\.?|\[[0-9A-Fa-f:.]{{2,45}}\]){_PORT}")
_AUTHORITY_END = re.compile(r"[/?#]")
_NOWHERE = (
    # Behind a slash or an equals sign an address is part of the first one.
    (
        re.compile(
            r"[,;|\s](?:https?:)?//|\.(?:avif|gif|jpe?g|png|svg|webp)[,;|]|[,;|]\Z", re.IGNORECASE
        ),
        "is a list, but only one address belongs here",
    ),
    (re.compile(r"\\"), "has a backslash in it"),
    (re.compile(r"[\s\x00-\x20\x7f<>\"]"), "has a space, a quote or an angle bracket in it"),
)
"""Texts that no address contains, with the message for each."""
_PRIVATE_ENDS = frozenset(
    ("corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost")
)
"""Names that mean something only inside of one network. Source: RFC 6762 appendix G, RFC 6761."""


def url_type() -> FieldType:
    """An address that works wherever it is clicked."""
    return FieldType(
        name="url",
        parse=parse_url,
        canonical=_URL,
        json=JsonKind.STRING,
        rule="A complete address with http:// or https:// and a host, without spaces.",
        example="https://shop.example.com/garden-shears",
    )


def parse_url(text: str) -> str | Finding:
    """Keep an absolute http or https address as it is written."""
    url = compose(text)
    if isinstance(url, Finding):
        return Finding(BAD_URL, url.message)
    wrong = _what_is_wrong(url)
    return Finding(BAD_URL, f"{shown(text)} {wrong}") if wrong else url


def _what_is_wrong(url: str) -> str:
    """Why a text is not one address that everybody can open; empty if it is."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        return "does not start with https:// or http://"
    if scheme.group(1).lower() not in {"http", "https"}:
        return "is neither http nor https"
    for pattern, words in _NOWHERE:
        if pattern.search(url):
            return words
    host = _AUTHORITY_END.split(url[scheme.end() :], maxsplit=1)[0]
    if not _HOST.fullmatch(ascii_shape(host)):
        return "has no valid host after ://"
    return "" if _is_public(host) else "cannot be opened from outside its own network"


def _is_public(host: str) -> bool:
    """Whether a valid host may be one that everybody can reach."""
    name = re.sub(r":[0-9]+$", "", host).strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        pass
    first, dot, last = name.rpartition(".")
    return bool(first and dot) and last not in _PRIVATE_ENDS and not last.isdecimal()
