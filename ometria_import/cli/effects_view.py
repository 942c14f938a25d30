"""What a package sets off in a live account, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from ometria_import.choices import AccountName, Danger
from ometria_import.cli.screen import FAINT, STRONG, WARNING, Screen, counted
from ometria_import.delivery import Effects

_WORDS = {
    Danger.WELCOME_CAMPAIGNS: "would set off a welcome campaign (opted in, with"
    " timestamp_subscribed)",
    Danger.FORCE_OPTIN: "would override the preference centre (@force_optin)",
    Danger.SMS_OPTIN: "would get a double-opt-in text message (collection optin:sms)",
}
_WITHOUT = {
    Danger.WELCOME_CAMPAIGNS: "leave timestamp_subscribed or marketing_optin out of the mapping",
    Danger.FORCE_OPTIN: "leave @force_optin out of the mapping",
    Danger.SMS_OPTIN: "map @collection to another name (double_optin:sms marks numbers as"
    " confirmed and sends no message)",
}


def effect_lines(effects: Effects, now: datetime) -> list[str]:
    """One line for everything that there is; none where nothing is set off."""
    counts = [
        (effects.opted_in, "contact", "would be opted in"),
        (effects.opted_out, "contact", "would be opted out"),
        *((count, "contact", _WORDS[danger]) for danger, count in effects.dangers.items()),
        (effects.young_orders(now), "order", "younger than three days"),
    ]
    return [f"{counted(count, what)} {words}" for count, what, words in counts if count]


def show_effects(
    screen: Screen,
    effects: Effects | None,
    to: AccountName,
    allowed: frozenset[Danger] = frozenset(),
) -> None:
    """Print what a package sets off in a live account, and what must be allowed for it by name.

    Args:
        screen: Is told.
        effects: None where nobody could count them.
        to: Where the run goes.
        allowed: What is allowed already.
    """
    if effects is None:
        return
    lines = effect_lines(effects, datetime.now(UTC))
    if lines:
        where = "In the live account" if to is AccountName.LIVE else "Pushed to live"
        screen.prose((f"{where}:", STRONG))
    for line in lines:
        screen.prose((line, WARNING), indent=2)
    if missing := {one: count for one, count in effects.dangers.items() if one not in allowed}:
        screen.prose((way_out(missing), FAINT), indent=2)


def danger_words(dangers: dict[Danger, int]) -> str:
    """What would happen, with the counts."""
    return "; ".join(f"{counted(count, 'contact')} {_WORDS[one]}" for one, count in dangers.items())


def way_out(dangers: dict[Danger, int]) -> str:
    """The flags that let it through, and the changes of mapping that make them unnecessary."""
    flags = " ".join(f"--allow {danger}" for danger in dangers)
    changes = "; ".join(_WITHOUT[danger] for danger in dangers)
    return f"If this is meant, say {flags}. If not: {changes}."
