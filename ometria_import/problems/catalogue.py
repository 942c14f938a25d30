"""Every cause of a problem: title, explanation and remedy, from which the docs are made."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that can be wrong; its number is stable across versions."""

    number: str
    letters: str
    """`E`, `W` or `EW`: what it can be."""
    title: str
    explanation: str
    remedy: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The problem codes that name this cause."""
        return tuple(f"{letter}{self.number}" for letter in self.letters)


# Rows that cannot be read: the whole row is rejected.
RAGGED_ROW = "001"
BROKEN_QUOTING = "002"
NUL_BYTE = "003"
UNDECODABLE = "004"
ROW_TOO_LARGE = "005"
NOT_AN_OBJECT = "006"
TOO_DEEP = "007"
WRONG_OBJECT_TYPE = "008"
REPEATED_KEY = "009"

# Values: an error in a mandatory field, a warning in an optional one.
MISSING = "010"
RUINED_ID = "011"
BAD_EMAIL = "012"
BAD_NUMBER = "013"
BAD_WHOLE_NUMBER = "014"
BAD_TIMESTAMP = "015"
BAD_DATE = "016"
BAD_CURRENCY = "017"
BAD_COUNTRY = "018"
BAD_PHONE = "019"
BAD_GENDER = "020"
BAD_BOOLEAN = "021"
BAD_OPTIN = "022"
BAD_TIMEZONE = "023"
BAD_URL = "024"
BAD_LIST = "025"
BAD_TEXT = "026"
BAD_STRUCTURE = "027"
OTHER_CURRENCY = "087"
IMPOSSIBLE_TIME = "091"
INVISIBLE = "028"

# Records: what only shows when the record is put together.
RECORD_TOO_LARGE = "030"
PROPERTIES_TOO_LONG = "031"
NO_IDENTITY = "032"
WITHOUT_RECORD = "033"
NOT_MENDED = "034"
UNREADABLE_PART = "035"
ID_REUSED = "036"
REPEATED = "037"
REPEATED_ITEM = "038"
SUPERSEDED = "040"
DIFFERS_IN_GROUP = "041"
PART_DROPPED = "042"
PERSONAL_ID = "043"
NOT_ALONE = "044"
HELD_BACK = "045"
LOST_ZERO = "046"
RETURN = "047"

# Columns: one problem for many values.
UNMAPPED_TO_PROPERTIES = "050"
UNMAPPED_IGNORED = "051"
ZONE_ASSUMED = "052"
REWRITTEN = "053"
TOO_MANY_PROPERTIES = "054"
MIXED_ENCODING = "055"
MOJIBAKE = "056"
ROUNDED = "088"
MORE_DECIMALS = "089"
MIXED_SIGNS = "090"
NOT_RECOMMENDED = "100"
UNDATED_SPECIAL = "101"
TEXT_FORMULA = "092"
FROM_NUMBER_CELL = "093"
UNSTORED_FORMULA = "094"

WITHHELD = "110"
GUESSED_ENCODING = "057"
LONG_EVENT_TYPE = "115"
BLANK_IN_FIELD_ID = "116"
NULL_WORD = "058"
GUEST_ID = "059"

# Lines that are no rows.
REPEATED_HEADER = "080"

# What presets know of their platforms.
NO_OWN_ROW = "111"

# What the push API says.
REFUSED_BY_API = "060"
REJECTED_BY_API = "061"
UNCLEAR_RECEIPT = "062"
REJECTED_LATER = "063"
LATE_UNATTRIBUTED = "064"
LATE_MISSED = "065"
LATE_UNKNOWN = "066"

# Consent: what the rows of one person say that cannot all be true, or without its time.
CONSENT_DIFFERS = "070"
UNSUBSCRIBED_LATER = "071"
CONSENT_UNDATED = "072"
EMAIL_OPPOSED = "073"
EMAIL_SHARED = "074"
EMAILS_OF_ONE = "075"
OPT_OUT_REJECTED = "076"
NO_WITH_TIME = "077"

_CAUSES = (
    Cause(
        RAGGED_ROW,
        "E",
        "Row with too many or too few cells",
        "The row does not have as many cells as the header, so nobody can tell which value "
        "belongs to which column.",
        "Look for a delimiter inside a value that is not quoted, or a line that was cut. In the "
        "reject file, fill the row's own cells from what reject_raw says (of a file with secrets: "
        "from its line), and push it again.",
    ),
    Cause(
        BROKEN_QUOTING,
        "E",
        "Quote that is not closed, or text after a closing quote",
        "A quoted cell does not end where it should, so the cells after it cannot be told apart. "
        "The line with the opening quote is rejected and reading goes on at the next line.",
        "Double every quote that is part of a value (RFC 4180), or export the file again.",
    ),
    Cause(
        NUL_BYTE,
        "E",
        "NUL byte in a row",
        "The row contains a NUL byte, which no text does: the file was damaged, or it is UTF-16 "
        "without a byte order mark.",
        "Export the file again as UTF-8, or say its encoding with --encoding.",
    ),
    Cause(
        UNDECODABLE,
        "E",
        "Row that is not valid in the file's encoding",
        "The bytes of the row do not make text in the encoding that the file was read with.",
        "Say the right encoding, for example --encoding cp1252, or export the file as UTF-8.",
    ),
    Cause(
        ROW_TOO_LARGE,
        "E",
        "Row that is far too large",
        "A row over 8 MiB cannot become a record of 60,000 bytes; most often a quote was never "
        "closed.",
        "Look at the row: is a quote missing, or is a file embedded in a cell?",
    ),
    Cause(
        NOT_AN_OBJECT,
        "E",
        "Not a JSON object",
        "The line or array element is not a well-formed JSON object, and only objects become "
        "records.",
        "Mend the element at this place; in NDJSON each line is one whole object.",
    ),
    Cause(
        TOO_DEEP,
        "E",
        "JSON nested too deep",
        "No record of Ometria's nests deeper than a handful of levels; over 64 is damage or an "
        "attack.",
        "Flatten the element, or leave it out.",
    ),
    Cause(
        WRONG_OBJECT_TYPE,
        "E",
        "Record of another object type",
        "The record's @type is not the object type of its source. A table holds one object type; "
        "a JSON file may hold several, each record with its own @type.",
        "Export each object type to a file of its own, or correct @type.",
    ),
    Cause(
        REPEATED_KEY,
        "E",
        "Key that stands twice in a JSON object",
        "One object, at whatever depth, says the same key twice, or two keys that are one field "
        "and differ (currency and Currency). Programs take the one or the other without a word, "
        "so nobody can tell which value is right.",
        "Leave one of the two in the reject file and push it again; if the whole export is so, "
        "mend what writes it.",
    ),
    Cause(
        MISSING,
        "EW",
        "Mandatory field missing",
        "Ometria takes no such record without this field.",
        "Fill the cell, or map the column that holds the value. Contacts that have a customer_id "
        "or a phone number may come without an email: --without-email send, or "
        'without_email = "send" for one source in ometria-import.toml.',
    ),
    Cause(
        RUINED_ID,
        "EW",
        "Id or postal code ruined by a spreadsheet",
        "The value is written like 7.21E+12: a spreadsheet took it for a number and its last "
        "digits are gone. So are those of a workbook's numbers of more than 15 digits. A wrong id "
        "joins the wrong records.",
        "Export again and do not open the file in a spreadsheet, or import the column as text.",
    ),
    Cause(
        BAD_EMAIL,
        "EW",
        "Malformed email address",
        "The value is not an email address.",
        "Correct the address at its source.",
    ),
    Cause(
        BAD_NUMBER,
        "EW",
        "Not a number",
        "The value does not read as a number or an amount of money.",
        "Leave only digits, a sign and separators; if the column uses a decimal comma, say "
        "--decimal-sign comma.",
    ),
    Cause(
        BAD_WHOLE_NUMBER,
        "EW",
        "Not a whole number",
        "The value does not read as a whole number.",
        "Correct the value at its source.",
    ),
    Cause(
        BAD_TIMESTAMP,
        "EW",
        "Not a timestamp",
        "The value is not a date and time in any of the usual written forms, or no such day "
        "exists.",
        "Write it as 2024-01-31T09:30:00Z (ISO 8601); for dates like 31/01/2024 see --date-order.",
    ),
    Cause(
        BAD_DATE,
        "EW",
        "Not a date",
        "The value is not a date in any of the usual written forms, or no such day exists.",
        "Write it as 2024-01-31 (ISO 8601); for dates like 31/01/2024 see --date-order.",
    ),
    Cause(
        BAD_CURRENCY,
        "EW",
        "Unknown currency",
        "The value is not a currency code of ISO 4217, or one that had been withdrawn by then: an "
        "order keeps the currency that was valid when it was placed (HRK until January 2023), "
        "prices of products are in one that is in use.",
        "Use the three letters: EUR, GBP, USD.",
    ),
    Cause(
        BAD_COUNTRY,
        "EW",
        "Unknown country",
        "The value is neither a country code of ISO 3166-1 nor an English country name.",
        "Use the two letters: GB, DE, FR.",
    ),
    Cause(
        BAD_PHONE,
        "EW",
        "Phone number not in E.164",
        "Ometria keeps only numbers like +442071838750. The value is not one, and it could not "
        "be read as a number of the country given with --country.",
        "Write one number with its country code. A number without one is read as one of the "
        "country that --country names.",
    ),
    Cause(
        BAD_GENDER,
        "EW",
        "Unknown gender",
        "The value is not one of the usual words for m, f or o.",
        "Use m, f or o.",
    ),
    Cause(
        BAD_BOOLEAN,
        "EW",
        "Neither yes nor no",
        "The value is not one of the usual words for true or false.",
        "Use true or false.",
    ),
    Cause(
        BAD_OPTIN,
        "EW",
        "Unknown opt-in state",
        "The value does not say clearly whether the contact agreed to marketing, and consent is "
        "never invented.",
        "Use EXPLICITLY_OPTEDIN, EXPLICITLY_OPTEDOUT or NOT_SPECIFIED.",
    ),
    Cause(
        BAD_TIMEZONE,
        "EW",
        "Unknown time zone",
        "The value is not a name of the IANA time zone database.",
        "Use a name like Europe/London.",
    ),
    Cause(
        BAD_URL,
        "EW",
        "Not an address that everybody can open",
        "Ometria needs one whole address, with https:// or http:// and a host that everybody can "
        "reach: no list of addresses, no localhost, no backslash.",
        "Put the shop's address before the path; of several addresses keep the first.",
    ),
    Cause(
        BAD_LIST,
        "EW",
        "Not a list",
        "The value does not read as a list of what this field holds.",
        'Write the parts with commas between them, or as a JSON list: ["a", "b"].',
    ),
    Cause(
        BAD_TEXT,
        "EW",
        "Text with characters that no text has",
        "The value holds control characters or halves of characters that no text has. Those from "
        "U+0080 to U+009F show that the file was read in a wrong encoding.",
        "Correct the value at its source, export the file again as UTF-8, or say its encoding "
        "with --encoding.",
    ),
    Cause(
        BAD_STRUCTURE,
        "EW",
        "JSON value of the wrong shape",
        "The field holds an object or a list where a plain value belongs, or the other way round.",
        "See `ometria-import fields` for the field's shape.",
    ),
    Cause(
        OTHER_CURRENCY,
        "EW",
        "Amount in another currency than its record",
        "A sign or code of a currency stands beside the amount, and it is not that of the record "
        "(\u00a330.00 in an order in EUR). Sent, it would count as so much of the wrong currency.",
        "Correct the amount or the record's currency at its source. Where a setting or a mapping "
        "gives the currency, correct it there.",
    ),
    Cause(
        IMPOSSIBLE_TIME,
        "EW",
        "Time that cannot be",
        "The time is more than a day in the future, or so long ago that it must be damage: nobody "
        "sold online before 1990.",
        "Correct the time at its source. If all of them are wrong, look at --date-order, and at "
        "the column that is mapped to the field.",
    ),
    Cause(
        INVISIBLE,
        "W",
        "Characters that nobody sees",
        "The values, or the name of the column, held zero-width characters, a byte order mark, a "
        "soft hyphen, marks of writing direction, or no-break spaces at an end. Two ids that look "
        "the same would have been two ids, so they were taken out. In ordinary texts, such as "
        "titles, they stay.",
        "Nothing, if the example looks right; the program that wrote the file, or a person who "
        "pasted the values, put them there.",
    ),
    Cause(
        RECORD_TOO_LARGE,
        "E",
        "Record over 60,000 bytes",
        "The push API refuses a record of over 60 KB of JSON.",
        "Leave out what the record does not need: long texts, properties, or rows grouped under "
        "one id by mistake.",
    ),
    Cause(
        PROPERTIES_TOO_LONG,
        "E",
        "Properties over 1,000 characters",
        "Ometria takes custom properties of fewer than 1,000 characters as JSON, names included.",
        "Leave out columns: --unmapped ignore drops every column that no field knows.",
    ),
    Cause(
        NO_IDENTITY,
        "E",
        "Nobody's event or contact",
        "A custom event needs one of profile_id, identity_email and identity_account_id, and a "
        "contact without an email (--without-email send) a customer_id or a phone number.",
        "Fill one of them.",
    ),
    Cause(
        WITHOUT_RECORD,
        "E",
        "Item without its record",
        "The row of a file of line items or listings names an order or product that none of the "
        "given files holds, so there is nothing to add it to.",
        "Give the file with that order or product in the same command, or correct the row's id.",
    ),
    Cause(
        NOT_MENDED,
        "E",
        "Reject that was not mended",
        "The row comes from a reject file. It could not be read in the first place, so its own "
        "cells are blank and reject_raw holds its text; nobody has filled the cells since.",
        "Fill the row's own cells from what reject_raw says, or remove the row.",
    ),
    Cause(
        UNREADABLE_PART,
        "E",
        "Record with a row that cannot be read",
        "One of the record's rows could not be read (an order's line item, for instance). Sent "
        "without it the order would look whole and lack an item: it waits until the row is mended.",
        "The reject file has all of its rows. Fill the unreadable one's cells from what reject_raw "
        "says, or remove it, and push the reject file again.",
    ),
    Cause(
        ID_REUSED,
        "E",
        "Two different orders with one id",
        "Orders with one id differ in their moment, their currency, the customer's id or the "
        "customer's email address, so they are not the same order exported twice. Ometria would "
        "keep one of them, or a mixture of both, so none of them is sent.",
        "Two shops that count alike, or one that began to count anew: give each source a prefix of "
        'its own, with `settings = { order_prefix = "uk-" }` under its [[sources]], or push the '
        "files one by one with --set order_prefix=uk-. If it is one order, make the rows agree.",
    ),
    Cause(
        REPEATED,
        "W",
        "Rows that stand twice",
        "The same rows, or the same record, stand more than once: exports that overlap. They count "
        "once, so no line item is doubled. Rows of an order that follow one another are only left "
        "out where its total says that they count once, or where all its rows are repeated.",
        "Nothing, if the exports overlap.",
    ),
    Cause(
        REPEATED_ITEM,
        "W",
        "Line item that stands twice",
        "Two rows of one order are the same in every cell. They may be two pieces of one product, "
        "or one row that was written twice. The order's total does not tell which, so both are "
        "kept.",
        "Compare the order with the shop. If the row was written twice, remove one.",
    ),
    Cause(
        SUPERSEDED,
        "W",
        "Another record has the same key",
        "Two records have the same key. Contacts and products make one record, as they do in "
        "Ometria: each field takes the later value that is not blank, lists are replaced as a "
        "whole, custom fields merge by name, and of consent the rules of W070 hold. Of orders and "
        "events the later one is sent as a whole. The order is that of the rows, and of the files "
        "in the command.",
        "Nothing, if that is right. Otherwise remove the record that is wrong, or name the files "
        "in the order in which they were exported.",
    ),
    Cause(
        DIFFERS_IN_GROUP,
        "W",
        "Value differs between rows of one record",
        "Rows with one id make one record, and its own values should be the same on all of them. "
        "Of an order, and wherever a mapping groups the rows, the first one that is not blank was "
        "taken; of products in Ometria's own columns the last one.",
        "Look at the two lines, and correct the one that is wrong.",
    ),
    Cause(
        PART_DROPPED,
        "W",
        "Part of a record dropped",
        "A line item, listing, attribute or variant option lacks a mandatory part, or does not "
        "belong to such a record. It was dropped, and the record kept.",
        "A line item needs product_id, quantity, and unit_price or subtotal; only a product that "
        "is not a variant has listings.",
    ),
    Cause(
        PERSONAL_ID,
        "W",
        "Id that holds personal data",
        "The id looks like an email address or a phone number. Ids are shown in places where "
        "personal data must not be.",
        "Use an internal number as the id.",
    ),
    Cause(
        NOT_ALONE,
        "W",
        "Value that means nothing without another",
        "The field is only sent together with another one, which is blank here; it was dropped.",
        "Fill the other field as well: @force_optin needs marketing_optin.",
    ),
    Cause(
        HELD_BACK,
        "W",
        "Order held back for its age",
        "The order is younger than --older-than allows, so it stayed out of the package. It was "
        "neither sent nor rejected.",
        "Push the same files again when it is old enough, or without --older-than.",
    ),
    Cause(
        LOST_ZERO,
        "W",
        "Postal code that lost its zeros",
        "Postal codes of that country have more digits than this one: a spreadsheet took it for a "
        "number and dropped the zeros at its start. It is sent as it is.",
        "Export the file again and do not save it from a spreadsheet; or let the spreadsheet "
        "import the column as text.",
    ),
    Cause(
        RETURN,
        "EW",
        "Return",
        "An order has a negative total, or a line item with a negative quantity. Ometria takes "
        "such orders and subtracts them from revenue. Unless you say otherwise they are sent as "
        "they are.",
        "Nothing, if your shop writes refunds as orders of their own. Otherwise say what becomes "
        'of them: --returns reject or --returns leave_out, or returns = "reject" for one source '
        "in ometria-import.toml.",
    ),
    Cause(
        UNMAPPED_TO_PROPERTIES,
        "W",
        "Column that no field knows, kept in properties",
        "The column's name is not a field of this object type, so its values become custom "
        "properties.",
        "--unmapped ignore leaves such columns out, --unmapped error stops at them.",
    ),
    Cause(
        UNMAPPED_IGNORED,
        "W",
        "Column that no field knows, left out",
        "The column's name is not a field of this object type, and --unmapped ignore was given.",
        "Rename the column to the field that it should feed; `ometria-import fields` lists them.",
    ),
    Cause(
        ZONE_ASSUMED,
        "W",
        "Times without a zone",
        "The column's times say no time zone and were read as UTC.",
        "Say the shop's zone: --timezone Europe/London.",
    ),
    Cause(
        REWRITTEN,
        "W",
        "Values rewritten in their normal form",
        "The values mean the same as before: dates in ISO 8601, amounts without separators, "
        "countries as codes and so on.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        TOO_MANY_PROPERTIES,
        "W",
        "More than 100 custom properties of one field type",
        "Ometria keeps at most 100 custom fields of each field type (texts, numbers, yes/no "
        "values, dates and so on) for each object type, archived ones included. All files are "
        "counted together, and those that the account has already come on top.",
        "Leave out columns that nobody will use.",
    ),
    Cause(
        BLANK_IN_FIELD_ID,
        "W",
        "Custom field with a blank in its id",
        "Custom fields are created in Ometria's settings, and their ids cannot have blanks there. "
        "The values are sent, but no field takes them.",
        "Rename the column, or map it to properties.some_name with an id as the account has it.",
    ),
    Cause(
        LONG_EVENT_TYPE,
        "W",
        "Event type of 32 characters or more",
        "Ometria keeps less than 32 characters of an event type and cuts longer ones, so that two "
        "types may become one, and segments and campaigns that go by the whole name find none.",
        "Shorten the types in the source or in the mapping to 31 characters, as they are called "
        "in the account.",
    ),
    Cause(
        MIXED_ENCODING,
        "W",
        "Row in another encoding than its file",
        "The file is UTF-8, but bytes of this row are not. They were read as cp1252, the encoding "
        "of older Windows programs, and the row was kept. Or the row is UTF-8 and the file is not "
        "(see W057).",
        "Look at the row's accents and quotes. If they are wrong, export the file again as UTF-8, "
        "or say its encoding with --encoding.",
    ),
    Cause(
        MOJIBAKE,
        "W",
        "Text that was read in the wrong encoding before",
        "Signs like Ã©, â€™ or � show that another program read the text in the wrong encoding "
        "and saved the result. It was kept as it is, as nobody can be sure what it was.",
        "Export again from the shop, and open the file in no program that saves it in another "
        "encoding.",
    ),
    Cause(
        NOT_RECOMMENDED,
        "W",
        "Products that cannot be recommended",
        "Ometria recommends only products that are active, in stock and no variants, and that have "
        "a title, a url, an image_url and a price, of their own or in a listing. These products "
        "are stored and never shown.",
        "Map the columns that are missing. Parents of variants often have no price of their own: "
        "give them the lowest price of their variants.",
    ),
    Cause(
        UNDATED_SPECIAL,
        "W",
        "Special prices without dates",
        "Ometria counts a product as on sale only while a special price has both "
        "special_price_dt_from and special_price_dt_to. These special prices lack one of them.",
        "Map both dates. Where an offer has no end, give a date far in the future.",
    ),
    Cause(
        NO_OWN_ROW,
        "E",
        "Record without its own row",
        "All rows of the record only say more of it (the rows of Magento's store views, for "
        "instance), and the row that says what it is stands nowhere in the file. Sent without it, "
        "the record would replace part of what Ometria has by nothing.",
        "Export again without a filter, so that the row is in the same file; or remove these rows.",
    ),
    Cause(
        WITHHELD,
        "W",
        "Column or key with secrets, not read",
        "The name is one that passwords, keys, tokens, card numbers and their like have, or links "
        "that carry a key. Such values stay in the file: they are in no record, no problem, no "
        "reject file and no log.",
        "Nothing, if it holds a secret. If it holds something harmless under such a name (a "
        "surrogate key called order_key, say), give the column another name in the file.",
    ),
    Cause(
        ROUNDED,
        "W",
        "Amounts without the noise of binary fractions",
        "The amounts were computed in binary fractions and written with what is left over: "
        "19.989999999999998 is 19.99. They were rounded to the digits of their currency.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        MORE_DECIMALS,
        "W",
        "Amounts with more decimals than their currency has",
        "The amounts have decimals that nobody can pay, as prices of one without tax often do. "
        "They are sent as they are.",
        "Look at the example. If these are hundredths or another currency's, correct the export.",
    ),
    Cause(
        MIXED_SIGNS,
        "W",
        "Both decimal signs in one column",
        "Some of the column's numbers have a decimal comma and others a decimal point, as after "
        "joining two exports. Each was read by its own sign.",
        "Look at the two examples. If one of them is wrong, say --decimal-sign point or "
        "--decimal-sign comma: what does not fit is rejected then.",
    ),
    Cause(
        TEXT_FORMULA,
        "W",
        "Texts written as formulas",
        'The cells hold a formula for a text, like ="00123", which programs write so that a '
        "spreadsheet keeps the zeros. The text was taken, as the spreadsheet would show it.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        FROM_NUMBER_CELL,
        "W",
        "Ids or postal codes that end in .0",
        "A program took the column for numbers and wrote 123 as 123.0, so the values are not those "
        "of other files any more, and zeros at their start are lost. They are sent as they are.",
        "Export the column as text. If they are right (versions, say), there is nothing to do.",
    ),
    Cause(
        GUESSED_ENCODING,
        "W",
        "Encoding that was only guessed",
        "The file is not UTF-8 and has no byte order mark, so nothing in it says its encoding. "
        "Lines that are UTF-8 were read as that, all others as cp1252, the encoding of older "
        "Windows programs in Western Europe. In a file from elsewhere that makes wrong letters "
        "of right ones, in every name.",
        "Look at the words that are shown. If they are right, say --encoding cp1252. If not, try "
        "one of the encodings that are named, or export the file as UTF-8.",
    ),
    Cause(
        NULL_WORD,
        "W",
        "Words that stand for no value",
        "Databases, programs and spreadsheets write a word where they have nothing: NULL, "
        "\\N, None, nan, undefined, [object Object], #N/A, #REF! and their like. Spelt exactly so, "
        "they count as blank in every field, and say nothing about consent.",
        "Nothing, if the example looks right. --keep-word WORD keeps one (somebody is called so), "
        "--null WORD adds one, and --null customer.id=0 one of a single field; or null and "
        "keep_word of a source in ometria-import.toml.",
    ),
    Cause(
        GUEST_ID,
        "W",
        "Customer id of many different people",
        "Shops write 0, guest and the like into orders of people without an account, and orders "
        "of five different email addresses with one customer id show another such word. It would "
        "make one customer of them all. It was left out of these orders, which are linked by "
        "their email address.",
        "Say it in words, as the message shows: --null customer.id=0. If it is one customer after "
        "all, a company say, --keep-word customer.id=ID keeps it.",
    ),
    Cause(
        REPEATED_HEADER,
        "W",
        "Header that stands among the rows",
        "The line says the names of the columns once more, as where several exports were put "
        "into one file. It was left out, and is counted as such.",
        "Nothing, if the parts of the file belong together.",
    ),
    Cause(
        UNSTORED_FORMULA,
        "W",
        "Formula without a value",
        "The workbook's cell holds a formula, and not what came of it: the program that wrote the "
        "file did not compute. It was read as a blank cell.",
        "Open the workbook in a spreadsheet, which computes it, and save it again.",
    ),
    Cause(
        REFUSED_BY_API,
        "E",
        "Refused by the push API",
        "The push API answered that it does not take this record.",
        "Read the API's own words beside the record, mend it and push the reject file again.",
    ),
    Cause(
        REJECTED_BY_API,
        "W",
        "Counted as rejected by the push API",
        "The push API took the request and counted some of its records as rejected, without "
        "saying which. Such batches are sent again in halves until the records are found (E060), "
        "but so many had some that finding them all would have taken the run twice its time.",
        "`ometria-import errors` may say why. `ometria-import retry` sends the batch again, and "
        "goes on finding.",
    ),
    Cause(
        UNCLEAR_RECEIPT,
        "W",
        "Receipt that does not add up",
        "The push API's counts of accepted, rejected and skipped records are not the number that "
        "was sent.",
        "Compare the records of this batch in Ometria before you rely on them, or send the batch "
        "again with `ometria-import retry`: what is there already is only updated.",
    ),
    Cause(
        REJECTED_LATER,
        "E",
        "Rejected by Ometria after it was accepted",
        "The push API accepted the record, checked it afterwards and did not store it. These are "
        "its own words, from the account's error list.",
        "Mend the field that it names and push the reject file again. If the cause lay with "
        "Ometria and is gone, `ometria-import retry` sends the same record again.",
    ),
    Cause(
        LATE_UNATTRIBUTED,
        "W",
        "Late error that names no record of this run",
        "The account's error list has entries about records that Ometria accepted and did not "
        "store, without saying which records. They can be about any record of the batches named "
        "here, and, if others push to the account too, about somebody else's.",
        "Look for records in which the named field is odd, or ask Ometria for the request.",
    ),
    Cause(
        LATE_MISSED,
        "W",
        "Late errors that nobody saw",
        "Ometria's error list keeps the last 100 errors. More came than that between two "
        "readings, or the list could not be read before sending. So errors of the batches named "
        "here may be missing from this report.",
        "`ometria-import retry` sends these batches again, which changes nothing in what is "
        "stored, and listens once more.",
    ),
    Cause(
        LATE_UNKNOWN,
        "W",
        "Late errors that nobody could read",
        "Everything was accepted or refused, but Ometria's error list could not be read to its "
        "end afterwards. So nobody knows whether what was accepted was stored, too.",
        "`ometria-import errors --run RUN` reads the list again and adds what it says to the run. "
        "If the key may push but not read, say `read_errors = false` in the account's settings.",
    ),
    Cause(
        CONSENT_DIFFERS,
        "W",
        "Rows of one contact say different consent",
        "Rows with one key say different things about consent. An opt-out wins over an opt-in that "
        "is older or has no time, whatever the order of rows and files; where both have a time, "
        "the later one wins. A state moves with its times, as a whole.",
        "Look at both rows. If the opt-in is right, give it the time at which it was given "
        "(timestamp_subscribed), later than that of the opt-out (timestamp_unsubscribed).",
    ),
    Cause(
        UNSUBSCRIBED_LATER,
        "W",
        "Opted in, and unsubscribed after that",
        "The contact says EXPLICITLY_OPTEDIN, and its timestamp_unsubscribed is later than its "
        "timestamp_subscribed, or there is no timestamp_subscribed at all. It is sent as it is, "
        "since nobody can tell which of the two is out of date.",
        "Find out what the person chose last. If they left, say EXPLICITLY_OPTEDOUT; if they came "
        "back, say when, in timestamp_subscribed.",
    ),
    Cause(
        CONSENT_UNDATED,
        "W",
        "Consent without its time",
        "Contacts say that they opted in or out, and not when. Ometria takes the moment of the "
        "import for it: reports show a day on which everybody subscribed or left, and a later "
        "import with the true time counts as older.",
        "Map the column with the time of consent to timestamp_subscribed and "
        "timestamp_unsubscribed. If the shop asked when people signed up, timestamp_subscribed may "
        "be the same as timestamp_acquired. Do not leave a known time out.",
    ),
    Cause(
        EMAIL_OPPOSED,
        "W",
        "One email address is opted in and opted out",
        "Contacts with different ids have one email address, and one of them opts in what another "
        "opts out. Ometria puts them together as one person, and which of the two holds there "
        "depends on the order of their times.",
        "Find out what the person chose last, and say the same on all contacts with this address "
        "before you send. An opt-out is the safe choice.",
    ),
    Cause(
        EMAIL_SHARED,
        "W",
        "One email address has several ids",
        "Contacts with different ids in one collection, or with different customer_ids, have one "
        "email address. In Ometria two contacts cannot share an address: it is ignored on all but "
        "one of them.",
        "Give one person one id and one customer_id in all files. For two sources of the same "
        "people use a @collection each.",
    ),
    Cause(
        EMAILS_OF_ONE,
        "W",
        "One customer has several email addresses",
        "Contacts with one customer_id, or rows with one id, have different email addresses. "
        "Ometria takes them for one person: orders and consent of several people may end up on "
        "one.",
        "If it is one person with a new address, nothing. If the id stands for many people (guest, "
        "0), leave the column out or say which word is no id.",
    ),
    Cause(
        OPT_OUT_REJECTED,
        "W",
        "Opt-out in a row that was rejected",
        "The row says that the contact opted out, and it was rejected for another reason, so the "
        "opt-out is not sent.",
        "Mend these rows first and push the reject file again: until then Ometria may mail people "
        "who have left.",
    ),
    Cause(
        NO_WITH_TIME,
        "W",
        "A no that was read as an opt-out",
        "A plain no in marketing_optin is NOT_SPECIFIED: that somebody did not tick a box is not "
        "that they left. These contacts have a timestamp_unsubscribed as well, so they did leave, "
        "and their no is EXPLICITLY_OPTEDOUT.",
        "Nothing, if that is right. Say EXPLICITLY_OPTEDOUT or NOT_SPECIFIED to leave no doubt.",
    ),
)

CAUSES = MappingProxyType({cause.number: cause for cause in _CAUSES})
"""Every cause by its number."""


def cause_of(code: str) -> Cause | None:
    """Find the cause that a problem code names, without regard to case.

    Returns None where no such code exists, so that the caller can suggest the nearest.
    """
    letter, number = code[:1].upper(), code[1:]
    cause = CAUSES.get(number)
    return cause if cause is not None and letter in cause.letters and letter else None
