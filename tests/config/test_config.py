from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.config import (
    DEFAULT_BASE_URL,
    AccountKind,
    AccountName,
    Secret,
    Settings,
    checked_base_url,
    load_settings,
)
from ometria_import.errors import ExitCode, UsageError

CANARY = "CANARY-key-4711"
KEYS = {"OMETRIA_STAGING_KEY": "key-of-staging", "OMETRIA_LIVE_KEY": "key-of-live"}


def settings(tmp_path: Path, text: str, environ: Mapping[str, str] = KEYS) -> Settings:
    path = tmp_path / "ometria-import.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def refusal(tmp_path: Path, text: str, environ: Mapping[str, str] = KEYS) -> UsageError:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, text, environ).account(AccountName.STAGING)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value


def test_without_a_file_the_environment_and_the_defaults_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(None, KEYS)
    account = loaded.account(AccountName.LIVE)
    assert loaded.path is None
    assert (account.name, account.base_url, account.rate_per_s) == ("live", DEFAULT_BASE_URL, 8)
    assert account.key.reveal() == "key-of-live"


def test_the_file_of_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ometria-import.toml").write_text("[accounts.staging]\nrate = 4\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}).accounts[AccountName.STAGING].rate_per_s == 4


def test_each_account_has_its_own_address_rate_and_variable(tmp_path: Path) -> None:
    text = """
    [accounts.staging]
    base_url = "http://127.0.0.1:8081/v2/"
    rate = 2.5
    key_env = "OMETRIA_SHOP_KEY"
    """
    loaded = settings(tmp_path, text, {"OMETRIA_SHOP_KEY": "k1", "OMETRIA_LIVE_KEY": "k2"})
    staging, live = loaded.account(AccountName.STAGING), loaded.account(AccountName.LIVE)
    assert (staging.base_url, staging.rate_per_s) == ("http://127.0.0.1:8081/v2", 2.5)
    assert (staging.key_env, staging.key.reveal()) == ("OMETRIA_SHOP_KEY", "k1")
    assert (live.base_url, live.key.reveal()) == (DEFAULT_BASE_URL, "k2")


