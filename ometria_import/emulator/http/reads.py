"""What the read endpoints answer.

Assumptions, where the documentation is silent: a limit above 250 and a value that a parameter
does not know are refused with 400; parameters that are not documented change nothing; a list's
order is ascending; `/unsubscribes` and `/data-deletion-requests` come whole, as they have no
paging.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from ometria_import.emulator.http.endpoints import Answer, Call, shown_json
from ometria_import.emulator.storage.others import change_records
from ometria_import.emulator.storage.profiles import Profile
from ometria_import.emulator.storage.records import Page
from ometria_import.emulator.storage.unsubscribes import moment_of, shown
from ometria_import.emulator.storage.values import as_shown
from ometria_import.emulator.validation.arrivals import RefusedError
from ometria_import.emulator.validation.rules import Key

DEFAULT_LIMIT = 10
MAX_LIMIT = 250


def product(call: Call) -> Answer:
    """Show one product, a variant too."""
    return _stored(call, Key("product", "", call.path_part("id")))


def products(call: Call) -> Answer:
    """List products; variants only where they are asked for."""
    has_variants = call.choice("includeVariants", ("true", "false")) == "true"
    active = call.choice("active", ("true", "false"))
    is_active = None if active is None else active == "true"
    return _listed(call, "product", has_variants=has_variants, is_active=is_active)


def order(call: Call) -> Answer:
    """Show one order."""
    return _stored(call, Key("order", "", call.path_part("id")))


def orders(call: Call) -> Answer:
    """List orders."""
    return _listed(call, "order")


def contact(call: Call) -> Answer:
    """Show one contact of a collection."""
    return _stored(call, Key("contact", call.path_part("collection"), call.path_part("id")))


def contacts(call: Call) -> Answer:
    """List a collection; one that holds nothing is an empty list."""
    return _listed(call, "contact", call.path_part("collection"))


def collections(call: Call) -> Answer:
    """List the names of the collections."""
    return shown_json(call.store.records.collections(call.account.name, call.now))


def profiles(call: Call) -> Answer:
    """List the people, or show the one with an email."""
    email = call.request.query_params.get("email")
    if email is not None:
        return _one(each for each in call.profiles() if email.lower() in each.emails)
    since = _moment(call, "updateSince")
    found = [
        each for each in call.profiles() if since is None or each.updated_at >= since.timestamp()
    ]
    page = _page(call)
    if page.by_update:
        found.sort(key=lambda each: each.update_number)
    return shown_json([each.body for each in found[page.offset :][: page.limit]])


def profile(call: Call) -> Answer:
    """Show one person."""
    wanted = call.path_part("id")
    return _one(each for each in call.profiles() if each.id == wanted)


def unsubscribes(call: Call) -> Answer:
    """List the opt-outs of a time that came by other ways than the API."""
    ids = {email: each.id for each in call.profiles() for email in each.emails}
    events = shown(
        call.store.unsubscribes(call.account.name),
        lambda email: ids.get(email.lower()),
        since=_moment(call, "since"),
        before=_moment(call, "before"),
        type_=call.request.query_params.get("type"),
    )
    return shown_json(events)


def deletions(call: Call) -> Answer:
    """List the requests to forget somebody."""
    return shown_json([each.shown() for each in call.account.deletions])


def _one(found: Iterable[Profile]) -> Answer:
    first = next(iter(found), None)
    if first is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "no such profile")
    return shown_json(first.body)


def _stored(call: Call, key: Key) -> Answer:
    _let_others_write(call, (key.object_type, key.collection))
    body = call.store.records.one(call.account.name, key, call.now)
    if body is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no such {key.object_type}")
    return _shown(as_shown(body, key.object_type, call.traits))


def _listed(
    call: Call,
    object_type: str,
    collection: str = "",
    *,
    has_variants: bool = True,
    is_active: bool | None = None,
) -> Answer:
    page = _page(call, has_variants=has_variants, is_active=is_active)
    _let_others_write(call, (object_type, collection))
    bodies = call.store.records.page(call.account.name, (object_type, collection), page, call.now)
    shown_bodies = (as_shown(body, object_type, call.traits) for body in bodies)
    return _shown(f"[{','.join(shown_bodies)}]")


def _let_others_write(call: Call, kind: tuple[str, str]) -> None:
    for writer in call.writers:
        change_records(call.store.records, call.account.name, kind, writer, call.chance)


def _shown(body: str) -> Answer:
    return Answer(status=HTTPStatus.OK, body=body, is_read=True)


def _page(call: Call, *, has_variants: bool = True, is_active: bool | None = None) -> Page:
    return Page(
        limit=min(call.number("limit", DEFAULT_LIMIT, MAX_LIMIT), call.traits.largest_page),
        offset=call.number("offset", 0, 2**62),
        by_update=call.choice("orderby", ("timestamp_update",)) is not None,
        has_variants=has_variants,
        is_active=is_active,
    )


def _moment(call: Call, name: str) -> datetime | None:
    """A time of the query, in UTC where it says no zone.

    A plus that was sent bare stands for a blank in a query: `…+00:00` arrives as `… 00:00`.
    """
    text = call.request.query_params.get(name)
    if text is None:
        return None
    try:
        return moment_of(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} is not a valid time") from None
