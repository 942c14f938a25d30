"""Whether a table that has columns of Ometria's names was made for Ometria.

Every shop's export has an id, an email and a first name: that such columns are there proves
nothing, and what the others mean (consent, above all) would be lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ometria_import.mapping.targets import REJECT_COLUMNS, find_target
from ometria_import.schema import ObjectSchema, ObjectType

_ONLY_OMETRIAS = {
    ObjectType.PRODUCT: (
        "is_variant",
        "special_price_dt_from",
        "special_price_dt_to",
        "attributes",
        "listings",
    ),
    ObjectType.CONTACT: (
        "@collection",
        "@force_optin",
        "@merge",
        "@add_to_lists",
        "@remove_from_lists",
        "marketing_optin",
        "timestamp_acquired",
        "timestamp_subscribed",
        "timestamp_unsubscribed",
        "channels",
    ),
    ObjectType.ORDER: ("customer", "lineitems", "totals", "is_valid", "web_id"),
    ObjectType.CUSTOM_EVENT: ("identity_email", "identity_account_id", "profile_id"),
}
"""Fields, and parts of records, that exports of others do not call so."""
_TELLING_MANDATORY = 4
"""So many mandatory fields together have names that nobody else has."""
_CONSENT = re.compile(
    r"opt.?(?:in|out)|subscri|consent|newsletter|marketing|permission|gdpr|suppress|abonn|einwillig",
    re.IGNORECASE,
)
"""Columns that may say who agreed to marketing."""


def is_made_for_ometria(schema: ObjectSchema, header: Iterable[str]) -> bool:
    """Whether the columns of a table are Ometria's own, foreign ones among them or not.

    They are where some have names that nobody but Ometria uses. Else more of them must be known
    than not, and none of the others may say who agreed to marketing.
    """
    columns = [column.strip() for column in header if column not in REJECT_COLUMNS]
    targets = {column: find_target(schema, column) for column in columns}
    paths = {target.path for target in targets.values() if target is not None}
    mandatory = set(schema.mandatory())
    as_spelt = {column.split(".")[0] for column, target in targets.items() if target is not None}
    if not as_spelt.isdisjoint(_ONLY_OMETRIAS[schema.object_type]):
        return True
    if len(mandatory) >= _TELLING_MANDATORY and paths >= mandatory:
        return True
    foreign = [column for column, target in targets.items() if target is None]
    if schema.object_type is ObjectType.CONTACT and any(map(_CONSENT.search, foreign)):
        return False
    return len(paths) > len(foreign)
