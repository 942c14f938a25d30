"""What becomes of each field of a record in which nobody shall be known.

A field that is not named here is left out, so that a new one never leaks; a test keeps the lists
and the schema together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.pseudonyms.fakes import Fakes

Fake: TypeAlias = Callable[[str], str | None]
"""What stands for a text; None leaves it out."""
Rule: TypeAlias = Callable[[msgspec.Raw], msgspec.Raw | None]
"""What becomes of a value, to the byte; None leaves it out."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_NULL = b"null"
_UNKNOWN = msgspec.Raw()
_REMEMBERED = 16_384
"""Distinct values of each kind that are remembered, so that memory stays bounded."""


def _same(raw: msgspec.Raw) -> msgspec.Raw:
    return raw


_ADDRESS = {"city": "place", "state": "place", "postcode": "area", "country_code": "keep"}
_LINE_ITEM = {
    **dict.fromkeys(
        (
            *("product_id", "variant_id", "quantity", "sku", "unit_price", "quantity_refunded"),
            *("refunded", "subtotal", "tax", "total", "discount", "is_on_sale"),
            *("variant_options", "totals"),
        ),
        "keep",
    ),
    "properties": "properties",
}
FIELDS: Mapping[ObjectType, Mapping[str, str]] = {
    ObjectType.CONTACT: {
        "@type": "keep",
        "id": "id",
        "@collection": "text",
        "email": "email",
        "customer_id": "id",
        "phone_number": "phone",
        "prefix": "prefix",
        "firstname": "firstname",
        "middlename": "firstname",
        "lastname": "lastname",
        "gender": "keep",
        "date_of_birth": "birthday",
        "country_id": "keep",
        "timezone": "keep",
        "timestamp_acquired": "keep",
        "timestamp_subscribed": "keep",
        "timestamp_unsubscribed": "keep",
        "marketing_optin": "keep",
        "@force_optin": "keep",
        "@merge": "keep",
        "channels": "keep",
        "store_ids": "texts",
        "@add_to_lists": "keep",
        "@remove_from_lists": "keep",
        "properties": "properties",
    },
    ObjectType.ORDER: {
        **dict.fromkeys(
            (
                *("@type", "timestamp", "currency", "grand_total", "subtotal", "discount"),
                *("shipping", "tax", "is_valid", "totals"),
            ),
            "keep",
        ),
        "id": "id",
        **dict.fromkeys(
            ("status", "channel", "store", "payment_method", "shipping_method", "coupon_code"),
            "text",
        ),
        "web_id": "id",
        "ip_address": "ip",
        "customer": "customer",
        "shipping_address": "address",
        "billing_address": "address",
        "lineitems": "lineitems",
        "properties": "properties",
    },
    ObjectType.CUSTOM_EVENT: {
        "@type": "keep",
        "id": "id",
        "event_type": "text",
        "timestamp": "keep",
        "profile_id": "keep",
        "identity_email": "email",
        "identity_account_id": "id",
        "properties": "properties",
    },
}
"""By object type: the rule of each field. Products stay as they are."""
_CUSTOMER = {"id": "id", "email": "email", "firstname": "firstname", "lastname": "lastname"}


