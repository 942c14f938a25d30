"""Whether the ids and store ids of a page are those that were pushed."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.options.choices import AccountName
from ometria_import.options.counting import counted
from ometria_import.problems import shorten
from ometria_import.tracking.model import DEBUG, Mark, Verdict
from ometria_import.tracking.page.model import Call, Page
from ometria_import.tracking.pushed import Kind, Known, Pushed

_MODE = "or let the tag send ids (Magento: the module's product id mode)"
_SHOWN = 3
_ORDER = "trackTransaction"


def wanted_ids(page: Page) -> set[str]:
    """The ids that a page names, in every form in which the tag may send them."""
    return {
        form for call in page.calls for each in call.ids for form in (each, *_sent(each, call))
    } | set(page.hints)


def judged_ids(page: Page, account: AccountName, pushed: Pushed | None) -> Iterator[Verdict]:
    """What is wrong with the ids of a page."""
    yield from _computed(page, pushed)
    calls = [each for each in page.calls if each.ids]
    if pushed is None:
        if calls or any(each.store for each in page.calls):
            yield Verdict(
                "nothing_pushed",
                Mark.CANNOT_TELL,
                f"the ids cannot be compared: this home has no finished run to {account}",
                f"Push the history to {account} first, or say --home where its runs are.",
            )
        return
    if pushed.unreadable and calls:
        yield Verdict(
            "package_gone",
            Mark.CANNOT_TELL,
            f"the package of run {pushed.unreadable[0]} cannot be read, so its ids are not known",
            "Push the files again.",
        )
    told: set[tuple[str, str]] = set()
    for call in calls:
        for each in call.ids:
            verdict = (
                _order(each, call, account, pushed)
                if call.name == _ORDER
                else _product(each, call, account, pushed)
            )
            if verdict and (verdict.code, each) not in told:
                told.add((verdict.code, each))
                yield verdict
    yield from _stores(page, account, pushed)


def known_ids(page: Page, pushed: Pushed | None) -> int:
    """How many different ids of products the page names that were pushed."""
    if pushed is None:
        return 0
    return len(
        {
            each
            for call in page.calls
            if call.name != _ORDER
            for each in call.ids
            if _exact(each, call, pushed)
        }
    )


def _sent(text: str, call: Call) -> tuple[str, ...]:
    """An id as the tag sends it: with its namespace, if the page has one."""
    if not call.namespace:
        return (text,)
    # Where the namespace brings no sign of its own, a colon was seen between the two.
    return f"{call.namespace}{text}", f"{call.namespace}:{text}"


def _exact(text: str, call: Call, pushed: Pushed) -> Known | None:
    return next(
        (
            known
            for form in _sent(text, call)
            for known in pushed.of(form, Kind.PRODUCT)
            if known.id == form
        ),
        None,
    )


def _product(text: str, call: Call, account: AccountName, pushed: Pushed) -> Verdict | None:
    if not pushed.products:
        return Verdict(
            "nothing_pushed",
            Mark.CANNOT_TELL,
            f"product ids cannot be compared: no finished run to {account} has sent products",
            f"Push the products to {account} first.",
        )
    if _exact(text, call, pushed):
        return None
    sent = _sent(text, call)[0]
    where = f"line {call.line}, {call.name}: {shorten(sent)!r}"
    for known in _near(text, call, pushed):
        if (said := _meant(where, sent, call, known)) is not None:
            return said
    return Verdict(
        "id_not_pushed",
        Mark.ERROR,
        f"{where} is the id of none of the {counted(pushed.products, 'product')} that were pushed",
        "The page must send the id that was pushed with the product; where the product is new, "
        "push it.",
    )


def _near(text: str, call: Call, pushed: Pushed) -> Iterator[Known]:
    kinds = (Kind.SKU, Kind.VARIANT, Kind.PRODUCT)
    found = [known for form in (text, *_sent(text, call)) for known in pushed.of(form, *kinds)]
    yield from sorted(found, key=lambda each: (each.id != text, kinds.index(each.kind)))


def _meant(where: str, sent: str, call: Call, known: Known) -> Verdict | None:
    """What an id is that is no product's own."""
    own = shorten(known.of)
    if known.kind is Kind.SKU and known.id == sent:
        words = f"{where} is the sku of the product {own!r}, and not its id"
        return _error(words, f"Push the products with id = sku, {_MODE}.")
    if known.kind is Kind.VARIANT and known.id == sent:
        words = f"{where} is a variant: the page should send its parent"
        return _error(words, "Send the id of the product that the variant belongs to.")
    what = "the " + {Kind.SKU: "sku", Kind.VARIANT: "variant"}.get(known.kind, "product")
    reasons = list(_differences(sent, known.id, call))
    if not reasons:
        return None
    words = f"{where} was not pushed, but {what} {shorten(known.id)!r} was: {' and '.join(reasons)}"
    return _error(words, "Let the page and the files write the id in the same way.")


