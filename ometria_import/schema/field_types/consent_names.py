"""Columns that may be about consent: by what they are called, and by what they say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from ometria_import.problems import Finding
from ometria_import.schema.field_types.words import parse_boolean, parse_optin

_REFUSAL = re.compile(
    r"\b(unsubscri\w*|opt(ed)? ?outs?|do not|don t|dont|no e?mails?|no e mails?|no newsletter|"
    r"no marketing|suppress\w*|black ?list\w*|block\w*|abgemeldet|widerrufen|d[eé]sabonn\w*|"
    r"d[eé]sins?cri\w*|disiscri\w*|uitgeschreven|afgemeld|baja|desuscri\w*|descadastr\w*|"
    r"afmeld\w*|frameld\w*|avregistrer\w*|avprenumerer\w*|avmeld\w*|wypisan\w*|"
    r"odhl[aá][sš]en\w*)\b"
)
# What columns about consent are called in the languages of shops. A name that only looks like
# one costs no more than a notice, so this list may be broad.
_CONSENT = re.compile(
    r"\b(opt(ed)? ?(ins?|outs?)|opt|(un)?subscri\w*|consent\w*|permission\w*|newsletters?|"
    r"e ?news|mailing ?list|no contact|d[mn]c|dnd|on list|gdpr|dsgvo|rgpd|lopd|lgpd|rodo|kvkk|iys|"
    r"accepts? (e?mails?|marketing|sms|offers)|marketing (allowed|accepted|status|emails?)|"
    r"e?mail (status|marketing|allowed)|do not|dont|don t|no e?mails?|suppress\w*|black ?list\w*|"
    # German, French
    r"einwillig\w*|einverst\w*|abgemeldet|werbe(erlaub|sperr|einwill|zustimm)\w*|kontaktsperre|"
    r"rundschreiben|rundbrief|info(mail|brief)\w*|widerruf\w*|austrag\w*|"
    r"abonn\w*|d[eé]sabonn\w*|d[eé]?s?inscri\w*|consentement\w*|infolettres?|d[eé]marchage|"
    # Spanish, Italian, Portuguese, Romanian
    r"consentimiento\w*|suscri\w*|desuscri\w*|bolet[ií][nm]\w*|buletin\w*|baja|consens[oi]|iscri\w*|"
    r"disiscri\w*|consentimento\w*|descadastr\w*|abonat\w*|dezabon\w*|acord|consim[tț]\w*|"
    # Dutch, Swedish, Danish, Norwegian, Finnish
    r"toestemming\w*|nieuwsbrie\w*|inschrij\w*|uitgeschreven|a[fn]gemeld\w*|samtyc?k\w*|"
    r"ny(hets|heds)bre\w*|tilmeld\w*|afmeld\w*|avregistrer\w*|avprenumerer\w*|prenumer\w*|"
    r"p[aå]meld\w*|avmeld\w*|avanm[aä]l\w*|uutiskirj\w*|suostumu\w*|hyv[aä]ksy\w*|"
    # Polish, Czech, Slovak, Hungarian, Croatian
    r"zgod[ay]\w*|wypis\w*|zapisan\w*|biuletyn\w*|subskryb\w*|subskrypc\w*|rezygnac\w*|"
    r"souhlas\w*|s[uú]hlas\w*|odhl[aá][sš]\w*|obchodn[ií] (sd[eě]len\w*|oznam\w*)|"
    r"zas[ií]l[aá]n\w*|h[ií]rlev\w*|(fel|le)iratkoz\w*|hozz[aá]j[aá]rul\w*|pristan\w*|privol\w*|"
    # Turkish
    r"izin|izni|onay|r[i\u0131]zas?[i\u0131]?|abone\w*|b[uü]lten\w*|ticari (elektronik )?ileti\w*|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"ενημερωτικ\w*|συγκατ[αά]θ\w*|συναίνεσ\w*|διαγραφ\w*|рассыл\w*|(под|от)пис\w*|согласи\w*|"
    r"розсил\w*|(під|від)пис\w*|згод\w*|абон\w*|бюлетин\w*|съглас\w*)\b"
    # Japanese, Chinese, Korean, Arabic and Hebrew, whose names are not always cut into words
    r"|メルマガ|メールマガジン|ニュースレター|購読|配信|同意|オプトイン|オプトアウト|受信拒否|受信許可|"
    r"订阅|訂閱|退订|退訂|营销|行銷|电子报|電子報|뉴스레터|수신|동의|구독|"
    r"نشرة|اشتراك|موافقة|ניוזלטר|דיוור|הסכמה"
)
_LEAVING = re.compile(
    r"\b(unsubs?( (date|time|at|ts))?$|cancel\w* (da|de la|de) (subscri|suscri)\w*|"
    r"annulation abonnement|abonelikten \w+|wypis\w*|rezygnac\w*|odhl[aá][sš]\w*|"
    r"avanm[aä]l\w*|leiratkoz\w*|dezabon\w*|(от|від)пис\w*|διαγραφ\w*)\b"
    r"|退会|解除|停止|退订|退訂|수신거부|해지"
)
_JOINING = re.compile(r"\b(opt(ed)? ?ins?|subscri\w*)\b")
# Ways to reach somebody, and what they are reached with: with a yes or no, that may be consent.
_WAYS = re.compile(
    r"\b(e ?mails?|mails?|mailings?|emailings?|sms|contact(able|ed)?|kontakt(ierbar)?|news|comms?|"
    r"communications?|comunica\w*|comunica[cç][oõ]es|kommunikation|offers?|promos?|promotions?|"
    r"promozion[ei]|market(ing|able)|mktg|mkt|dm|werbung|reklam\w*|rekl[aá]m\w*|reclame|"
    r"publicit[eé]s?|publicidad\w*|pubblicit[aà]|offres?|ofertas?|offert[ae]|aanbiedingen|"
    r"angebote|novidades|novedades|novit[aà]|oferty|novinky|erbjudanden|utskick|tilbud|markkinointi|"
    r"pazarlama|kampanya\w*|(text|txt) (ok|yn|flag)|ok to text|molestar|рекла\w*|προσφορ\w*)\b"
    r"|お知らせ|案内|メール|広告|광고|마케팅|广告|廣告"
)
_SOMETHING_ELSE = re.compile(
    r"\b(verif\w*|confirm\w*|valid\w*|invalid\w*|bounce\w*|company|business|type|primary|main|"
    r"person|number|id|code|count|used?|redeem\w*|won|open\w*|click\w*|sent|deliver\w*|soft|hard|"
    r"login|chang\w*|exist\w*|missing|duplicate|account|address|channel|source|has|b2b|"
    r"correct\w*|errors?|fail\w*)\b"
)
"""Words beside which such a name is about an address or about what was done with it."""
MOST_WORDS = 6
_LONGEST_SIGN = 2
_BOTH = 2


def names_refusal(words: str) -> bool:
    """Whether a column of this name, as `name_words` has it, says who left."""
    return _REFUSAL.search(words) is not None


def names_leaving(name: str) -> bool:
    """Whether a column of this name may say when somebody left: a date under it is no mere note."""
    words = name_words(name)
    return names_refusal(words) or _LEAVING.search(words) is not None


def says_who_left(name: str) -> bool:
    """Whether a column is only about leaving: `Unsubscribed`, but not `Opt-in / opt-out`."""
    words = name_words(name)
    return names_refusal(words) and not _JOINING.search(words)


def names_consent(name: str) -> bool:
    """Whether a column of this name may be about consent, whatever it says."""
    words = name_words(name)
    # The whole name only: `order status` is about something else.
    return words == "status" or names_leaving(words) or _CONSENT.search(words) is not None


def says_consent(name: str, texts: Collection[str]) -> bool:
    """Whether a column may be about consent by what it says.

    Words such as `unsubscribed` speak for themselves. A plain yes or no speaks of consent under
    the name of a way to reach people, or under a name in letters that the tool knows no words of.

    Args:
        name: The column's name.
        texts: Its different texts, trimmed, without blanks; all of them, or none where they are
            too many.
    """
    if not 0 < len(texts) <= MOST_WORDS:
        return False
    if any(_is_state(text) for text in texts):
        return True
    words = name_words(name)
    if _SOMETHING_ELSE.search(words):
        return False
    are_flags = all(isinstance(parse_boolean(text), str) for text in texts)
    if not any(each.isascii() for each in words if each.isalpha()) and are_flags:
        return True
    are_signs = len(texts) <= _BOTH and all(len(text) <= _LONGEST_SIGN for text in texts)
    return (are_flags or are_signs) and _WAYS.search(words) is not None


def name_words(name: str) -> str:
    """The words of a column's name in small letters: `OptOut` and `opt_out` are `opt out`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFC", name))
    return " ".join(re.findall(r"[^\W_]+", spaced.lower()))


def _is_state(text: str) -> bool:
    """Whether a text says that somebody joined or left, rather than only yes or no."""
    state = parse_optin(text)
    is_said = not isinstance(state, Finding) and state != "NOT_SPECIFIED"
    return is_said and isinstance(parse_boolean(text), Finding)
