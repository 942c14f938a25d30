"""What an account shows of people who asked it to be forgotten: hashes of their addresses.

Source: api-evidence.md, section 3, "data-deletion-requests". An example has 32 hexadecimal digits
before `@anonymous.ometria`, and no page says how they are made: they are taken for the MD5 of the
address in small letters. Where that is wrong, they match nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ometria_import.verification.reading import AccountReads

_HASHED = re.compile(r"([0-9a-f]{32})(?:@.*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of an account."""

    md5s: frozenset[str]
    """In small letters."""
    unknown: int
    """How many identities are no such hash: nobody can be recognised by them."""


async def deletion_requests(reads: AccountReads) -> Requests:
    """Read the requests; the errors are those of `AccountReads`."""
    md5s, unknown = set(), 0
    for identity in _identities(await reads.deletion_requests()):
        text = identity.get("hashed_email") if isinstance(identity, dict) else None
        found = _HASHED.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            unknown += 1
        else:
            md5s.add(found[1].lower())
    return Requests(frozenset(md5s), unknown)


def _identities(requests: list[dict[str, Any]]) -> Iterator[Any]:
    for request in requests:
        identities = request.get("identities")
        yield from identities if isinstance(identities, list) else [None]
