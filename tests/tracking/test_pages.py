"""What is found in pages of all kinds, and what is said of it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.tracking.conftest import LIVE, STAGING, Check

TAG = f'<script src="https://cdn.ometria.com/tags/{STAGING}.js"></script>'
INIT = '<script>ometria.init("product", {"pid": "123"}, "example.com/uk");</script>'
OTHER = "cccc000000000003"


def page(head: str = TAG, body: str = INIT) -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body><p>Kettle</p>{body}</body></html>"


def codes(found: dict[str, Any]) -> list[str]:
    return [each["code"] for each in found["verdicts"]]


def told(found: dict[str, Any], code: str) -> str:
    return next(str(each["text"]) for each in found["verdicts"] if each["code"] == code)


def init(pid: str, store: str = "example.com/uk") -> str:
    return f'<script>ometria.init("product", {{pid: {pid}}}, "{store}")</script>'


def raw(data: dict[str, Any]) -> str:
    return f"<script>window.ometria = {{}}; window.ometria.raw_data = {json.dumps(data)};</script>"


FORMS = {
    "src": TAG,
    "src without scheme": f"<script async src=//cdn.ometria.com/tags/{STAGING}.js></script>",
    "built": f"""<script>setTimeout(function(){{ var s = document.createElement('script');
        s.src = document.location.protocol +
        "//cdn.ometria.com/tags/{STAGING}.js"; }}, 50)</script>""",
    "escaped": f'<script type="application/json">{{"tag":"https:\\/\\/cdn.ometria.com\\/tags\\/'
    f'{STAGING}.js"}}</script>',
    "escaped by number": '<script>x = "\\u002F\\u002Fcdn.ometria.com\\u002Ftags\\u002F'
    f'{STAGING}.js"</script>',
    "first party": f'<script src="/cdn/om/tags/{STAGING}.js"></script>',
    "saved": f'<script src="./Kettle_files/{STAGING}.js"></script>',
    "setting": f'<script>window.ENV = {{"PUBLIC_OMETRIA_ACCOUNT_HASH":"{STAGING}"}}</script>',
    "template": f"<script>const h = '{STAGING}'; load(`//cdn.ometria.com/tags/${{h}}.js`)</script>",
    "upper case": f'<SCRIPT SRC="https://cdn.ometria.com/tags/{STAGING}.js"></SCRIPT >',
    "character reference": f'<script src="https:&#x2F;&#x2F;cdn.ometria.com/tags/{STAGING}.js">'
    "</script>",
    "rocket loader": '<script type="1a2b-text/javascript" '
    f'src="//cdn.ometria.com/tags/{STAGING}.js"></script>',
}


@pytest.mark.parametrize("form", FORMS)
def test_tag_is_found_in_every_form(form: str, check: Check) -> None:
    found = check(page(FORMS[form]))

    assert codes(found) == ["ok"]
    assert {each["hash"] for each in found["tags"]} == {STAGING}
    assert found["tags"][0]["account"] == "staging"
    assert found["page_types"] == ["product"]
    assert found["calls"][0]["ids"] == ["123"]
    assert found["calls"][0]["store"] == "example.com/uk"
    assert found["code"] == 0


NO_TAG = {
    "comment": (f"<!-- {TAG} -->", "no_tag"),
    "comment that never ends": (f"<!-- {TAG}", "no_tag"),
    "noscript": (f"<noscript>{TAG}</noscript>", "no_tag"),
    "textarea": (f"<textarea>{TAG}</textarea>", "no_tag"),
    "template element": (f"<template>{TAG}</template>", "no_tag"),
    "script comment": (
        f"<script>// load('//cdn.ometria.com/tags/{STAGING}.js')\n</script>",
        "no_tag",
    ),
    "nothing": ("", "no_tag"),
    "preload": (f'<link rel="preload" href="//cdn.ometria.com/tags/{STAGING}.js">', "no_tag"),
    "container": (
        "<script>load('https://www.googletagmanager.com/gtm.js?id=GTM-ABC123')</script>",
        "hidden_tag",
    ),
    "container in noscript": (
        '<noscript><iframe src="//www.googletagmanager.com/ns.html?id=GTM-ABC123"></noscript>',
        "hidden_tag",
    ),
    "bundle": ('<script type="module" src="/assets/app.js"></script>', "hidden_tag"),
    "hash set by script": (
        "<script>load('//cdn.ometria.com/tags/' + account + '.js')</script>",
        "hash_computed",
    ),
}


@pytest.mark.parametrize("name", NO_TAG)
def test_tag_that_cannot_be_seen_is_never_said_to_be_right(name: str, check: Check) -> None:
    head, code = NO_TAG[name]

    found = check(page(head, ""))

    assert codes(found)[0] == code
    assert found["code"] == (3 if code == "no_tag" else 0)
    if "container" in name:
        assert "GTM-ABC123" in told(found, code)
        assert found["containers"] == ["GTM-ABC123"]


def test_wrong_account_is_told_with_what_follows_from_it(check: Check) -> None:
    live = TAG.replace(STAGING, LIVE)

    to_staging = check(page(live), "--to", "staging")
    either = check(page(live))

    assert to_staging["code"] == 3
    assert "the tag is that of live, not of staging" in told(to_staging, "wrong_account")
    # Nothing has gone to live, so the ids cannot be compared with anything.
    assert codes(either) == ["nothing_pushed"]
    assert either["account"] == "live"
    assert either["code"] == 0


def test_unknown_hash_and_two_tags_are_errors(check: Check) -> None:
    unknown = check(page(TAG.replace(STAGING, OTHER)))
    two = check(page(f"{TAG}\n{TAG.replace(STAGING, LIVE)}"))
    same = check(page(f"{TAG}{TAG}"))

    assert codes(unknown) == ["unknown_hash"]
    assert OTHER in told(unknown, "unknown_hash")
    assert "two_tags" in codes(two)
    order = told(two, "two_tags")
    assert order.index(f"{STAGING} (staging) on line 1") < order.index(f"{LIVE} (live) on line 2")
    assert codes(same) == ["ok"]


IDS = {
    "sku": ('"KT-1"', "is the sku of the product '123'"),
    "variant": ('"123-R"', "is a variant"),
    "sku of a variant": ('"KT-1-R"', "is the sku of the product '123-R'"),
    "prefix": ('"gid://shopify/Product/123"', "the page has a prefix"),
    "zeros": ('"77"', "one has zeros before it"),
    "case": ('"mug-a"', "they differ in capital letters"),
    "store prefix": ('"uk:123"', "the page has a prefix"),
    "unknown": ('"999"', "is the id of none of the 4 products"),
}


@pytest.mark.parametrize("name", IDS)
def test_id_that_was_not_pushed_is_told_with_what_it_is(name: str, check: Check) -> None:
    pid, words = IDS[name]

    found = check(page(body=init(pid)))

    assert codes(found) == ["id_not_pushed"]
    assert words in told(found, "id_not_pushed")
    assert found["code"] == 3


KNOWN = {
    "number": init("123"),
    "zeros kept": init("'0077'"),
    "single quotes and white space": "<script>ometria . init ( 'product' , { pid : '123' } ,"
    " 'example.com/uk' )</script>",
    "escaped": '<script>ometria.init("pr\\u006fduct", {"p\\x69d": "12\\u{33}"}, "example.com\\/uk")'
    "</script>",
    "plug-in style": "<script>ometria.setPageType('product'); ometria.setPageData({pid:1"
    "23})</script>",
    "data of a Magento shop": raw(
        {"type": "product", "store": "example.com/uk", "data": {"id": 123, "sku": "KT-1"}}
    ),
    "data of a Shopify shop": raw(
        {"template": "product.big", "store": "example.com/uk", "product_id": 123, "cart": [[77]]}
    ).replace("77", '"0077"'),
    "comments": "<script>/* ometria.init('home') */ ometria.init('product', {pid: '123'},"
    " 'example.com/uk') // ometria.init('x')\n</script>",
    "slashes in texts": "<script>var a = '// no', u = 'https://example.com/'; "
    "ometria.init('product', {url: '//example.com', pid: '123'}, 'example.com/uk')</script>",
    "other fields are computed": "<script>ometria.init('product', {name: f('a,)}', `x${y}`), pid:"
    " '123'}, 'example.com/uk')</script>",
}


@pytest.mark.parametrize("name", KNOWN)
def test_id_that_was_pushed_is_found_however_it_is_written(name: str, check: Check) -> None:
    found = check(page(body=KNOWN[name]))

    assert codes(found) == ["ok"], found["verdicts"]
    assert "known" in told(found, "ok")
    assert "product" in found["page_types"]


def test_namespace_is_put_before_ids(check: Check) -> None:
    data = {"template": "product", "store": "example.com/uk", "product_id": 123, "namespace": "uk"}

    found = check(page(body=raw(data)))

    assert codes(found) == ["id_not_pushed"]
    assert "its namespace 'uk' before it" in told(found, "id_not_pushed")


def test_basket_of_a_shopify_page_is_compared_too(check: Check) -> None:
    data = {
        "template": "cart",
        "store": "example.com/uk",
        "cart": [[123, 1, 1, 999], [555, 2, 1, 1]],
    }

    found = check(page(body=raw(data)))

    assert found["page_types"] == ["basket"]
    assert "'555'" in told(found, "id_not_pushed")


COMPUTED = {
    "name": init("product.id"),
    "sum": init("'1' + id"),
    "short": "<script>ometria.init('product', {pid}, 'example.com/uk')</script>",
    "object": "<script>ometria.init('product', data, 'example.com/uk')</script>",
    "template": init("`${id}`"),
    "cut": "<script>ometria.init('product', {pid: </script>",
    "unclosed text": "<script>ometria.init('product', {pid: '123</script>",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_id_that_a_script_sets_is_not_guessed(name: str, check: Check) -> None:
    found = check(page(body=COMPUTED[name]))

    assert codes(found) == ["set_by_script"], found["verdicts"]
    assert "#om_debug" in found["verdicts"][0]["remedy"]
    assert found["code"] == 0


def test_what_search_engines_are_told_is_a_hint_and_no_verdict(check: Check) -> None:
    data = '<script type="application/ld+json">[{"@type": "Product", "sku": "KT-1"}]</script>'

    found = check(page(body=init("id") + data))

    assert codes(found) == ["set_by_script"]
    assert "it names 'KT-1', which was pushed" in told(found, "set_by_script")


WARNINGS = {
    "gated_tag ": page(TAG.replace("src=", "data-cookieblock-src=")),
    "gated_tag": page(TAG.replace("<script", '<script type="text/plain" data-cookieconsent="x"')),
    "late_tag": page("", INIT + TAG),
    "tag_in_body": page("", TAG + INIT),
    "unknown_store": page(body=init("123", "uk")),
    "no_store": page(body='<script>ometria.init("product", {pid: "123"})</script>'),
    "no_pid": page(body='<script>ometria.init("product", {}, "example.com/uk")</script>'),
    "comma_amount": page(body=INIT + '<script>b.addLineItem("123", 1, "12,50")</script>'),
    "no_currency": page(body=INIT + "<script>b.setTotal(12.5)</script>"),
    "no_transaction": page(
        body='<script>ometria.init("confirmation",{},"example.com/uk")</script>'
    ),
    "no_address": page(body=INIT + '<script>ometria.identify("4711")</script>'),
    "order_not_pushed": page(
        body=INIT + '<script>ometria.trackTransaction("o-3")</script>',
    ),
}


@pytest.mark.parametrize("code", WARNINGS)
def test_what_may_be_wrong_is_a_warning(code: str, check: Check) -> None:
    found = check(WARNINGS[code])

    assert [each for each in codes(found) if each != "ok"] == [code.strip()]
    assert {each["mark"] for each in found["verdicts"]} == {"ok", "warning"}
    assert found["code"] == 0


def test_comma_in_an_amount_is_told_as_the_tracker_reads_it(check: Check) -> None:
    found = check(page(body=INIT + '<script>b.setTotal("1.234,56", "EUR")</script>'))

    assert "'1.234,56' has a comma, and the tracker would read it as 1.23456" in told(
        found, "comma_amount"
    )


GOOD_CALLS = (
    '<script>ometria.identify("ann@example.com")</script>',
    '<script>ometria.identify("omid:77")</script>',
    "<script>ometria.identify(customer.email)</script>",
    '<script>b.addLineItem("123", 1, 12.5); b.setTotal("12.50", currency)</script>',
    '<script>ometria.trackTransaction("o-1")</script>',
)


@pytest.mark.parametrize("call", GOOD_CALLS)
def test_calls_as_they_should_be_are_left_alone(call: str, check: Check) -> None:
    found = check(page(body=INIT + call))

    assert codes(found) == ["ok"]
    assert 'example.com"' not in json.dumps(found).replace("example.com/", "")
    assert "ann@" not in json.dumps(found)


def test_tag_without_a_call_sends_nothing(check: Check) -> None:
    alone = check(page(body=""))
    with_modules = check(page(body='<script type="module" src="/app.js"></script>'))

    assert codes(alone) == ["no_call"]
    assert alone["code"] == 3
    assert codes(with_modules) == ["calls_hidden"]


ENCODINGS = {
    "utf-8 with a mark": page().encode("utf-8-sig"),
    "utf-16": page().encode("utf-16"),
    "utf-16 without a mark": page()[0:].replace("<!DOCTYPE html>", "").encode("utf-16-le"),
    "latin-1 that says utf-8": page(f'<meta charset="utf-8"><title>Caf\xe9</title>{TAG}').encode(
        "latin-1"
    ),
    "an encoding that there is not": page(f'<meta charset="klingon">{TAG}').encode(),
    "utf-16 that it is not": page(f'<meta charset="utf-16">{TAG}').encode(),
    "a codec that is no encoding": page(f'<meta charset="hex">{TAG}').encode(),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_page_is_read_in_whatever_encoding_it_is(name: str, check: Check) -> None:
    assert codes(check(ENCODINGS[name])) == ["ok"]


NO_PAGES = {
    "empty": b"",
    "blank": b" \n",
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "table": b"id,title\n1,Kettle\n",
    "json": b'{"a": "<b>"}',
    "archive": b"From: <Saved by Blink>\nMIME-Version: 1.0\n\n<html>",
}


@pytest.mark.parametrize("name", NO_PAGES)
def test_what_is_no_page_is_said_in_a_sentence(name: str, check: Check) -> None:
    found = check(NO_PAGES[name])

    assert codes(found) == ["unreadable"]
    assert found["verdicts"][0]["remedy"]
    assert found["code"] == 4


SIZE = 500_000
HOSTILE = {
    "comments": "<!--",
    "tags": "<a ",
    "quotes": "<a x=\"'",
    "scripts": "<script>",
    "calls": "<script>" + "ometria.init(" * 20_000,
    "brackets": f"<script>{TAG}ometria.raw_data = " + "{a:[" * 20_000,
    "escaped quotes": "<script>ometria.init('" + "\\'" * 200_000,
    "comments in scripts": "<script>ometria.init(/*",
    "tag after tag": f"<script>'//cdn.ometria.com/tags/'+ //cdn.ometria.com/tags/{OTHER}.js ",
    "settings": f"<script>ometriaHash='{OTHER}'\n",
    "references": "<script src='&#1114112;&#xD800;&",
    "structured data": '<script type="application/ld+json">' + "[" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_page_made_to_be_slow_is_read_all_the_same(name: str, check: Check) -> None:
    text = HOSTILE[name]
    begun = time.process_time()

    found = check("<html>" + text * max(SIZE // len(text), 1))

    assert found["verdicts"]
    assert "unreadable" not in codes(found)
    assert time.process_time() - begun < 10
