"""What was pushed to an account, as far as a page could name it.

Only what pages ask for is kept, so that it costs the same memory for a million products.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from ometria_import.config import AccountSettings
from ometria_import.delivery import RunHistory, RunInfo
from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Derivation, Package
from ometria_import.package.bodies import decoded

_MOST_STORES = 1_000
_MOST_NEAR = 5
_WANTED = (ObjectType.PRODUCT, ObjectType.ORDER)


class Kind(StrEnum):
    """What an id is in the records that were pushed."""

    PRODUCT = "product"
    VARIANT = "variant"
    SKU = "sku"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Known:
    """An id that was pushed."""

    kind: Kind
    id: str
    of: str
    """The id of the record that has it."""


@dataclass(slots=True)
class Pushed:
    """What pages asked for, and what was found of it."""

    runs: list[str] = field(default_factory=list)
    """The runs that were looked at, newest first."""
    products: int = 0
    orders: int = 0
    near: dict[str, list[Known]] = field(default_factory=dict)
    """By the core of an id: what was pushed with such an id, however it is written."""
    stores: set[str] = field(default_factory=set)
    """Of orders and listings."""
    unreadable: list[str] = field(default_factory=list)
    """Runs whose packages are gone or damaged."""

    def of(self, text: str, *kinds: Kind) -> list[Known]:
        """What was pushed with such an id, those first that are written in the same way."""
        found = [each for each in self.near.get(core_of(text), ()) if each.kind in kinds]
        return sorted(found, key=lambda each: each.id != text)


class _Listing(msgspec.Struct):
    store: Any = None


class _Product(msgspec.Struct):
    id: Any = None
    sku: Any = None
    is_variant: Any = None
    listings: Any = None


class _Order(msgspec.Struct):
    id: Any = None
    store: Any = None


_PRODUCTS = msgspec.json.Decoder(list[_Product])
_ORDERS = msgspec.json.Decoder(list[_Order])


def core_of(text: str) -> str:
    """What is left of an id without prefix, case and leading zeros."""
    bare = text.strip().rsplit("/", 1)[-1].rsplit(":", 1)[-1].casefold()
    return bare.lstrip("0") or bare[-1:]


def pushed_to(
    account: AccountSettings, history: RunHistory, wanted: Collection[str]
) -> Pushed | None:
    """Look for ids in what finished runs sent to an account.

    Of each object type that is the newest run that sent a whole package, and those after it that
    sent parts.

    Args:
        account: The account at its address.
        history: The runs.
        wanted: The ids that pages name.

    Returns:
        None where no run has sent anything to the account.
    """
    found = Pushed()
    cores = {core_of(each) for each in wanted}
    near: defaultdict[str, dict[Known, None]] = defaultdict(dict)
    open_types = set(_WANTED)
    for run in history.runs:
        info = run.info
        if info is None or not info.is_finished or not run.is_to(account):
            continue
        types = {total.object_type for total in run.totals if total.accepted} & open_types
        if not types:
            continue
        try:
            is_part = _read(info, types, cores, found, near)
        except PackageError:
            found.unreadable.append(run.folder.id)
            continue
        found.runs.append(run.folder.id)
        if not is_part:
            open_types -= types
    found.near = {core: list(each) for core, each in near.items()}
    return found if found.runs or found.unreadable else None


def _read(
    info: RunInfo,
    types: set[ObjectType],
    cores: set[str],
    found: Pushed,
    near: defaultdict[str, dict[Known, None]],
) -> bool:
    """Look at one package; returns whether it is only a part of what was read.

    Raises:
        PackageError: it is gone or damaged.
    """
    with Package(info.package_path) as package:
        for object_type in types:
            for batch in package.batches(object_type):
                for known in _ids(batch, found):
                    if (core := core_of(known.id)) in cores and len(near[core]) < _MOST_NEAR:
                        near[core][known] = None
        steps = Derivation.chain(package.sums)
        return bool(info.retry_of) or any(step.left_out for step in steps)


def _ids(batch: Any, found: Pushed) -> Iterator[Known]:
    if batch.object_type is ObjectType.ORDER:
        for order in decoded(batch, _ORDERS):
            found.orders += 1
            _add_store(found, order.store)
            yield Known(Kind.ORDER, str(order.id), str(order.id))
        return
    for product in decoded(batch, _PRODUCTS):
        found.products += 1
        record_id = str(product.id)
        yield Known(
            Kind.VARIANT if product.is_variant is True else Kind.PRODUCT, record_id, record_id
        )
        if product.sku:
            yield Known(Kind.SKU, str(product.sku), record_id)
        for listing in product.listings if isinstance(product.listings, list) else ():
            with suppress(AttributeError):
                _add_store(found, listing.get("store"))


def _add_store(found: Pushed, store: object) -> None:
    if store and len(found.stores) < _MOST_STORES:
        found.stores.add(str(store))
