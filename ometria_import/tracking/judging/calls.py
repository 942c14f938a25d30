"""Whether the calls of a page send what they are meant to send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ometria_import.tracking.model import DEBUG, Mark, Verdict
from ometria_import.tracking.page.literals import COMPUTED
from ometria_import.tracking.page.model import Call, Form, Page

_STARTS = frozenset({"init", "setPageType", "setPageData", "raw_data"})
_PLATFORM = frozenset({"universal_variable", "MagentoOmetria"})
_AMOUNTS = {"addLineItem": (1, 2), "setTotal": (0,)}
"""Which arguments of a call are numbers."""
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+", re.ASCII)
_PROFILE = "omid:"


def judged_calls(page: Page) -> Iterator[Verdict]:
    """What is wrong with the calls of a page."""
    names = {each.name for each in page.calls}
    if page.tags and not names & (_STARTS | _PLATFORM):
        yield _no_call(page)
    for call in page.calls:
        yield from _amounts(call)
        if call.name == "identify":
            yield from _identity(call)
    is_last = any(each.page_type == "confirmation" for each in page.calls)
    has_order = any(each.name == "trackTransaction" or each.has_order for each in page.calls)
    if is_last and not has_order:
        yield Verdict(
            "no_transaction",
            Mark.WARNING,
            "it is the page after an order, and does not call trackTransaction",
            "Call ometria.trackTransaction with the order's id, the same that is pushed.",
        )


def _no_call(page: Page) -> Verdict:
    if (
        page.containers
        or page.has_modules
        or all(each.form in {Form.JSON, Form.SETTING} for each in page.tags)
    ):
        who = page.containers[0] if page.containers else "a script file"
        return Verdict(
            "calls_hidden",
            Mark.CANNOT_TELL,
            f"no call to the tracker stands in the HTML; {who} may make it",
            f"To see whether it does, {DEBUG}.",
        )
    return Verdict(
        "no_call",
        Mark.ERROR,
        "the tag is there, but neither ometria.init nor data for it: nothing is sent unless a "
        "script file makes the call",
        "Call ometria.init with the type of the page, after the tag.",
    )


def _amounts(call: Call) -> Iterator[Verdict]:
    for place in _AMOUNTS.get(call.name, ()):
        value = call.arguments[place] if place < len(call.arguments) else None
        if isinstance(value, str) and "," in value:
            # As the tracker reads it: all but digits and dots is left out.
            read = re.sub(r"[^\d.]", "", value)
            yield Verdict(
                "comma_amount",
                Mark.WARNING,
                f"line {call.line}, {call.name}: the amount '{value[:20]}' has a comma, and the "
                f"tracker would read it as {read[:20]}",
                "Send amounts as numbers, such as 12.5.",
            )
    if call.name == "setTotal":
        given = call.arguments[1] if len(call.arguments) > 1 else None
        if given is not COMPUTED and not given:
            yield Verdict(
                "no_currency",
                Mark.WARNING,
                f"line {call.line}, setTotal: it names no currency",
                'Write it beside the amount: setTotal(12.5, "GBP").',
            )


def _identity(call: Call) -> Iterator[Verdict]:
    given = call.arguments[0] if call.arguments else None
    if given is COMPUTED:
        return
    is_text = isinstance(given, str)
    if is_text and (_ADDRESS.search(str(given)) or str(given).startswith(_PROFILE)):
        return
    yield Verdict(
        "no_address",
        Mark.WARNING,
        f"line {call.line}, identify: it is given something that is no email address, which the "
        "tracker ignores without a word",
        "Give it the email address, not a customer id.",
    )