def test_a_dry_run_needs_no_key(tmp_path: Path) -> None:
    assert settings(tmp_path, "", {}).accounts[AccountName.STAGING].rate_per_s == 8


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "[acounts.staging]",
            ":1: unknown key 'acounts' (did you mean 'accounts'?)",
            "Known here: ",
        ),
        (
            "[accounts.stagin]",
            ":1: the account 'stagin' in [accounts] has no kind (did you mean 'staging'?)",
            'Write kind = "staging" or kind = "live"',
        ),
        (
            "[accounts.live]\nkind = 'staging'",
            ":2: 'kind' of the account live is staging",
            "is live",
        ),
        (
            "[accounts.de]\nkind = 'liv'",
            ":2: 'kind' in [accounts.de] must be staging or live",
            "",
        ),
        (
            "[accounts.DE]\nkind = 'live'",
            ":1: 'DE' in [accounts] cannot be the name",
            "small letters",
        ),
        ("[accounts.check]\nkind = 'live'", "cannot be the name of an account", "none of check"),
        (
            "[accounts.de]\nkind = 'live'\nkey_env = 'OMETRIA_LIVE_KEY'",
            "which holds the key of live",
            "OMETRIA_DE_KEY",
        ),
        (
            "[accounts.live]\nkey_env = 'OMETRIA_DE_KEY'\n[accounts.de]\nkind = 'live'",
            "which holds the key of de",
            "OMETRIA_LIVE_KEY",
        ),
        (
            "\n[accounts.staging]\nrate = 8" + "0" * 5_000,
            ":3: the settings file holds a number of far too many digits",
            "Correct it",
        ),
        (
            "[accounts.staging]\nrates = 8",
            ":2: unknown key 'rates' in [accounts.staging] (did you mean 'rate'?)",
            "Known here: ",
        ),
        (
            "[accounts.staging]\nbaseurl = 'x'",
            "(did you mean 'base_url'?)",
            "Known here: ",
        ),
        (
            "[accounts.live]\nzzz = 8",
            "unknown key 'zzz' in [accounts.live]",
            "Known here: kind, base_url, rate",
        ),
        (f"[accounts.live]\nkey = '{CANARY}'", "unknown key 'key'", "environment"),
        (
            "[accounts.live]\nbetween = '1-6'",
            ":2: 'between' in [accounts.live]: '1-6' is not hours of a day",
            "01:00-06:00",
        ),
        ("[accounts.live]\nbetween = '06:00-06:00'", "write always to send at any time", "clock"),
        ("accounts = 8", ":1: 'accounts' must be a table", "[accounts.NAME]"),
        ("[accounts]\nlive = 8", ":2: 'live' in [accounts] must be a table", "[accounts.live]"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_suggestion(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert "ometria-import.toml" in error.message
    assert message in error.message
    assert hint in error.hint
    assert CANARY not in error.message + error.hint


@pytest.mark.parametrize(
    "rate", ["0", "1e-300", "-1", "101", "1e308", "9" * 30, "nan", "inf", "true", "'8'", "[8]"]
)
@pytest.mark.parametrize("name", ["rate", "read_rate"])
def test_a_rate_that_makes_no_sense_is_refused(tmp_path: Path, rate: str, name: str) -> None:
    assert (
        f"'{name}' in [accounts.live] must be a number from 0.01 to 100"
        in refusal(tmp_path, f"[accounts.live]\n{name} = {rate}").message
    )


def test_the_rate_of_reads_is_the_accounts_own(tmp_path: Path) -> None:
    read = settings(tmp_path, "[accounts.live]\nread_rate = 10\n", {"OMETRIA_LIVE_KEY": "k"})
    assert read.accounts[AccountName.STAGING].reads_per_s == 4
    assert read.account(AccountName.LIVE).reads_per_s == 10


def test_bad_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, "[accounts.live]\nrate = 8\nbase_url = what\n")
    assert ":3: " in error.message


def test_a_file_that_is_no_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"# fine\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"\.toml:2: "):
        load_settings(path, {})


@pytest.mark.parametrize("text", ["x = " + "[" * 50_000, "#" * 2_000_000])
def test_a_file_made_to_exhaust_is_refused(tmp_path: Path, text: str) -> None:
    assert "ometria-import.toml" in refusal(tmp_path, text).message


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            load_settings(path, {})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/v2",
        "http://127.8.8.8/v2",
        "http://[::1]:8081/v2",
        "http://localhost:8081",
        "https://api.example.com/v2",
    ],
)
def test_these_addresses_are_taken(url: str) -> None:
    assert checked_base_url(url + "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v2",
        "http://127.0.0.1.example.com/v2",
        "http://localhost.example.com/v2",
        "http://0.0.0.0/v2",
        "http://2130706433/v2",
        "ftp://127.0.0.1/v2",
        "https://user:secret@api.example.com/v2",
        "https://api.example.com/v2?x=1",
        "https://api.example.com/v2#x",
        "https://api.example.com:port/v2",
        "https://[::1",
        "https://",
        "api.example.com/v2",
        "",
        "https://api.example.com/v2\n",
        "https://api.exämple.com/v2",
        "https://api.example.com/a b",
    ],
)
def test_these_addresses_are_refused(tmp_path: Path, url: str) -> None:
    text = f"[accounts.live]\nbase_url = '''{url}'''"
    assert "base_url" in refusal(tmp_path, text).message


def test_an_address_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "base_url" in refusal(tmp_path, "[accounts.live]\nbase_url = 8").message


@pytest.mark.parametrize("value", [f"'{CANARY}'", "''", "8", "'a=b'"])
def test_a_variable_name_that_is_none_is_refused_without_repeating_it(
    tmp_path: Path, value: str
) -> None:
    error = refusal(tmp_path, f"[accounts.staging]\nkey_env = {value}")
    assert "key_env" in error.message
    assert CANARY not in error.message + error.hint


@pytest.mark.parametrize("environ", [{}, {"OMETRIA_STAGING_KEY": ""}])
def test_a_missing_key_names_its_variable(tmp_path: Path, environ: Mapping[str, str]) -> None:
    assert "OMETRIA_STAGING_KEY" in refusal(tmp_path, "", environ).message


