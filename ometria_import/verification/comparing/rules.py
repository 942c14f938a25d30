"""The rules of the canonical form: what may be written otherwise in an account and be the same.

Each rule has a name, and each use of it is counted, so that nothing is excused in silence. No rule
that always applies excuses a difference of a consent or of its time: of those only the notation of
the very same moment may differ. None that a user can accept excuses another consent or another day.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Rule:
    """By what two values that are written differently are the same."""

    name: str
    words: str
    """One sentence for users."""
    fields: str
    """Which fields it is about, in words."""


UNSET = Rule(
    "unset_values",
    "A field that is missing, null or empty has no value, in whichever of these ways an account "
    "shows it.",
    "all fields",
)
OTHERS = Rule(
    "fields_of_others",
    "Fields and custom fields that were not sent are left alone, because other systems write to "
    "the account, too. Exceptions: the time of a consent that was sent without a time, and "
    "`is_valid` if it is false.",
    "fields that the record does not have",
)
NAMED_BY_PATH = Rule(
    "named_by_the_path",
    "`@type` and `@collection` may be missing, because the address that was read names them.",
    "`@type`, `@collection`",
)
INSTRUCTIONS = Rule(
    "instructions",
    "What only tells the account how to store a record need not come back.",
    "`@merge`, `@force_optin`, `@add_to_lists`, `@remove_from_lists`",
)
LOWER_EMAILS = Rule(
    "emails_in_another_case",
    "Email addresses are the same in capital and in small letters.",
    "email addresses",
)
SAME_MOMENT = Rule(
    "same_moment",
    "A moment is the same whichever offset or notation it is written with.",
    "all times, also those of consents, and custom fields that are times",
)
TO_THE_SECOND = Rule(
    "times_to_the_second",
    "A time may come back without its fraction of a second.",
    "all times but those of consents, and custom fields that are times",
)
DAY_AS_MIDNIGHT = Rule(
    "midnight_as_day",
    "A day without a time is the same as midnight at the start of this day.",
    "all times and dates but those of consents, and custom fields that are times or dates",
)
NUMBERS_AS_TEXT = Rule(
    "numbers_as_text",
    "A number is the same if it is shown as a text.",
    "amounts of money, quantities",
)
TO_THE_MINOR_UNIT = Rule(
    "amounts_to_the_minor_unit",
    "An amount may be rounded by up to half of the smallest unit of its currency, such as half a "
    "cent.",
    "amounts of money",
)
IDS_AS_TEXT = Rule(
    "ids_as_text",
    "An id is a text, also where it is shown as a number.",
    "ids and SKUs",
)
BOOLEANS_AS_TEXT = Rule(
    "booleans_as_text",
    "Yes and no are the same if they are shown as texts, or as 1 and 0.",
    "yes/no fields but consents",
)
PHONES = Rule(
    "phones_in_e164",
    "A phone number is the same if its digits, beginning with the country code, are the same.",
    "`phone_number`",
)
SETS = Rule(
    "sets_in_any_order",
    "The order of these lists has no meaning: entries are compared by type and id, by store, or "
    "as they are.",
    "`attributes`, `variant_options`, `listings`, `store_ids`",
)
ITEMS = Rule(
    "items_in_any_order",
    "Line items may come back in another order: they are compared by position where products "
    "agree, and otherwise by product.",
    "`lineitems`",
)

RULES = (
    UNSET,
    OTHERS,
    NAMED_BY_PATH,
    INSTRUCTIONS,
    LOWER_EMAILS,
    SAME_MOMENT,
    TO_THE_SECOND,
    DAY_AS_MIDNIGHT,
    NUMBERS_AS_TEXT,
    TO_THE_MINOR_UNIT,
    IDS_AS_TEXT,
    BOOLEANS_AS_TEXT,
    PHONES,
    SETS,
    ITEMS,
)
"""The rules that always apply."""

TO_THE_DAY = Rule(
    "times_to_the_day",
    "A time may come back as its day alone, or as midnight of its day.",
    "all times but those of consents, and custom fields that are times",
)
WITHOUT_ZONE = Rule(
    "times_without_zone",
    "A time that comes back without an offset is in UTC.",
    "all times but those of consents, and custom fields that are times",
)
CONSENTS_TO_THE_SECOND = Rule(
    "consent_times_to_the_second",
    "The time of a consent may come back without its fraction of a second.",
    "times of consents",
)
CONSENTS_DATED_BY_ACCOUNT = Rule(
    "consents_dated_by_the_account",
    "A consent that was sent without a time may have the time that the account gave it.",
    "times of consents that were not sent",
)
WITHOUT_OUTER_BLANKS = Rule(
    "texts_without_outer_blanks",
    "A text may come back without blanks at its ends, and with one blank in place of several.",
    "texts and custom fields, but no ids and URLs",
)
ANOTHER_CASE = Rule(
    "texts_in_another_case",
    "A text is the same in capital and in small letters.",
    "texts, codes and custom fields, but no ids and URLs",
)
ANOTHER_UNICODE_FORM = Rule(
    "texts_in_another_unicode_form",
    "An accented letter is the same as the letter with its accent as a separate character.",
    "texts and custom fields, but no ids and URLs",
)

LOOSE_RULES = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            TO_THE_DAY,
            WITHOUT_ZONE,
            CONSENTS_TO_THE_SECOND,
            CONSENTS_DATED_BY_ACCOUNT,
            WITHOUT_OUTER_BLANKS,
            ANOTHER_CASE,
            ANOTHER_UNICODE_FORM,
        )
    }
)
"""By name: the rules that apply only if the user has accepted them."""

WORDS = MappingProxyType({rule.name: rule.words for rule in (*RULES, *LOOSE_RULES.values())})
"""What every rule says, by its name."""