class Records:
    """Makes records in which nobody is known of those with real people."""

    def __init__(self, fakes: Fakes, keep: Collection[str]) -> None:
        """Begin.

        Args:
            fakes: What stands for what.
            keep: The custom fields that stay; all others are left out.
        """
        self._fakes = fakes
        self._keep = frozenset(keep)
        self.kept: set[str] = set()
        """Those of the custom fields that were found."""
        texts: dict[str, Fake] = {
            "id": fakes.id,
            "text": fakes.text,
            "email": fakes.email,
            "phone": fakes.phone,
            "prefix": fakes.prefix,
            "firstname": fakes.firstname,
            "lastname": fakes.lastname,
            "birthday": fakes.birthday,
            "ip": fakes.ip,
            "place": fakes.place,
            "area": fakes.area,
        }
        rules: dict[str, Rule] = {
            "keep": _same,
            "texts": self._values,
            "properties": self._properties,
            "customer": lambda raw: self._members(raw, customer),
            "address": lambda raw: self._members(raw, address),
            "lineitems": self._lineitems,
            **{name: _of_text(fake) for name, fake in texts.items()},
        }

        def of(fields: Mapping[str, str]) -> dict[str, Rule]:
            return {name: rules[rule] for name, rule in fields.items()}

        customer, address, self._item = of(_CUSTOMER), of(_ADDRESS), of(_LINE_ITEM)
        self._of_types = {object_type: of(fields) for object_type, fields in FIELDS.items()}

    def change(self, object_type: ObjectType, records: Any) -> list[bytes]:
        """What becomes of the records of a batch."""
        if object_type is ObjectType.PRODUCT:
            return list(records)
        rules = self._of_types[object_type]
        return [self._record(bytes(record), rules, object_type) for record in records]

    def _record(self, body: bytes, rules: Mapping[str, Rule], object_type: ObjectType) -> bytes:
        before = _OBJECT.decode(body)
        after = self._changed(before, rules)
        is_by_phone = object_type is ObjectType.CONTACT and "phone_number" in before
        if is_by_phone and not {"email", "customer_id"} & after.keys():
            # Somebody who is known by phone alone stays somebody.
            number = str(msgspec.json.decode(before["phone_number"]))
            after["customer_id"] = _raw(self._fakes.anew(number))
        return _ENCODER.encode(after)

    def _changed(
        self, before: Mapping[str, msgspec.Raw], rules: Mapping[str, Rule]
    ) -> dict[str, msgspec.Raw]:
        after = {}
        for name, value in before.items():
            rule = rules.get(name)
            if rule is _same:
                after[name] = value
            elif rule is not None and (new := rule(value)) is not None:
                after[name] = new
        return after

    def _members(self, raw: msgspec.Raw, rules: Mapping[str, Rule]) -> msgspec.Raw | None:
        if bytes(raw) == _NULL:
            return raw
        after = self._changed(_OBJECT.decode(raw), rules)
        return msgspec.Raw(_ENCODER.encode(after)) if after else None

    def _lineitems(self, raw: msgspec.Raw) -> msgspec.Raw:
        if b'"properties"' not in bytes(raw):
            return raw
        items = [self._changed(_OBJECT.decode(item), self._item) for item in _LIST.decode(raw)]
        return msgspec.Raw(_ENCODER.encode(items))

    def _properties(self, raw: msgspec.Raw) -> msgspec.Raw | None:
        if not self._keep or bytes(raw) == _NULL:
            return None
        stay = {name: own for name, own in _OBJECT.decode(raw).items() if name in self._keep}
        self.kept |= stay.keys()
        after = {name: self._values(own) for name, own in stay.items()}
        return msgspec.Raw(_ENCODER.encode(after)) if after else None

    def _values(self, raw: msgspec.Raw) -> msgspec.Raw:
        """The same texts and lists of them, but for addresses that are in them."""
        match bytes(raw)[:1]:
            case b'"':
                text = self._fakes.text(msgspec.json.decode(raw, type=str))
                return _raw(text)
            case b"[":
                return _raw([self._values(each) for each in _LIST.decode(raw)])
            case b"{":
                members = _OBJECT.decode(raw)
                return _raw({name: self._values(each) for name, each in members.items()})
        return raw


def _of_text(fake: Fake) -> Rule:
    """The rule of a text; it is applied once to each distinct value, while there are not many."""
    known: dict[bytes, msgspec.Raw | None] = {}

    def rule(raw: msgspec.Raw) -> msgspec.Raw | None:
        written = bytes(raw)
        if written == _NULL:
            return raw
        after = known.get(written, _UNKNOWN)
        if after is _UNKNOWN:
            if len(known) >= _REMEMBERED:
                known.clear()
            value = msgspec.json.decode(written)
            text = value if isinstance(value, str) else written.decode()
            new = fake(text)
            # What stays the same stays so to the byte.
            after = msgspec.Raw(written) if new == text else new if new is None else _raw(new)
            known[written] = after
        return after

    return rule


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(value))
