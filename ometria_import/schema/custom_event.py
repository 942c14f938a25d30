"""The schema of custom events. Source: reference/ometria-api.md, "Custom event"."""

from __future__ import annotations

from ometria_import.options.choices import ObjectType
from ometria_import.schema.field_types import FieldTypeName as T
from ometria_import.schema.model import Field, ObjectSchema, Properties

CUSTOM_EVENT = ObjectSchema(
    ObjectType.CUSTOM_EVENT,
    key=("id",),
    one_of=("profile_id", "identity_email", "identity_account_id"),
    members=(
        Field("id", T.ID, "the event's id", required=True),
        Field("event_type", T.TEXT, "short name", required=True, example="store visit"),
        Field("timestamp", T.TIMESTAMP, "when it happened", required=True),
        Field("profile_id", T.ID, "Ometria's id of the profile"),
        Field("identity_email", T.EMAIL, "the person's address"),
        Field("identity_account_id", T.ID, "the person's customer_id"),
        Properties(),
    ),
)
