"""The command: what it takes, what it needs of the settings, and what it shows and keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Shop
from tests.tracking.conftest import LIVE
from tests.tracking.test_pages import init, page


def test_a_folder_is_searched_for_pages_without_what_browsers_save_beside_them(
    at_pushed: Shop, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    for name in ("home.html", "shop/kettle.HTM", "home_files/frame.html", ".git/x.html", "a.txt"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(page())

    ended = at_pushed.run("tracking", "check", str(site), "--json")

    assert [Path(each["page"]).name for each in ended.json["pages"]] == ["home.html", "kettle.HTM"]
    assert ended.json["compared_with"]["staging"]["stores"] == ["example.com/eu", "example.com/uk"]
    assert ended.code == 0


def test_pages_that_cannot_be_read_do_not_hide_the_others(at_pushed: Shop, tmp_path: Path) -> None:
    good, bad, empty = tmp_path / "good.html", tmp_path / "bad.html", tmp_path / "empty"
    good.write_text(page())
    bad.write_text(page(body=init('"KT-1"')))
    empty.mkdir()
    names = [str(each) for each in (good, tmp_path / "gone.html", empty, bad)]

    ended = at_pushed.run("tracking", "check", *names, "a\x01b.html")

    assert ended.code == 4
    assert "ok: the tag of staging on line 1" in ended.out
    assert "good.html  (product, tag of staging)" in ended.out
    assert "error: it cannot be read: No such file or directory" in ended.out
    assert "no page in it" in ended.out
    assert "is the sku of the product '123'" in ended.out
    assert "\x01" not in ended.out
    assert at_pushed.run("tracking", "check", str(good), str(bad)).code == 3


def test_settings_without_a_hash_end_the_command(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page())
    none = shop.run("tracking", "check", "page.html")
    shop.write("ometria-import.toml", f'[accounts.live]\naccount_hash = "{LIVE}"\n')
    of_live = shop.run("tracking", "check", "page.html", "--to", "staging", "--json")

    assert none.code == of_live.code == 2
    assert "no account_hash is set in [accounts.staging] or [accounts.live]" in none.err
    assert "[accounts.staging]" in of_live.json["error"]
    assert shop.run("tracking", "check", "page.html").code == 3


@pytest.mark.parametrize(
    "written", ["ABCDEF0123456789", "abc", "a-key-of-some-length", "01234567 89abcdef"]
)
def test_hash_of_another_shape_is_refused_and_not_repeated(written: str, shop: Shop) -> None:
    shop.write("ometria-import.toml", f'[accounts.live]\naccount_hash = "{written}"\n')

    ended = shop.run("tracking", "check", "page.html")

    assert ended.code == 2
    assert "is not 16 digits and small letters from a to f" in ended.err
    assert written not in ended.err


def test_one_hash_for_both_accounts_is_refused(shop: Shop) -> None:
    shop.write(
        "ometria-import.toml",
        "".join(f'[accounts.{name}]\naccount_hash = "{LIVE}"\n' for name in ("staging", "live")),
    )

    ended = shop.run("tracking", "check", "page.html")

    assert ended.code == 2
    assert "the accounts staging and live have the same account_hash" in ended.err


def test_what_was_found_is_kept_for_its_owner_alone(at_pushed: Shop, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        page(body='<script>ometria.identify("ann@example.com")</script>')
    )

    at_pushed.run("tracking", "check", str(tmp_path / "page.html"), "--to", "staging")

    kept = at_pushed.folder / ".ometria-import" / "tracking" / "staging.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    told = json.loads(kept.read_bytes())
    assert told["to"] == "staging"
    assert told["pages"][0]["account"] == "staging"
    assert "ann@" not in kept.read_text()


def test_a_package_that_is_gone_is_said_to_be(at_pushed: Shop, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page())
    packages = at_pushed.folder / ".ometria-import" / "packages"
    packages.rename(packages.with_name("away"))
    try:
        ended = at_pushed.run("tracking", "check", str(tmp_path / "page.html"), "--json")
    finally:
        packages.with_name("away").rename(packages)

    (found,) = ended.json["pages"]
    assert ended.code == 0
    assert [each["code"] for each in found["verdicts"]] == ["package_gone", "nothing_pushed"]
