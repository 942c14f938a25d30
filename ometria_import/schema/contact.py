"""The schema of contacts. Source: reference/ometria-api.md, "Contact"."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.options.choices import ObjectType
from ometria_import.schema.field_types import FieldTypeName as T
from ometria_import.schema.model import Field, Group, ObjectSchema, Properties

REFUSALS = {
    "marketing_optin": "EXPLICITLY_OPTEDOUT",
    "channels.sms.allow_marketing": "false",
    "channels.sms.allow_transactional": "false",
}
"""By consent field: the value for a contact that has unsubscribed."""

_EVER = "1900-01-01"

CONTACT = ObjectSchema(
    ObjectType.CONTACT,
    key=("@collection", "id"),
    members=(
        Field("id", T.ID, "unique in its collection; no email, phone or name", required=True),
        Field("@collection", T.ID, "the source of the contact", example="customers"),
        Field("email", T.EMAIL, "the contact's address", required=True),
        Field("customer_id", T.ID, "the customer's key in all sources; joins orders"),
        Field("phone_number", T.PHONE, "mobile number", of_country="country_id"),
        Field("prefix", T.TEXT, "form of address", example="Ms"),
        Field("firstname", T.TEXT, "given name", example="Ada"),
        Field("middlename", T.TEXT, "further given names", example="Mary"),
        Field("lastname", T.TEXT, "family name", example="Winter"),
        Field("gender", T.GENDER, "m, f or o"),
        Field("date_of_birth", T.DATE, "birthday", example="1985-03-09"),
        Field("country_id", T.COUNTRY, "country of residence"),
        Field("timezone", T.TIMEZONE, "where the contact reads mail"),
        Field("timestamp_acquired", T.TIMESTAMP, "when the contact became known", since=_EVER),
        Field("timestamp_subscribed", T.TIMESTAMP, "when the contact opted in", since=_EVER),
        Field("timestamp_unsubscribed", T.TIMESTAMP, "when the contact opted out"),
        Field("marketing_optin", T.OPTIN, "whether the contact agreed to marketing"),
        Field(
            "@force_optin",
            T.BOOLEAN,
            "makes marketing_optin win over the preference centre",
            only_with="marketing_optin",
        ),
        Field("@merge", T.BOOLEAN, "merge into the stored record"),
        Group(
            "channels",
            (
                Group(
                    "sms",
                    (
                        Field("allow_marketing", T.BOOLEAN, "marketing by text message"),
                        Field("allow_transactional", T.BOOLEAN, "order news by text message"),
                        Field("dt_updated_marketing", T.TIMESTAMP, "when that was last said"),
                        Field("dt_updated_transactional", T.TIMESTAMP, "when that was last said"),
                    ),
                ),
            ),
        ),
        Field("store_ids", T.TEXT_LIST, "stores that the contact belongs to"),
        Field("@add_to_lists", T.WHOLE_NUMBER_LIST, "lists to add the contact to"),
        Field("@remove_from_lists", T.WHOLE_NUMBER_LIST, "lists to take the contact from"),
        Properties(),
    ),
)

CONTACT_WITHOUT_EMAIL = replace(
    CONTACT,
    members=tuple(
        replace(each, required=False) if isinstance(each, Field) and each.name == "email" else each
        for each in CONTACT.members
    ),
    one_of=("email", "customer_id", "phone_number"),
)
"""For accounts that know people by other identifiers, too. Source: "Contact", `email`."""
