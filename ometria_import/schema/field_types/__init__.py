"""The kinds of value: one plain function and one pattern each."""

from ometria_import.options.choices import DateOrder, DecimalSign
from ometria_import.schema.field_types.currencies import WITHDRAWN_CURRENCIES, digits_of, may_mean
from ometria_import.schema.field_types.formulas import is_formula, written
from ometria_import.schema.field_types.model import (
    Cleaning,
    ConventionPattern,
    Conventions,
    Ending,
    FieldType,
    GenderLetters,
    JsonKind,
    Picture,
    Rewrite,
    UnixTime,
)
from ometria_import.schema.field_types.money import amounts_in, currency_mark
from ometria_import.schema.field_types.registry import (
    FIELD_TYPE_NAMES,
    FieldTypeName,
    field_type,
)
from ometria_import.schema.field_types.words import gender_letters_of

__all__ = [
    "FIELD_TYPE_NAMES",
    "WITHDRAWN_CURRENCIES",
    "Cleaning",
    "ConventionPattern",
    "Conventions",
    "DateOrder",
    "DecimalSign",
    "Ending",
    "FieldType",
    "FieldTypeName",
    "GenderLetters",
    "JsonKind",
    "Picture",
    "Rewrite",
    "UnixTime",
    "amounts_in",
    "currency_mark",
    "digits_of",
    "field_type",
    "gender_letters_of",
    "is_formula",
    "may_mean",
    "written",
]
