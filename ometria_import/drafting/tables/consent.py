"""Columns that say who agreed to marketing, and who left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ometria_import.drafting.columns.evidence import says_when, says_yes_in_doubt
from ometria_import.drafting.columns.names import FILLER, NEVER, Meanings, words_in, words_of
from ometria_import.drafting.columns.profile import Column
from ometria_import.problems import Finding
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type
from ometria_import.schema.field_types.consent_names import (
    MOST_WORDS,
    names_consent,
    names_leaving,
    says_consent,
)
from ometria_import.schema.field_types.words import parse_boolean

_OWN = frozenset(
    {
        "customer",
        "contact",
        "subscriber",
        "member",
        "user",
        "account",
        "person",
        "email",
        "marketing",
        "newsletter",
        "list",
        "status",
        "active",
        "campaign",
        "channel",
        "confirm",
        "join",
        "privacy",
        "wish",
        "preference",
        "first",
    }
)
_YES = frozenset({"subscribe", "subscription", "optin", "consent", "newsletter"})
_IN_WORDS = frozenset({"subscribe", "unsubscribe", "optin", "optout"})
_OUT = frozenset({"unsubscribe", "optout", "suppress"})
_MARKETING = frozenset({"email", "marketing", "newsletter", "subscription", "sms", "campaign"})
_OTHER_WAYS = frozenset({"phone", "mail", "letter", "push", "whatsapp", "partner", "fax"})
_BY_EITHER = frozenset({"mailing", "dispatch"})
_OF_DELIVERY = frozenset({"bounce", "confirm", "dispatch", "deleted", "due", "test", "verified"})
"""What flags say of addresses and of what was sent to them."""
_OF_STATES = frozenset({"status", "list", "type", "active"})
_MOST_STATES = 8
_WHEN = frozenset({"date", "time", "create", "epoch"})
_USUAL_YES = ("yes", "true", "1")


@dataclass
class Consent:
    """What the columns of a contact table say about one way of marketing."""

    says: Column | None = None
    """Says yes, and perhaps no."""
    left: list[tuple[Column, list[str]]] = field(default_factory=list)
    """Columns that say who left, each with the words that mean so."""
    unclear: list[Column] = field(default_factory=list)
    """Columns that speak of it in a way that only a person can read."""
    since: Column | None = None
    until: Column | None = None
    is_until_guessed: bool = False
    """Whether the name of `until` only sounds as if somebody had left."""
    changed: Column | None = None
    """The time of the last change in either direction."""

    @property
    def leaves_in_doubt(self) -> bool:
        """Whether the date of leaving may be that of leaving anything: `Fecha de baja`."""
        if self.until is None:
            return False
        if self.is_until_guessed:
            return True
        return "baja" in words_of(self.until.name) and self.until.words <= _WHEN | {"unsubscribe"}

    def open_words(self, column: Column) -> list[str]:
        """The values of an unclear column that do not say by themselves that somebody left."""
        said = {word for each, words in self.left if each is column for word in words}
        return [text for text in column.distinct if text not in said]

    @property
    def is_there(self) -> bool:
        """Whether any column may speak of it."""
        return bool(self.says or self.left or self.unclear or self.since or self.until)

    @property
    def is_said(self) -> bool:
        """Whether any column speaks of it by its name."""
        spoken = _YES | _OUT | {NEVER, "marketing"}
        is_named = any(each.words & spoken for each in self.unclear)
        return bool(self.says or self.left or is_named or self.since or self.until)


def consent_of(columns: Iterable[Column], *, by_text: bool = False) -> Consent:
    """What columns say about marketing by email, or by text message."""
    found, yes = Consent(), list[tuple[int, Column]]()
    columns = list(columns)
    others = list[Column]()
    has_times = any(_says_when(column, by_text=by_text) for column in columns)
    for column in columns:
        meanings = _without(column.meanings, by_text=by_text)
        if not by_text and _may_be_email(column):
            found.unclear.append(column)
        elif meanings is not None and _is_time(column, meanings, has_times=has_times):
            others += [] if _take_time(found, column, meanings) else [column]
        elif meanings is not None:
            taken = [*_take_statement(found, column, meanings, by_text=by_text)]
            yes += taken
            others += [column] if not taken else []
        elif not column.words & (_OTHER_WAYS - {"mail"}):
            others.append(column)
    yes.sort(key=lambda each: each[0])
    if yes and yes[0][0] < 2:  # noqa: PLR2004 -- a column that is only called marketing says too little
        found.says = yes.pop(0)[1]
    found.unclear += [column for _, column in yes]
    if not by_text and found.until is None:
        # Rather ask than opt in somebody who left.
        found.until = next((each for each in others if _may_be_leaving(each)), None)
        found.is_until_guessed = found.until is not None
    found.unclear += [each for each in others if _may_be_consent(each, found, by_text=by_text)]
    found.left += [(column, outs) for column in found.unclear if (outs := _outs(column))]
    return found


def _may_be_leaving(column: Column) -> bool:
    """Whether dates may be those on which somebody left.

    Their name says so, or it is one of newsletters with a word that nobody knows, as in
    `Avslutat nyhetsbrev`.
    """
    if not _are_times(column) or column.words & _OF_DELIVERY:
        return False
    return names_leaving(column.name) or "newsletter" in column.words


def _may_be_consent(column: Column, found: Consent, *, by_text: bool) -> bool:
    """Whether a column that nothing else explains may say who agreed or left: if so, it is asked.

    If only its name sounds like consent, nobody can be asked what its dates or texts mean.
    """
    known = [*found.unclear, *(each for each, _ in found.left), found.says]
    is_taken = any(each is column for each in (*known, found.since, found.until, found.changed))
    is_of_other_way = ("sms" in column.words) != by_text or column.words & _OF_DELIVERY
    if is_taken or column.is_blank or is_of_other_way:
        return False
    is_flag = column.are_yes_or_no or says_yes_in_doubt(column)
    has_few_words = len(column.distinct) <= MOST_WORDS and (is_flag or column.are_texts)
    is_named = names_consent(column.name) and "status" not in column.words
    return says_consent(column.name, column.distinct) or (has_few_words and is_named)


def _is_time(column: Column, meanings: Meanings, *, has_times: bool) -> bool:
    """Whether a column says when something was said."""
    is_named = any(each & _WHEN for each in meanings) or says_when(column)
    return is_named or (has_times and (column.is_blank or _are_times(column)))


def _take_statement(
    found: Consent, column: Column, meanings: Meanings, *, by_text: bool
) -> Iterator[tuple[int, Column]]:
    """What a column says of who left, or itself where it says yes, with how unsure that is."""
    words = frozenset[str]().union(*meanings)
    is_flag = column.are_yes_or_no and not column.is_blank
    if not _explained(meanings, _OWN | _YES | _OUT | {NEVER, "double"}):
        is_flag = is_flag or says_yes_in_doubt(column) or bool(_outs(column))
        if is_flag and (_may_speak_of_it(words) or _is_unread(words, by_text=by_text)):
            found.unclear.append(column)
    elif words & (_OUT | {NEVER}):
        _take_leaving(found, column)
    elif words & _YES:
        if column.is_blank or _is_clear(column):
            yield _unsure(column, words, by_text=by_text), column
        else:
            found.unclear.append(column)
    elif "marketing" in words and (by_text or "email" in words) and is_flag:
        yield 0, column
    elif _may_be_state(column, words, is_flag=is_flag):
        if is_flag or by_text or not _is_clear(column):
            found.unclear.append(column)
        else:
            yield 1, column


def _may_speak_of_it(words: frozenset[str]) -> bool:
    """Whether a name with words that nobody knows may say who left: rather ask than lose that."""
    is_of_marketing = words & _MARKETING and words & (_YES | {NEVER})
    return bool(is_of_marketing or words & _OUT or "complaint" in words)


def _is_unread(words: frozenset[str], *, by_text: bool) -> bool:
    """Whether a flag is about emails, in a way that nobody knows: `email_ok` may be consent."""
    is_about = by_text or words & {"email", "marketing", "newsletter"}
    return bool(is_about) and not words & _OF_DELIVERY


def _may_be_state(column: Column, words: frozenset[str], *, is_flag: bool) -> bool:
    """Whether a column with a plain name speaks of marketing, perhaps only by its values."""
    is_named = "marketing" in words or words >= {"preference", "email"}
    is_state = bool(words & _OF_STATES) and bool(_outs(column))
    are_states = "status" in words and column.are_texts and len(column.distinct) <= _MOST_STATES
    return (is_named and (is_flag or are_states)) or is_state


def _outs(column: Column) -> list[str]:
    """The values of a column of states that say that somebody left, such as `Unsubscribed`.

    `Baja` may also be that of a customer's account.
    """
    if len(column.distinct) > _MOST_STATES or column.are_yes_or_no:
        return []
    parse = field_type(FieldTypeName.OPTIN, Conventions()).parse
    return [
        text
        for text in column.distinct
        if parse(text) == "EXPLICITLY_OPTEDOUT" and not {"baja"} & {*words_of(text)}
    ]


def plain_nos(found: Consent) -> list[str]:
    """The words that only say no, where no other column says who left."""
    if found.says is None or found.left or found.until:
        return []
    return [text for text in found.says.distinct if parse_boolean(text) == "false"]


def says_no(column: Column) -> bool:
    """Whether a column is named after what somebody does not want."""
    return bool(column.words & (_OUT | {NEVER}))


def _says_when(column: Column, *, by_text: bool) -> bool:
    """Whether a column that is only called `Subscribed` holds times."""
    meanings = _without(column.meanings, by_text=by_text)
    says = meanings is not None and any(each & (_YES | _OUT) for each in meanings)
    return says and _are_times(column)


def _are_times(column: Column) -> bool:
    return bool(column.distinct) and column.are_dates and not column.are_yes_or_no


def _without(meanings: Meanings, *, by_text: bool) -> Meanings | None:
    """The words without `sms`; None where the column speaks of another way of marketing."""
    words = frozenset().union(*meanings) if meanings else frozenset[str]()
    if words & _OTHER_WAYS or ("sms" in words) != by_text:
        return None
    return tuple(each for each in meanings if "sms" not in each)


def _may_be_email(column: Column) -> bool:
    """Whether a yes or no is about `mailings`, which may go by email or by post."""
    is_mail = _may_mean_email(column)
    either = _BY_EITHER | ({"mail"} if is_mail else set())
    others = tuple(each for each in column.meanings if not each & either)
    is_said = (
        "mailing" in column.words or says_no(column) or (is_mail and bool(column.words & _YES))
    )
    is_of_mailings = len(others) < len(column.meanings)
    are_known = _explained(others, _OWN | _YES | _OUT | {NEVER})
    is_flag = column.are_yes_or_no or (is_mail and says_yes_in_doubt(column))
    return is_said and is_of_mailings and are_known and is_flag and not column.is_blank


def _may_mean_email(column: Column) -> bool:
    """Whether `mail` is the word: it may be either, where `postal` may not."""
    said = {*words_of(column.name)}
    return bool(said & {"mail", "mails"}) and not said & {"post", "postal", "direct"}


def _explained(meanings: Meanings, known: frozenset[str]) -> bool:
    return all(each & known or FILLER in each for each in meanings)


def _take_time(found: Consent, column: Column, meanings: Meanings) -> bool:
    """Whether a column says when somebody joined, left, or changed their mind, and is taken."""
    words = frozenset[str]().union(*meanings)
    if not (column.is_blank or column.are_dates):
        return False
    if words & (_OUT | {NEVER}) and _explained(meanings, _OWN | _OUT | _WHEN | {NEVER}):
        found.until = found.until or column
    elif "update" in words and _explained(meanings, _OWN | _YES | _WHEN | {"update", "status"}):
        found.changed = column
    elif words & (_YES | {"confirm"}) and _explained(meanings, _OWN | _YES | _WHEN | {"double"}):
        found.since = found.since or column
    else:
        return False
    return True


def _take_leaving(found: Consent, column: Column) -> None:
    """A column that says who left: by a yes, or by words such as `Do Not Allow`."""
    refusing = [
        text for text in column.distinct if text.lower().startswith(("do not", "don't", "not "))
    ]
    if refusing:
        found.left.append((column, refusing))
    elif column.is_blank or column.are_yes_or_no:
        said = [text for text in column.distinct if parse_boolean(text) == "true"]
        found.left.append((column, list(dict.fromkeys([*said, *_USUAL_YES]))))
    else:
        found.unclear.append(column)


def _is_clear(column: Column) -> bool:
    """Whether every word of a column says yes, no, or nothing."""
    if column.are_numbers and len(column.distinct) > 2:  # noqa: PLR2004 -- codes of states
        return False
    parse = field_type(FieldTypeName.OPTIN, Conventions()).parse
    return not any(isinstance(parse(text), Finding) for text in column.distinct)


def _unsure(column: Column, words: frozenset[str], *, by_text: bool) -> int:
    """How little a column says: 0 where its name says the way and the agreement."""
    if "privacy" in words:
        return 2  # a policy that was agreed to
    if "subscription" in words and not words & {"email", "newsletter", "subscribe"}:
        is_said = any(words_in(text) & _IN_WORDS for text in column.distinct)
        return 1 if is_said else 2  # a box that comes every month
    if by_text or "email" in words or "newsletter" in words:
        return 0
    return (
        1
        if words & {"optin", "subscribe"} and "marketing" not in words
        else 2
        if "marketing" in words and words & {"consent"}
        else 1
    )
