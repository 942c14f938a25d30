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


# Rows that cannot be parsed: the whole row is rejected.
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
MIXED_UNITS = "029"

# Records: problems that show up only when the whole record is assembled.
RECORD_TOO_LARGE = "030"
PROPERTIES_TOO_LONG = "031"
NO_IDENTITY = "032"
WITHOUT_RECORD = "033"
NOT_MENDED = "034"
UNREADABLE_PART = "035"
ID_REUSED = "036"
REPEATED = "037"
REPEATED_ITEM = "038"
OVERLAPPING_FILES = "039"
SUPERSEDED = "040"
DIFFERS_IN_GROUP = "041"
PART_DROPPED = "042"
PERSONAL_ID = "043"
NOT_ALONE = "044"
HELD_BACK = "045"
LOST_ZERO = "046"
RETURN = "047"
WITHOUT_PARENT = "048"
UNCLEAR_PART = "049"

# Columns: one problem for many values of a column.
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
SUMMED = "095"
NO_RATE = "096"
NO_LINES = "097"

WITHHELD = "110"
GUESSED_ENCODING = "057"
LONG_EVENT_TYPE = "115"
BLANK_IN_FIELD_ID = "116"
NULL_WORD = "058"
GUEST_ID = "059"

# Lines that are not rows.
REPEATED_HEADER = "080"

# Platform-specific problems found by presets.
NO_OWN_ROW = "111"

# Problems reported by the push API.
REFUSED_BY_API = "060"
REJECTED_BY_API = "061"
UNCLEAR_RECEIPT = "062"
REJECTED_LATER = "063"
LATE_UNATTRIBUTED = "064"
LATE_MISSED = "065"
LATE_UNKNOWN = "066"

# Consent: contradicting statements of one person's rows, and statements without a time.
CONSENT_DIFFERS = "070"
UNSUBSCRIBED_LATER = "071"
CONSENT_UNDATED = "072"
EMAIL_OPPOSED = "073"
EMAIL_SHARED = "074"
EMAILS_OF_ONE = "075"
OPT_OUT_REJECTED = "076"
NO_WITH_TIME = "077"
CONSENT_UNCLEAR = "078"
UNUSED_CONSENT = "079"
CONSENT_UNEXPLAINED = "117"
LEFT_WITHOUT_STATE = "118"

