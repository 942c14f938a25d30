"""What a delivery that stops leaves on the screen: an exit code, a next command that works."""

from __future__ import annotations

import re
import shlex
import socket

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Ended, Shop, packed, rows, stored, values
from tests.emulator.scenarios.scenarios import fault


def next_command(ended: Ended) -> list[str]:
    """The command that stands after `Next:` on the screen, as words."""
    (line,) = re.findall(r"^Next: (ometria-import .*)$", ended.out + ended.err, re.MULTILINE)
    program, *words = shlex.split(line)
    assert program == "ometria-import"
    return words


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (fault("revoke_key", request=2), 5),
        (fault("answer", status=401, from_request=2), 5),
        (fault("answer", status=404, from_request=2), 5),
        (fault("answer", status=407, from_request=2), 2),
        (fault("redirect", to="https://elsewhere.example.com/", from_request=2), 5),
        (fault("answer", status=503, from_request=2), 75),
        (fault("answer", body="html", from_request=2), 75),
        (fault("rate_limited", retry_after=1, from_request=2), 75),
        (fault("queue_full", retry_after_date_s=2, from_request=2), 75),
        (fault("reset", moment="processed", from_request=2), 75),
        (fault("refuse", request=2), 75),
    ],
    ids=lambda value: value.split('"')[1] if isinstance(value, str) else str(value),
)
def test_after_a_stop_the_next_command_on_the_screen_works(
    scenario: str, code: int, shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(scenario)
    stopped = shop.run("push", shop.products(250), "--to", "staging", "--give-up-after", "0.1")
    assert stopped.code == code
    assert "Traceback" not in stopped.err
    assert "elsewhere.example.com" not in stopped.out
    emulator.heal()
    finished = shop.run(*next_command(stopped))
    assert finished.code == 0, finished.err
    assert values(stored(emulator)) == values(packed(shop.the_package()))


def test_a_name_that_cannot_be_found_stops_the_run_until_it_can(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.send_to(emulator.base_url.replace("127.0.0.1", "localhost"))

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", fail)
        words = ("--to", "staging", "--give-up-after", "0.1")
        stopped = shop.run("push", shop.products(50), *words)
    assert stopped.code == 75
    assert "name resolution" in stopped.err
    assert shop.run(*next_command(stopped)).code == 0
    assert len(stored(emulator)) == 50


def test_an_answer_with_terminal_sequences_is_shown_without_them(
    shop: Shop, emulator: RunningEmulator
) -> None:
    bad = r'text = "\u001b[2J\u001b]0;title\u0007\u009b1A no \u202e"'
    emulator.play(f'[[fault]]\ndo = "answer"\nstatus = 403\n{bad}\n')
    stopped = shop.run("push", shop.products(5), "--to", "staging")
    assert stopped.code == 5
    assert " no " in stopped.err
    shown = stopped.out + stopped.err
    assert not set("\x1b\x07\x9b\u202e") & set(shown)


def test_a_poisonous_record_is_in_the_reject_file_and_the_rest_is_stored(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=422, record_id="p000017", text="Unprocessable"))
    ended = shop.run("push", shop.products(250), "--to", "staging")
    assert ended.code == 3
    [run] = shop.run_folders()
    (refused,) = run.glob("rejects/*-refused.ndjson")
    assert refused.read_text().count("\n") == 1
    assert '"p000017"' in refused.read_text()
    assert len(stored(emulator)) == 249
    assert "Next: " in ended.out


def test_any_run_of_the_account_waits_as_long_as_an_earlier_one_was_told(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("rate_limited", retry_after=4, times=1))
    stopped = shop.run("push", shop.contacts(3), "--to", "staging", "--give-up-after", "1s")
    assert stopped.code == 75, stopped.err
    # The other account has another queue and another rate.
    live = shop.run("push", shop.products(1), "--to", "live", "--yes")
    assert (live.code, "waiting" in live.err) == (0, False), live.err
    ended = shop.run("push", shop.products(2, "others.csv"), "--to", "staging")
    assert (ended.code, "waiting" in ended.err) == (0, True), ended.err
    asked = "SELECT account, arrived_s FROM request WHERE method = 'POST' ORDER BY number"
    moments = [at for account, at in rows(emulator, asked) if account == "staging"]
    assert moments[1] - moments[0] >= 4
