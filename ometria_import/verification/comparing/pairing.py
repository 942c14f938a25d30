"""Which item of one list is compared with which of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

Key: TypeAlias = Callable[[Any], str]
Pair: TypeAlias = tuple[int | None, int | None]
"""Indexes in both lists; None where an item has no counterpart."""


def _key_of(*names: str) -> Key:
    def key(item: Any) -> str:
        if not isinstance(item, Mapping):
            return str(item)
        return "/".join("" if item.get(name) is None else str(item[name]) for name in names)

    return key


KEYS = MappingProxyType(
    {
        "options": _key_of("type", "id"),
        "listings": _key_of("store"),
        "lineitems": _key_of("product_id", "variant_id", "sku"),
    }
)
"""What identifies an item within its list."""


def pairs_of(
    sent: Sequence[Any], found: Sequence[Any], key: Key, *, by_position: bool
) -> tuple[list[Pair], bool]:
    """Pair the items of two lists, and say whether they are in another order.

    Of items with one key, equal ones are one another's, and then the first is the first's. With
    `by_position`, as many items that are left over on both sides are the same with another key.
    """
    keys, other_keys = list(map(key, sent)), list(map(key, found))
    is_unique = len(set(keys)) == len(keys)
    if is_unique and keys == other_keys:
        return [(index, index) for index in range(len(sent))], False
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(other_keys):
        places[name].append(index)
    partners: list[int | None] = [None] * len(sent)
    if not is_unique:
        for index, name in enumerate(keys):
            equal = partial(_is_at, found, sent[index])
            partners[index] = _taken(places[name], equal)
    for index, name in enumerate(keys):
        if partners[index] is None:
            partners[index] = _taken(places[name], lambda _: True)
    left = sorted(index for indexes in places.values() for index in indexes)
    order = [each for each in partners if each is not None]
    if by_position and partners.count(None) == len(left):
        rest = iter(left)
        partners = [next(rest) if each is None else each for each in partners]
        left = []
    return [*enumerate(partners), *((None, index) for index in left)], order != sorted(order)


def _is_at(items: Sequence[Any], item: Any, place: int) -> bool:
    return bool(items[place] == item)


def _taken(places: list[int], is_it: Callable[[int], bool]) -> int | None:
    """The first of some places that will do, which is then none of them any more."""
    found = next(filter(is_it, places), None)
    if found is not None:
        places.remove(found)
    return found
