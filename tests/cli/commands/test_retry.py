from __future__ import annotations

from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, rows, stored
from tests.emulator.scenarios.scenarios import fault

TOO_MANY = "too many custom fields"


def pushed(shop: Shop, count: int, to: str = "staging") -> dict[str, Any]:
    ended = shop.run("push", shop.contacts(count), "--to", to, "--yes", "--json")
    assert ended.out, ended.err
    return ended.json


def test_a_run_that_left_nothing_is_one_line_and_no_request(
    shop: Shop, emulator: RunningEmulator
) -> None:
    run = pushed(shop, 5)["run"]
    before = rows(emulator, "SELECT COUNT(*) FROM request")
    ended = shop.run("retry", run)
    assert (ended.code, ended.out.count("\n")) == (0, 1), ended.err
    assert shop.run("retry", run, "--json").json["nothing_to_do"] is True
    assert rows(emulator, "SELECT COUNT(*) FROM request") == before
    assert len(shop.run_folders()) == 1


@pytest.mark.usefixtures("errors_with_ids")
def test_what_was_rejected_later_for_a_reason_that_passes_is_sent_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("late_refusal", record_id=["c000003", "c000150"], message=TOO_MANY)
        + fault("late_refusal", record_id="c000007")
    )
    first = pushed(shop, 200)
    assert (first["exit_code"], first["rejected_later"]) == (3, 3)
    emulator.heal()
    ended = shop.run("retry", first["run"], "--json")
    assert ended.code == 0, ended.err
    assert "2 records rejected later for a temporary reason" in ended.err
    again = ended.json
    assert (again["accepted"], again["retry_of"]) == (2, first["run"])
    assert len(stored(emulator)) == 199
    shown = shop.run("show", again["run"])
    assert f"Retries:   run {first['run']}" in shown.out
    assert shop.run("show", again["run"], "--json").json["retry_of"] == first["run"]


def test_refused_content_is_sent_again_only_if_the_user_asks(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=422, record_id="c000003"))
    first = pushed(shop, 10)
    assert first["refused"] == 1
    emulator.heal()
    assert "Nothing to do" in shop.run("retry", first["run"]).out
    ended = shop.run("retry", first["run"], "--refused-too", "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 1)
    assert len(stored(emulator)) == 10


@pytest.mark.parametrize(
    "counts",
    [{"drop": 1, "accepted_less": 1}, {"drop": 5, "accepted_less": 5, "rejected": 5}],
)
def test_batches_with_receipts_that_leave_doubts_are_sent_again_as_they_were(
    shop: Shop,
    emulator: RunningEmulator,
    counts: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without any requests to find rejected records with, they stay counted.
    monkeypatch.setattr(
        "ometria_import.delivery.pacing.splitting.SplitBudget.take", lambda *_: False
    )
    # Either of two batches in flight at once may arrive first.
    emulator.play(fault("answer", request=1, **counts))
    first = pushed(shop, 200)
    assert first["exit_code"] == 3
    emulator.heal()
    ended = shop.run("retry", first["run"], "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 100)
    assert len(stored(emulator)) == 200


def test_a_retry_does_not_overwrite_what_a_later_run_sent(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id="c000003", message=TOO_MANY))
    first = pushed(shop, 10)
    emulator.heal()
    pushed(shop, 12)
    ended = shop.run("retry", first["run"])
    assert ended.code == 2
    assert "--even-if-older" in ended.err
    assert shop.run("retry", first["run"], "--even-if-older").code == 0


def test_retries_of_a_retry_send_nothing_newer(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("late_refusal", record_id="c000003", message=TOO_MANY))
    run = first = pushed(shop, 10)["run"]
    for _ in range(2):
        run = shop.run("retry", run, "--json").json["run"]
    emulator.heal()
    ended = shop.run("retry", first)
    assert ended.code == 0, ended.err
    assert len(stored(emulator)) == 10


def test_a_run_that_cannot_be_read_may_have_sent_what_is_newer(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id="c000003", message=TOO_MANY))
    first = pushed(shop, 10)
    emulator.heal()
    later = pushed(shop, 12)["run"]
    (shop.run_folders()[-1] / "journal.db").write_bytes(b"no journal at all" * 500)
    ended = shop.run("retry", first["run"])
    assert ended.code == 2
    assert f"run {later} cannot be read and may have sent contact records" in ended.err


def test_live_is_confirmed_and_an_unfinished_run_is_resumed_instead(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id="c000003", message=TOO_MANY))
    first = pushed(shop, 10, "live")
    emulator.heal()
    ended = shop.run("retry", first["run"])
    assert (ended.code, "--yes" in ended.err) == (2, True)
    assert len(shop.run_folders()) == 1
    assert shop.run("retry", first["run"], "--yes").code == 0
    assert len(stored(emulator, "live")) == 10
    emulator.revoke_key()
    stopped = shop.run("push", shop.contacts(20), "--to", "staging", "--json").json
    ended = shop.run("retry", stopped["run"])
    assert (ended.code, "ometria-import resume" in ended.err) == (2, True)


def test_a_dry_run_and_another_address_are_refused(shop: Shop, emulator: RunningEmulator) -> None:
    dry = shop.run("push", shop.contacts(3), "--to", "staging", "--dry-run", "--json").json
    assert shop.run("retry", dry["run"]).code == 2
    emulator.play(fault("late_refusal", record_id="c000002", message=TOO_MANY))
    first = pushed(shop, 5)
    shop.send_to("http://127.0.0.1:1/v2")
    assert "base_url" in shop.run("retry", first["run"]).err