def _differences(sent: str, known: str, call: Call) -> Iterator[str]:
    """Why two ids are not the same that have the same core."""
    if call.namespace and sent.endswith(known):
        yield f"the page puts its namespace {shorten(call.namespace)!r} before it"
        return
    if sent.strip() != sent or known.strip() != known:
        yield "one has blanks around it"
    bare_sent, bare_known = (_bare(each) for each in (sent, known))
    if bare_sent != sent.strip() or bare_known != known.strip():
        longer = "the page" if len(sent) > len(known) else "the file"
        yield f"{longer} has a prefix"
    if bare_sent.lstrip("0") != bare_sent or bare_known.lstrip("0") != bare_known:
        yield "one has zeros before it"
    if bare_sent.lstrip("0") != bare_known.lstrip("0"):
        yield "they differ in capital letters"


def _bare(text: str) -> str:
    return text.strip().rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _error(words: str, remedy: str) -> Verdict:
    return Verdict("id_not_pushed", Mark.ERROR, words, remedy)


def _order(text: str, call: Call, account: AccountName, pushed: Pushed) -> Verdict | None:
    found = pushed.of(text, Kind.ORDER)
    if found and found[0].id == text:
        return None
    where = f"line {call.line}, {call.name}: the order {shorten(text)!r}"
    if found:
        reasons = " and ".join(_differences(text, found[0].id, call))
        words = f"{where} was not pushed, but {shorten(found[0].id)!r} was: {reasons}"
        return _error(words, "Let the page and the files write the id in the same way.")
    return Verdict(
        "order_not_pushed",
        Mark.WARNING,
        f"{where} is none of those pushed to {account}",
        "An order that is newer than the files is not there yet. Make sure that the page sends the "
        "same kind of id as the files have.",
    )


def _computed(page: Page, pushed: Pushed | None) -> Iterator[Verdict]:
    call = next((each for each in page.calls if "ids" in each.unknown), None)
    is_product = any(each.page_type == "product" for each in page.calls)
    has_ids = any(each.ids and each.name != _ORDER for each in page.calls)
    if call is not None and not (call.name != _ORDER and has_ids):
        hint = next(
            (each for each in page.hints if pushed and pushed.of(each, Kind.PRODUCT, Kind.SKU)), ""
        )
        also = f"; for search engines it names {shorten(hint)!r}, which was pushed" if hint else ""
        yield Verdict(
            "set_by_script",
            Mark.CANNOT_TELL,
            f"line {call.line}, {call.name}: the id is set by a script, and cannot be read "
            f"here{also}",
            f"To see it, {DEBUG}.",
        )
    elif is_product and not has_ids:
        yield Verdict(
            "no_pid",
            Mark.WARNING,
            "it says that it is the page of a product, and names no product id",
            'Give init the id: ometria.init("product", {pid: "…"}, "store").',
        )


def _stores(page: Page, account: AccountName, pushed: Pushed) -> Iterator[Verdict]:
    starts = [each for each in page.calls if each.name in {"init", "raw_data"}]
    if not pushed.stores or not starts:
        return
    known = ", ".join(shorten(each) for each in sorted(pushed.stores)[:_SHOWN])
    named = [each for each in starts if each.store]
    for each in named[:1]:
        if each.store not in pushed.stores:
            yield Verdict(
                "unknown_store",
                Mark.WARNING,
                f"line {each.line}, {each.name}: the store id {shorten(each.store)!r} is none of "
                f"those pushed to {account}: {known}",
                "Orders, listings and the tracker must write the store id in the same way.",
            )
    if not named and not any("store" in each.unknown for each in starts):
        yield Verdict(
            "no_store",
            Mark.WARNING,
            f"line {starts[0].line}, {starts[0].name}: no store id, though what was pushed has "
            f"some: {known}",
            'Give init the store id: ometria.init(type, data, "store").',
        )