@given(
    before=st.text(max_size=5),
    bad=st.sampled_from(["\n", "\r", " ", "\t", "é", "\x00", "\x7f", "\u2028"]),
)
def test_a_malformed_key_is_refused_and_never_shown(
    tmp_path_factory: pytest.TempPathFactory, before: str, bad: str
) -> None:
    key = CANARY + before + bad
    error = refusal(tmp_path_factory.mktemp("s"), "", {"OMETRIA_STAGING_KEY": key})
    shown = "".join(traceback.format_exception(error)) + error.hint
    assert "OMETRIA_STAGING_KEY" in error.message
    assert CANARY not in shown


def test_the_same_key_for_both_accounts_is_refused(tmp_path: Path) -> None:
    environ = {"OMETRIA_STAGING_KEY": CANARY, "OMETRIA_LIVE_KEY": f" {CANARY}\n"}
    error = refusal(tmp_path, "", environ)
    assert "the same key" in error.message
    assert CANARY not in error.message + error.hint


def test_one_variable_for_both_accounts_is_refused(tmp_path: Path) -> None:
    text = "[accounts.staging]\nkey_env = 'OMETRIA_K'\n[accounts.live]\nkey_env = 'OMETRIA_K'"
    assert "the same key" in refusal(tmp_path, text, {"OMETRIA_K": CANARY}).message


def test_a_key_shows_itself_to_nobody(tmp_path: Path) -> None:
    loaded = settings(tmp_path, "", {"OMETRIA_STAGING_KEY": CANARY})
    account = loaded.account(AccountName.STAGING)
    secret = account.key
    for shown in (repr(secret), str(secret), f"{secret}", repr(account), repr(loaded)):
        assert CANARY not in shown
    with pytest.raises(TypeError):
        pickle.dumps(account)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert secret != CANARY
    assert len({secret, Secret(CANARY)}) == 1
    assert secret.removed_from(f"bad key {CANARY}") == "bad key ***"


def test_further_accounts_have_a_kind_a_key_and_the_rules_of_their_kind(tmp_path: Path) -> None:
    text = """
[accounts.brand-de]
kind = "live"
[accounts.brand-de-test]
kind = "staging"
rate = 2
"""
    keys = {**KEYS, "OMETRIA_BRAND_DE_KEY": "key-of-de", "OMETRIA_BRAND_DE_TEST_KEY": "key-of-test"}
    loaded = settings(tmp_path, text, keys)
    assert list(loaded.accounts) == ["staging", "live", "brand-de", "brand-de-test"]
    live, test = (
        loaded.account(loaded.named("Brand-DE")),
        loaded.account(loaded.named("brand-de-test")),
    )
    assert (live.name, live.name.is_live, live.key.reveal()) == ("brand-de", True, "key-of-de")
    assert (test.name.is_live, test.rate_per_s, test.key.reveal()) == (False, 2, "key-of-test")
    assert (live.consent_rule, test.consent_rule) == ("keep", "file")


def test_an_account_that_nobody_knows_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    loaded = settings(tmp_path, '[accounts.brand-de]\nkind = "live"\n')
    with pytest.raises(UsageError, match="is called 'brandd-e'") as no:
        loaded.named("brandd-e")
    assert "(did you mean 'brand-de'?)" in no.value.message
    assert "staging, live, brand-de" in no.value.hint
    with pytest.raises(UsageError, match="has no such account"):
        loaded.account(AccountName("gone", AccountKind.LIVE))
    with pytest.raises(UsageError, match="says that it is live"):
        loaded.account(AccountName("brand-de", AccountKind.STAGING))


@given(st.from_regex(r"[a-z][a-z0-9-]{0,28}[a-z0-9]", fullmatch=True), st.sampled_from(AccountKind))
def test_the_name_of_an_account_keeps_its_kind_when_it_is_stored(
    name: str, kind: AccountKind
) -> None:
    named = AccountName(name, AccountKind(name) if name in list(AccountKind) else kind)
    read = AccountName.of_stored(named.stored)
    assert (read, read.kind) == (named, named.kind)
