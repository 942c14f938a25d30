"""The calls to the tracker in a page's scripts, and the data that its file reads by itself.

Source: reference/tracking.md, "Calls" and "Where product ids stand in a saved page".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ometria_import.tracking.page.literals import (
    COMPUTED,
    Number,
    Value,
    arguments_at,
    value_at,
)
from ometria_import.tracking.page.markup import Lines
from ometria_import.tracking.page.model import Call

_CALL = re.compile(
    r"\bometria\s*+\??\.\s*+(?P<name>init|identify|setBasket|trackTransaction|trackAddToBasket|"
    r"viewProduct|trackCheckout|track|setProfileData|observeEmailInputs|setPageType|setPageData)"
    r"\s*+\("
    r"|\.\s*+(?P<basket>addLineItem|setTotal)\s*+\("
)
_DATA = re.compile(
    r"\b(?P<name>raw_data)[\"']?\s*+[=:]\s*+(?=\{)"
    r"|\b(?P<old>universal_variable)(?:\.page)?\s*+=\s*+(?=\{)"
    r"|\b(?P<plugin>MagentoOmetria)\b"
)
_TYPES = MappingProxyType(
    {
        "landing": "homepage",
        "home": "homepage",
        "index": "homepage",
        "collection": "listing",
        "category": "listing",
        "cart": "basket",
        "order": "confirmation",
        "thank_you": "confirmation",
        "page": "content",
        "blog": "content",
        "article": "content",
        "cms": "content",
    }
)
"""Names of platforms for types of pages."""
_OF_PRODUCT = frozenset({"trackAddToBasket", "viewProduct", "addLineItem"})
MOST_CALLS = 200


def calls_of(script: str, first_line: int, place: int) -> Iterator[Call]:
    """The calls in one script, those first that are calls and no data.

    Args:
        script: Its text without comments.
        first_line: The line of its beginning in the page.
        place: Its place among the scripts of the page.
    """
    lines = Lines(script, first_line)
    for found in _CALL.finditer(script):
        name = found["name"] or found["basket"]
        yield _call(name, lines.at(found.start()), place, arguments_at(script, found.end()))
    lines = Lines(script, first_line)
    for found in _DATA.finditer(script):
        line = lines.at(found.start())
        if found["plugin"]:
            yield Call("MagentoOmetria", line, place, is_data=True)
            continue
        told = value_at(script, found.end())
        name = found["name"] or found["old"]
        yield _data(name, line, place, told if isinstance(told, dict) else {})


def page_type_of(name: str) -> str:
    """The tracker's name for a type of page."""
    plain = name.strip().lower().split(".")[0]
    return _TYPES.get(plain, plain)


def text_of(value: Value) -> str | None:
    """A literal as an id; None where it is none."""
    if isinstance(value, Number):
        return value.text
    return value if isinstance(value, str) else None


def _call(name: str, line: int, place: int, arguments: Sequence[Value]) -> Call:
    given: list[Value] = [*arguments, None, None, None][:3]
    texts: dict[str, Value] = {}
    if name == "init":
        texts["page_type"], texts["store"] = given[0], given[2]
        texts["ids"] = _pid(given[1])
    elif name == "setPageType":
        texts["page_type"] = given[0]
    elif name == "setPageData":
        texts["ids"] = _pid(given[0])
    elif name in _OF_PRODUCT or name == "trackTransaction":
        texts["ids"] = given[0]
    said = {what: text_of(value) or "" for what, value in texts.items()}
    return Call(
        name,
        line,
        place,
        tuple(arguments),
        page_type=page_type_of(said.get("page_type", "")),
        ids=tuple(filter(None, [said.get("ids", "")])),
        store=said.get("store", ""),
        unknown=frozenset(what for what, value in texts.items() if value is COMPUTED),
    )


def _pid(value: Value) -> Value:
    return value.get("pid") if isinstance(value, dict) else value if value is COMPUTED else None


def _data(name: str, line: int, place: int, told: Mapping[str, Value]) -> Call:
    within = told.get("data") if name == "raw_data" else told.get("product")
    page = told.get("page") if isinstance(told.get("page"), dict) else told
    own = within if isinstance(within, dict) else {}
    about = page if isinstance(page, dict) else told
    kind = _first(about, "type", "template", "category")
    is_of_product = page_type_of(kind) == "product"
    pid = told.get("product_id", own.get("id")) if is_of_product else None
    computed = {"ids": pid, "store": told.get("store")}
    ids = [text for value in (pid, *_in_cart(told.get("cart"))) if (text := text_of(value))]
    return Call(
        name,
        line,
        place,
        page_type=page_type_of(kind),
        ids=tuple(dict.fromkeys(ids)),
        store=text_of(told.get("store")) or "",
        unknown=frozenset(what for what, value in computed.items() if value is COMPUTED),
        namespace=_first(told, "namespace"),
        is_data=True,
        has_order=bool(told.get("order")),
    )


def _in_cart(cart: Value) -> Iterator[Value]:
    """The product ids of a basket: the first of each line's values."""
    for item in cart if isinstance(cart, list) else ():
        if isinstance(item, list) and item:
            yield item[0]


def _first(told: Mapping[str, Value], *names: str) -> str:
    return next((text for name in names if (text := text_of(told.get(name)))), "")