_CAUSES = (
    Cause(
        RAGGED_ROW,
        "E",
        "Row with too many or too few cells",
        "The row does not have as many cells as the header, so it is impossible to tell which "
        "value belongs to which column.",
        "Look for an unquoted delimiter inside a value, or a truncated line. In the reject "
        "file, fill in the row's own cells from reject_raw (or, if the file holds secrets, "
        "from the source line), then push it again.",
    ),
    Cause(
        BROKEN_QUOTING,
        "E",
        "Unclosed quote, or text after a closing quote",
        "A quoted cell does not end where it should, so the cells after it cannot be told "
        "apart. The line with the opening quote is rejected, and reading continues on the next"
        " line.",
        "Double every quote that is part of a value (RFC 4180), or export the file again.",
    ),
    Cause(
        NUL_BYTE,
        "E",
        "NUL byte in a row",
        "The row contains a NUL byte, which never occurs in text: the file is damaged, or it "
        "is UTF-16 without a byte order mark.",
        "Export the file again as UTF-8, or give its encoding with --encoding.",
    ),
    Cause(
        UNDECODABLE,
        "E",
        "Row that is not valid in the file's encoding",
        "The bytes of the row are not valid text in the encoding with which the file was read.",
        "Give the encoding that the file really has with --encoding, such as cp1252 or cp1250, or "
        "export the file as UTF-8.",
    ),
    Cause(
        ROW_TOO_LARGE,
        "E",
        "Row that is far too large",
        "A row over 8 MiB cannot become a record of 60,000 bytes. The usual cause is a quote "
        "that was never closed.",
        "Look at the row. Is a quote missing, or is a file embedded in a cell?",
    ),
    Cause(
        NOT_AN_OBJECT,
        "E",
        "Not a JSON object",
        "The line or array element is not a well-formed JSON object, and only objects can "
        "become records.",
        "Correct the element at this place. In NDJSON, each line is one complete object.",
    ),
    Cause(
        TOO_DEEP,
        "E",
        "JSON nested too deeply",
        "Ometria's records nest only a few levels deep. More than 64 levels means damage or an"
        " attack.",
        "Flatten the element, or leave it out.",
    ),
    Cause(
        WRONG_OBJECT_TYPE,
        "E",
        "Record of another object type",
        "The record's @type differs from the object type of its source. A table holds one "
        "object type; a JSON file may hold several if each record has its own @type.",
        "Export each object type to its own file, or correct @type.",
    ),
    Cause(
        REPEATED_KEY,
        "E",
        "Repeated key in a JSON object",
        "An object, at some depth, has the same key twice, or two keys that name the same "
        "field and have different values (currency and Currency). Programs pick one of them "
        "without saying so, so nobody can tell which value is right.",
        "Keep one of the two in the reject file and push it again. If the whole export is "
        "affected, fix the program that writes it.",
    ),
    Cause(
        MISSING,
        "EW",
        "Mandatory field missing",
        "Ometria does not accept such a record without this field.",
        "Fill in the cell, or map the column that holds the value. Contacts that have a "
        "customer_id or a phone number may come without an email: use --without-email send, or"
        ' without_email = "send" for one source in ometria-import.toml.',
    ),
    Cause(
        RUINED_ID,
        "EW",
        "Id or postal code ruined by a spreadsheet",
        "The value looks like 7.21E+12: a spreadsheet treated it as a number, and its last "
        "digits are gone. The same happens to workbook numbers with more than 15 digits. A "
        "wrong id would link the wrong records.",
        "Export the file again and do not open it in a spreadsheet, or import the column as text.",
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
        "The value cannot be read as a number or an amount of money.",
        "Keep only digits, a sign and separators. If the column uses a decimal comma, add "
        "--decimal-sign comma.",
    ),
    Cause(
        BAD_WHOLE_NUMBER,
        "EW",
        "Not a whole number",
        "The value cannot be read as a whole number.",
        "Correct the value at its source.",
    ),
    Cause(
        BAD_TIMESTAMP,
        "EW",
        "Not a timestamp",
        "The value is not a date and time in any common format, or the day does not exist.",
        "Write it as 2024-01-31T09:30:00Z (ISO 8601). For dates like 31/01/2024, see --date-order.",
    ),
    Cause(
        BAD_DATE,
        "EW",
        "Not a date",
        "The value is not a date in any common format, or the day does not exist.",
        "Write it as 2024-01-31 (ISO 8601). For dates like 31/01/2024, see --date-order.",
    ),
    Cause(
        BAD_CURRENCY,
        "EW",
        "Unknown currency",
        "The value is not an ISO 4217 currency code, or it is one that had already been "
        "withdrawn. An order keeps the currency that was valid when it was placed (HRK until "
        "January 2023); product prices must be in a currency that is in use today.",
        "Use the three-letter code: EUR, GBP, USD.",
    ),
    Cause(
        BAD_COUNTRY,
        "EW",
        "Unknown country",
        "The value is neither an ISO 3166-1 country code nor an English country name.",
        "Use the two-letter code: GB, DE, FR.",
    ),
    Cause(
        BAD_PHONE,
        "EW",
        "Phone number not in E.164",
        "Ometria only accepts numbers like +442071838750. The value is not one, and it could "
        "not be read as a number from the record's country or the one given with --country.",
        "Write one number with its country code. A number without one is read as a number from "
        "the record's own country_id and, where that is blank, the country that --country names.",
    ),
    Cause(
        BAD_GENDER,
        "EW",
        "Unknown gender",
        "The value is not one of the usual words for m, f or o, or it is a letter with two "
        "meanings: beside an H an M is a woman (mujer), beside an F a man, and this column has "
        "both.",
        'Use m, f or o, or say in a mapping what the letter means: translate = { M = "f" }.',
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
        "The value does not clearly say whether the contact agreed to marketing, and the tool "
        "never invents consent.",
        "Use EXPLICITLY_OPTEDIN, EXPLICITLY_OPTEDOUT or NOT_SPECIFIED. If a mapping reads the "
        "file, list the word in its [consent] under in, out or nothing; copy a preset first.",
    ),
    Cause(
        BAD_TIMEZONE,
        "EW",
        "Unknown time zone",
        "The value is not a name in the IANA time zone database.",
        "Use a name like Europe/London.",
    ),
    Cause(
        BAD_URL,
        "EW",
        "Not a public web address",
        "Ometria needs one complete address that starts with https:// or http:// and has a "
        "host that everybody can reach: no list of addresses, no localhost, no backslash.",
        "Put the shop's address in front of the path. If there are several addresses, keep the"
        " first.",
    ),
    Cause(
        BAD_LIST,
        "EW",
        "Not a list",
        "The value cannot be read as a list of what this field holds.",
        'Separate the parts with commas, or write a JSON list: ["a", "b"].',
    ),
    Cause(
        BAD_TEXT,
        "EW",
        "Text with invalid characters",
        "The value contains control characters or halves of surrogate pairs, which never occur"
        " in text. Characters from U+0080 to U+009F are a sign that the file was read in the "
        "wrong encoding.",
        "Correct the value at its source, export the file again as UTF-8, or give its encoding"
        " with --encoding.",
    ),
    Cause(
        BAD_STRUCTURE,
        "EW",
        "JSON value of the wrong shape",
        "The field holds an object or a list where a plain value belongs, or the other way round.",
        "See `ometria-import fields` for the field's shape.",
    ),
    Cause(
        MIXED_UNITS,
        "EW",
        "Amount in other units than its column",
        "The mapping says that the numbers of this column are in minor units, such as cents, and "
        "multiplies them by 0.01 or the like. This one has a decimal sign, so it may already be in "
        "major units, and a hundredth of it would be wrong.",
        "Correct the value at its source. If all of the column is in major units, remove `scale` "
        "from the mapping.",
    ),
    Cause(
        OTHER_CURRENCY,
        "EW",
        "Amount in a different currency from its record",
        "The amount carries a currency sign or code that is not the record's currency (\u00a330.00 "
        "in an order in EUR). If it were sent, it would count as that much of the wrong "
        "currency.",
        "Correct the amount or the record's currency at its source. If a setting or a mapping "
        "provides the currency, correct it there.",
    ),
    Cause(
        IMPOSSIBLE_TIME,
        "EW",
        "Impossible time",
        "The time is more than a day in the future, or so long ago that it must be an error: "
        "nobody sold online before 1990.",
        "Correct the time at its source. If all of them are wrong, check --date-order and "
        "which column is mapped to the field.",
    ),
    Cause(
        INVISIBLE,
        "W",
        "Invisible characters",
        "The values, or the column's name, contained zero-width characters, a byte order mark,"
        " a soft hyphen, writing-direction marks, or no-break spaces at either end. Two ids "
        "that look identical would have been different, so the characters were removed. They "
        "stay in ordinary texts such as titles.",
        "Nothing, if the example looks right. The characters came from the program that wrote "
        "the file, or from pasting.",
    ),
    Cause(
        RECORD_TOO_LARGE,
        "E",
        "Record over 60,000 bytes",
        "The push API refuses records with more than 60 KB of JSON.",
        "Leave out what the record does not need: long texts, properties, or rows grouped "
        "under one id by mistake.",
    ),
    Cause(
        PROPERTIES_TOO_LONG,
        "E",
        "Properties over 1,000 characters",
        "Ometria accepts custom properties of fewer than 1,000 characters as JSON, including "
        "their names.",
        "Leave out some columns: --unmapped ignore drops every unknown column.",
    ),
    Cause(
        NO_IDENTITY,
        "E",
        "Event or contact without an identity",
        "A custom event needs a profile_id, an identity_email or an identity_account_id. A "
        "contact without an email (--without-email send) needs a customer_id or a phone "
        "number.",
        "Fill in one of them.",
    ),
    Cause(
        WITHOUT_RECORD,
        "E",
        "Item without its record",
        "The row of a file of line items or listings refers to an order or product that none "
        "of the given files contains, so there is nothing to add it to.",
        "Name the file with that order or product in the same command, or correct the row's id.",
    ),
    Cause(
        NOT_MENDED,
        "E",
        "Reject that has not been corrected",
        "The row comes from a reject file. It could not be read originally, so its own cells "
        "are blank and reject_raw holds its text. The cells have not been filled in since.",
        "Fill in the row's own cells from reject_raw, or remove the row.",
    ),
    Cause(
        UNREADABLE_PART,
        "E",
        "Record with an unreadable row",
        "One of the record's rows could not be read (an order's line item, for instance). If "
        "it were sent without that row, the order would look complete and lack an item, so it "
        "is held back until the row is corrected.",
        "The reject file has all of the record's rows. Fill in the cells of the unreadable row"
        " from reject_raw, or remove it, then push the reject file again.",
    ),
    Cause(
        ID_REUSED,
        "E",
        "Two different orders with one id",
        "Orders with the same id differ in their time, their currency, the customer's id or "
        "the customer's email address, so they are not one order exported twice. Ometria would"
        " keep one of them, or a mixture of both, so none of them is sent.",
        "If two shops use the same numbers, or one shop started counting again, give each "
        'source its own prefix with `settings = { order_prefix = "uk-" }` under its '
        "[[sources]], or push the files one by one with --set order_prefix=uk-. If it is one "
        "order, make the rows agree.",
    ),
    Cause(
        REPEATED,
        "W",
        "Repeated rows",
        "The same rows, or the same record, occur more than once because the exports overlap. "
        "They count once, so no line item is doubled. Consecutive rows of an order are only "
        "left out if its total shows that they count once, or if all its rows are repeated.",
        "Nothing, if the exports overlap.",
    ),
    Cause(
        REPEATED_ITEM,
        "W",
        "Repeated line item",
        "Two rows of one order are identical in every cell. They may be two pieces of one "
        "product, or one row that was written twice. The order's total does not tell which, so"
        " both are kept.",
        "Compare the order with the shop. If the row was written twice, remove one.",
    ),
    Cause(
        OVERLAPPING_FILES,
        "W",
        "Two files of one archive have the same records",
        "An archive holds two files of one kind, such as last year's export beside this year's, "
        "and some records are in both. They are read in the order in which the archive says that "
        "they were written, so what the newer file says counts (W040 tells of each record).",
        "Nothing, if that is right. Otherwise name only the file that is meant: "
        "audience.zip!subscribed.csv.",
    ),
    Cause(
        SUPERSEDED,
        "W",
        "Another record has the same key",
        "Two records have the same key. Contacts and products are merged into one record, as "
        "they are in Ometria: each field takes the later value that is not blank, lists are "
        "replaced as a whole, custom fields are merged by name, and consent follows the rules "
        "of W070. For orders and events, the later record is sent as a whole. Later means "
        "later in the file, or in a file that comes later in the command.",
        "Nothing, if that is right. Otherwise remove the wrong record, or name the files in "
        "the order in which they were exported.",
    ),
    Cause(
        DIFFERS_IN_GROUP,
        "W",
        "Value differs between rows of one record",
        "Rows with one id form one record, and its own values should be the same in all of "
        "them. For orders, and wherever a mapping groups the rows, the first value that is not"
        " blank was taken; for products in Ometria's own columns, the last one.",
        "Look at the two lines and correct the wrong one.",
    ),
    Cause(
        PART_DROPPED,
        "W",
        "Part of a record dropped",
        "A line item, listing, attribute or variant option lacks a mandatory part, or does not"
        " belong in such a record. It was dropped and the record was kept.",
        "A line item needs a product_id, a quantity, and a unit_price or subtotal. Only a "
        "product that is not a variant has listings.",
    ),
    Cause(
        PERSONAL_ID,
        "W",
        "Id that contains personal data",
        "The id looks like an email address or a phone number. Ids are shown in places where "
        "personal data must not appear.",
        "Use an internal number as the id.",
    ),
    Cause(
        NOT_ALONE,
        "W",
        "Value that has no meaning without another",
        "The field is only sent together with another one, which is blank here, so it was dropped.",
        "Fill in the other field as well: @force_optin needs marketing_optin.",
    ),
    Cause(
        HELD_BACK,
        "W",
        "Order held back because it is too recent",
        "The order is younger than --older-than allows, so it was left out of the package. It "
        "was neither sent nor rejected.",
        "Push the same files again when it is old enough, or without --older-than.",
    ),
    Cause(
        LOST_ZERO,
        "W",
        "Postal code that lost its leading zeros",
        "Postal codes in that country have more digits than this one: a spreadsheet treated it"
        " as a number and dropped the zeros at the start. It is sent as it is.",
        "Export the file again and do not save it from a spreadsheet, or have the spreadsheet "
        "import the column as text.",
    ),
    Cause(
        RETURN,
        "EW",
        "Return",
        "An order has a negative total, or a line item with a negative quantity. Ometria "
        "accepts such orders and subtracts them from revenue. They are sent as they are unless"
        " you choose otherwise.",
        "Nothing, if your shop records refunds as orders of their own. Otherwise choose what "
        'to do with them: --returns reject or --returns leave_out, or returns = "reject" for '
        "one source in ometria-import.toml.",
    ),
    Cause(
        WITHOUT_PARENT,
        "EW",
        "Part without its parent",
        "The object names another object that it belongs to, such as a line item its order, and "
        "the file does not contain that object. The usual cause is a file that was cut. A line "
        "item whose parent is not among the line items of its order stays an item of its own (W).",
        "Download or export the file again. If it was cut into several files on purpose, join "
        "them again: an object and its parent must be in one file.",
    ),
    Cause(
        UNCLEAR_PART,
        "E",
        "Part that cannot be put together with its parent",
        "The object belongs to another object, but it is not clear what it is, or several objects "
        "have the same id, so that it is not clear which of them is meant. The whole record is "
        "held back, because it would otherwise be sent without this part.",
        "Add the key that says what the object is to the export (`id` or `__typename`), or list "
        "the keys that tell its kind under [nest.kinds] in your mapping. If the same record was "
        "exported twice into one file, keep one of them.",
    ),
    Cause(
        UNMAPPED_TO_PROPERTIES,
        "W",
        "Unknown column, kept in properties",
        "The column's name is not a field of this object type, so its values become custom "
        "properties.",
        "--unmapped ignore leaves such columns out; --unmapped error stops if there are any.",
    ),
    Cause(
        UNMAPPED_IGNORED,
        "W",
        "Unknown column, left out",
        "The column's name is not a field of this object type, and --unmapped ignore was given.",
        "Rename the column to the field that it should feed. `ometria-import fields` lists them.",
    ),
    Cause(
        ZONE_ASSUMED,
        "W",
        "Times without a zone",
        "The times in this column have no time zone and were read as UTC.",
        "Give the shop's time zone: --timezone Europe/London.",
    ),
    Cause(
        REWRITTEN,
        "W",
        "Values rewritten in their normal form",
        "The values mean the same as before: dates are now in ISO 8601, amounts have no "
        "thousands separators, countries are codes, and so on.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        TOO_MANY_PROPERTIES,
        "W",
        "More than 100 custom properties of one field type",
        "Ometria keeps at most 100 custom fields of each field type (texts, numbers, yes/no "
        "values, dates and so on) for each object type, including archived ones. The count "
        "covers all files together; fields that the account already has come on top.",
        "Leave out columns that nobody will use.",
    ),
    Cause(
        BLANK_IN_FIELD_ID,
        "W",
        "Custom field with a space in its id",
        "Custom fields are created in Ometria's settings, where their ids cannot contain "
        "spaces. The values are sent, but no field will take them.",
        "Rename the column, or map it to properties.some_name, using the id that the account has.",
    ),
    Cause(
        LONG_EVENT_TYPE,
        "W",
        "Event type of 32 characters or more",
        "Ometria keeps fewer than 32 characters of an event type and cuts off the rest. Two "
        "types may become one, and segments and campaigns that use the full name will not "
        "match any events.",
        "Shorten the types to 31 characters in the source or in the mapping, and use the same "
        "names in the account.",
    ),
    Cause(
        MIXED_ENCODING,
        "W",
        "Row in a different encoding from its file",
        "The file is UTF-8, but some bytes of this row are not. They were read as cp1252, the "
        "encoding of older Windows programs, and the row was kept. Or the row is UTF-8 and the"
        " file is not (see W057).",
        "Look at the row's accents and quotes. If they are wrong, export the file again as "
        "UTF-8, or give its encoding with --encoding.",
    ),
    Cause(
        MOJIBAKE,
        "W",
        "Text that was read in the wrong encoding before",
        "Characters like Ã©, â€™ or � show that another program read the text in the wrong "
        "encoding and saved the result. The text was kept as it is, because nobody can be sure"
        " what it was.",
        "Export it again from the shop, and do not open the file in a program that saves it in"
        " another encoding.",
    ),
    Cause(
        NOT_RECOMMENDED,
        "W",
        "Products that cannot be recommended",
        "Ometria only recommends products that are active, in stock and not variants, and that"
        " have a title, a url, an image_url and a price, either their own or in a listing. "
        "These products are stored but never shown.",
        "Map the missing columns. Parents of variants often have no price of their own: give "
        "them the lowest price among their variants.",
    ),
    Cause(
        UNDATED_SPECIAL,
        "W",
        "Special prices without dates",
        "Ometria only counts a product as on sale while its special price has both "
        "special_price_dt_from and special_price_dt_to. These special prices lack one of them.",
        "Map both dates. If an offer has no end, use a date far in the future.",
    ),
    Cause(
        NO_OWN_ROW,
        "E",
        "Record without its main row",
        "All rows found for the record only add details to it (such as the rows of Magento's "
        "store views), and the main row is missing from the file. If the record were sent "
        "without it, parts of what Ometria has would be replaced with nothing.",
        "Export again without a filter, so that the main row is in the same file, or remove "
        "these rows.",
    ),
    Cause(
        WITHHELD,
        "W",
        "Column or key with secrets, not read",
        "The name is typical of passwords, keys, tokens, card numbers and the like, or of "
        "links that contain a key. Such values stay in the file: they do not go into any "
        "record, problem, reject file or log.",
        "Nothing, if it holds a secret. If it holds something harmless under such a name (a "
        "surrogate key called order_key, say), rename the column in the file.",
    ),
    Cause(
        ROUNDED,
        "W",
        "Amounts with floating-point noise",
        "The amounts were computed in binary floating point and written with its rounding "
        "errors: 19.989999999999998 is 19.99. They were rounded to the decimals of their "
        "currency.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        MORE_DECIMALS,
        "W",
        "Amounts with more decimals than their currency has",
        "The amounts have more decimals than anybody can pay, as prices without tax often do. "
        "They are sent as they are.",
        "Look at the example. If the amounts are in hundredths or in another currency, correct"
        " the export.",
    ),
    Cause(
        MIXED_SIGNS,
        "W",
        "Both decimal signs in one column",
        "Some numbers in the column have a decimal comma and others a decimal point, as "
        "happens when two exports are joined. Each was read by its own sign.",
        "Look at the two examples. If one of them is wrong, add --decimal-sign point or "
        "--decimal-sign comma; values that do not fit are then rejected.",
    ),
    Cause(
        TEXT_FORMULA,
        "W",
        "Texts written as formulas",
        'The cells hold a formula for a text, like ="00123", which programs write so that a '
        "spreadsheet keeps the zeros. The text was taken as the spreadsheet would show it.",
        "Nothing, if the example looks right.",
    ),
    Cause(
        FROM_NUMBER_CELL,
        "W",
        "Ids or postal codes that end in .0",
        "A program treated the column as numbers and wrote 123 as 123.0, so the values no "
        "longer match those of other files, and leading zeros are lost. They are sent as they "
        "are.",
        "Export the column as text. If the values are right (versions, say), there is nothing "
        "to do.",
    ),
    Cause(
        GUESSED_ENCODING,
        "W",
        "Encoding that was only guessed",
        "The file is not UTF-8 and has no byte order mark, so nothing in it says which "
        "encoding it uses. Lines that are valid UTF-8 were read as UTF-8, and all others as "
        "cp1252, the encoding of older Windows programs in Western Europe. If the file comes "
        "from elsewhere, letters in every name may be wrong.",
        "Look at the words that are shown. If they are right, add --encoding cp1252. If not, "
        "try one of the encodings that are named, or export the file as UTF-8.",
    ),
    Cause(
        NULL_WORD,
        "W",
        "Words that stand for no value",
        "Databases, programs and spreadsheets write a word for an empty value: NULL, \\N, None,"
        " nan, undefined, [object Object], #N/A, #REF! and similar. In exactly this spelling, "
        "they count as blank in every field and say nothing about consent.",
        "Nothing, if the example looks right. --keep-word WORD keeps a word (somebody may have"
        " that name), --null WORD adds one, and --null customer.id=0 adds one for a single "
        "field; or set null and keep_word for a source in ometria-import.toml.",
    ),
    Cause(
        GUEST_ID,
        "W",
        "Customer id shared by many different people",
        "Shops write 0, guest and the like into orders placed without an account. When orders "
        "with five different email addresses share a customer id, it is another such word, and"
        " it would merge all these people into one customer. The id was left out of these "
        "orders, which are linked by their email address instead.",
        "Confirm it as the message shows: --null customer.id=0. If it really is one customer "
        "(a company, say), --keep-word customer.id=ID keeps it.",
    ),
    Cause(
        REPEATED_HEADER,
        "W",
        "Header among the rows",
        "The line repeats the names of the columns, as happens when several exports are put "
        "into one file. It was left out and counted.",
        "Nothing, if the parts of the file belong together.",
    ),
    Cause(
        UNSTORED_FORMULA,
        "W",
        "Formula without a value",
        "The cell holds a formula but not its result, because the program that wrote the "
        "workbook did not calculate it. It was read as a blank cell.",
        "Open the workbook in a spreadsheet program, which calculates the value, and save it "
        "again.",
    ),
    Cause(
        SUMMED,
        "W",
        "Totals that are sums of items",
        "The file does not have this amount, so the mapping adds up a field of the items of each "
        "record. Shipping, discounts and tax are in it only if they are in that field.",
        "Compare the totals with the shop's own figures. If the export has a column with the "
        "total, map it in front of `sum_of`.",
    ),
    Cause(
        NO_RATE,
        "EW",
        "No rate of exchange",
        "The mapping converts this amount with a file of rates, which has no rate of its currency "
        "that is as old as the record. A later rate or one of another currency is never taken.",
        "Add the missing rates to the file that the mapping names under [rates], from the first "
        "day of the records on. The account's own currency needs a rate of 1.",
    ),
    Cause(
        NO_LINES,
        "W",
        "Order without lines",
        "The export has the lines of its orders in another file, and no file that was given has "
        "any line of this order. The order is sent without line items.",
        "Look whether a file of lines is missing or cut, or covers another period than the orders. "
        "Orders can be pushed again once their lines are there.",
    ),
    Cause(
        REFUSED_BY_API,
        "E",
        "Refused by the push API",
        "The push API answered that it does not accept this record.",
        "Read the API's own words beside the record, correct it and push the reject file again.",
    ),
    Cause(
        REJECTED_BY_API,
        "W",
        "Counted as rejected by the push API",
        "The push API accepted the request but counted some of its records as rejected, "
        "without saying which. Such batches are sent again in halves until the records are "
        "found (E060), but there were so many that finding them all would have doubled the "
        "length of the run.",
        "`ometria-import errors` may say why. `ometria-import retry` sends the batch again and"
        " continues the search.",
    ),
    Cause(
        UNCLEAR_RECEIPT,
        "W",
        "Receipt that does not add up",
        "The push API's counts of accepted, rejected and skipped records do not add up to the "
        "number that was sent.",
        "Check the records of this batch in Ometria before you rely on them, or send the batch"
        " again with `ometria-import retry`: records that are already there are only updated.",
    ),
    Cause(
        REJECTED_LATER,
        "E",
        "Rejected by Ometria after it was accepted",
        "The push API accepted the record, validated it afterwards and did not store it. The "
        "words are its own, from the account's error list.",
        "Correct the field that it names and push the reject file again. If the cause was on "
        "Ometria's side and has gone, `ometria-import retry` sends the same record again.",
    ),
    Cause(
        LATE_UNATTRIBUTED,
        "W",
        "Late error that names no record of this run",
        "The account's error list has entries about records that Ometria accepted and did not "
        "store, without saying which. They may concern any record of the batches named here "
        "or, if others push to the account too, somebody else's records.",
        "Look for records in which the named field is unusual, or ask Ometria about the request.",
    ),
    Cause(
        LATE_MISSED,
        "W",
        "Late errors that may have been missed",
        "Ometria's error list keeps only the last 100 errors. More than that arrived between "
        "two readings, or the list could not be read before sending. Errors about the batches "
        "named here may therefore be missing from this report.",
        "`ometria-import retry` sends these batches again, which does not change what is "
        "stored, and reads the errors once more.",
    ),
    Cause(
        LATE_UNKNOWN,
        "W",
        "Late errors that could not be read",
        "Every record was accepted or refused, but Ometria's error list could not be read to "
        "its end afterwards. It is therefore unknown whether everything that was accepted was "
        "also stored.",
        "`ometria-import errors --run RUN` reads the list again and adds what it says to the "
        "run. If the key may push but not read, set `read_errors = false` in the account's "
        "settings.",
    ),
    Cause(
        CONSENT_DIFFERS,
        "W",
        "Rows of one contact disagree about consent",
        "Rows with one key disagree about consent. An opt-out wins over an opt-in that is "
        "older or has no time, whatever the order of rows and files. If both have a time, the "
        "later one wins. A state moves together with its times.",
        "Look at both rows. If the opt-in is right, give it the time at which it was given "
        "(timestamp_subscribed), which must be later than that of the opt-out "
        "(timestamp_unsubscribed).",
    ),
    Cause(
        UNSUBSCRIBED_LATER,
        "W",
        "Opted in, but unsubscribed after that",
        "The contact says EXPLICITLY_OPTEDIN, but its timestamp_unsubscribed is later than its "
        "timestamp_subscribed, or it has no timestamp_subscribed. Only a later time beats an "
        "opt-out, as between two rows of one contact, so it is sent as EXPLICITLY_OPTEDOUT, unless "
        "it has @force_optin.",
        "Nothing, if they left. If they came back, give the time at which they did in "
        "timestamp_subscribed; if they never left, leave timestamp_unsubscribed blank.",
    ),
    Cause(
        CONSENT_UNDATED,
        "W",
        "Consent without its time",
        "Contacts say that they opted in or out, but not when. Ometria uses the time of the "
        "import instead: reports show a day on which everybody subscribed or left, and a later"
        " import with the true time counts as older.",
        "Map the column with the time of consent to timestamp_subscribed and "
        "timestamp_unsubscribed. If the shop asked when people signed up, timestamp_subscribed"
        " may be the same as timestamp_acquired. Do not leave out a time that you know.",
    ),
    Cause(
        EMAIL_OPPOSED,
        "W",
        "One email address is opted in and opted out",
        "Contacts with different ids share an email address; one of them is opted in and "
        "another is opted out, or has a word that may be an opt-out. Ometria treats them as one "
        "person. So an opt-in that is not later for certain gives way to the opt-out of its "
        "address in another file, and to a word that is not understood: the contact is sent with "
        "the opt-out, or without any consent. Contacts of one file that opt in and out are sent "
        "as they are.",
        "Find out what the person chose last, and put the same state on all contacts with this"
        " address before you send. An opt-out is the safe choice.",
    ),
    Cause(
        EMAIL_SHARED,
        "W",
        "One email address has several ids",
        "Contacts with different ids in one collection, or with different customer_ids, share "
        "an email address. In Ometria two contacts cannot share an address: it is ignored on "
        "all but one of them.",
        "Give each person one id and one customer_id in all files. If two sources cover the "
        "same people, use a different @collection for each.",
    ),
    Cause(
        EMAILS_OF_ONE,
        "W",
        "One customer has several email addresses",
        "Contacts with one customer_id, or rows with one id, have different email addresses. "
        "Ometria treats them as one person, so the orders and consent of several people may be"
        " combined.",
        "Nothing, if it is one person with a new address. If the id stands for many people "
        "(guest, 0), leave the column out or name the word that is not an id with --null. If the "
        "files are of two audiences that number their people alike, give each its own collection.",
    ),
    Cause(
        OPT_OUT_REJECTED,
        "W",
        "Opt-out in a row that was rejected",
        "The row says that the contact opted out, but it was rejected for another reason, so "
        "the opt-out is not sent.",
        "Correct these rows first and push the reject file again. Until then Ometria may email"
        " people who have unsubscribed.",
    ),
    Cause(
        NO_WITH_TIME,
        "W",
        "'no' treated as an opt-out",
        "A plain no in marketing_optin is read as NOT_SPECIFIED: not ticking a box is not the "
        "same as opting out. These contacts also have a timestamp_unsubscribed, so they did "
        "opt out, and their no was read as EXPLICITLY_OPTEDOUT.",
        "Nothing, if that is right. Use EXPLICITLY_OPTEDOUT or NOT_SPECIFIED to leave no doubt.",
    ),
    Cause(
        LEFT_WITHOUT_STATE,
        "W",
        "Left, without a state that says so",
        "The contact has a timestamp_unsubscribed, and its marketing_optin is blank. Nobody knows "
        "whether Ometria takes the time alone for an opt-out, so the contact is sent as "
        "EXPLICITLY_OPTEDOUT, unless timestamp_subscribed is later.",
        "Nothing, if they left. If they came back, say so in marketing_optin and "
        "timestamp_subscribed; if they never left, leave timestamp_unsubscribed blank.",
    ),
    Cause(
        CONSENT_UNCLEAR,
        "W",
        "An opt-in gave way to a word that is not understood",
        "One row of a contact opts in, and another has a word about consent that the tool does "
        "not know (W022, or W021 for text messages). The word may be an opt-out in another "
        "language, so nothing is said about this consent. The opt-in only counts if both rows "
        "have a time and that of the opt-in is later.",
        "Find out what the word means and say so in the mapping, for example "
        'marketing_optin = { column = "Newsletter", translate = { ausgetragen = '
        '"EXPLICITLY_OPTEDOUT" } }. Then push again.',
    ),
    Cause(
        UNUSED_CONSENT,
        "W",
        "A column that may be about consent is not used",
        "The name of the column sounds like consent, newsletters, permissions or opt-outs, or its "
        "values do: words like unsubscribed, or a yes and no under the name of a way to reach "
        "people. Nothing in the mapping reads it. If it says who left, their opt-outs are lost.",
        "If it says who agreed or left, map it: to marketing_optin, or with [consent] in the "
        "mapping, as docs/mapping.md describes. If it does not, list it under drop in [columns], "
        "which also ends this notice.",
    ),
    Cause(
        CONSENT_UNEXPLAINED,
        "W",
        "Words about consent that nobody has explained",
        "A consent field has words that the tool does not know (W022, or W021 for text messages). "
        "They may be opt-ins or opt-outs, and nothing of them is sent. The message names them, how "
        "often they occur, and the line of a mapping that explains them; in it, each of them "
        "says nothing yet.",
        "Ask the shop what the words mean, write the line that the message shows with the right "
        "states, and push again with that mapping.",
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
