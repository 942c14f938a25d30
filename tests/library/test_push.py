"""The front door: checking, pushing, resuming and retrying from a program."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ometria_import
from ometria_import import LivePush, Result, StopSignal, check, inspect, push, resume, retry
from ometria_import.delivery import BatchSettled, OutsideHours, RunEnded
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import (
    AccountRefusedError,
    ExitCode,
    InterruptedRunError,
    RejectLimitError,
    SourceError,
    UsageError,
)
from ometria_import.library.reading import Reading
from ometria_import.prepare import SourceDone
from tests.cli.program import pushes, stored
from tests.emulator.scenarios.scenarios import fault


def contacts(count: int, name: str = "contacts.csv") -> Path:
    rows = "".join(f"c{n:06},main,p{n}@example.com\n" for n in range(count))
    path = Path(name)
    path.write_text(f"id,@collection,email\n{rows}")
    return path


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, ometria_import; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"pandas", "pyarrow", "numpy", "httpx", "typer", "rich"}
    ours = {name for name in loaded if name.startswith("ometria_import.")}
    assert ours == {"ometria_import.version"}


def test_everything_that_is_offered_can_be_had_and_has_words() -> None:
    for name in ometria_import.__all__:
        assert getattr(ometria_import, name).__doc__
        assert name in dir(ometria_import)
    with pytest.raises(AttributeError, match="no attribute 'pusch'"):
        _ = ometria_import.pusch


def test_check_tells_sums_problems_and_where_the_files_are(
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = contacts(3)
    path.write_text(path.read_text() + "c9,main,nobody\n")

    result = check(path)

    assert (result.ok, result.exit_code, result.run) == (False, ExitCode.REJECTS, None)
    assert (dict(result.ready), result.rejected) == ({"contact": 3}, 1)
    assert result.sums["rows"]["read"] == 4
    (group,) = result.problems
    assert (group.code, group.field, [str(each) for each in group.places]) == (
        "E012",
        "email",
        ["contacts.csv:5"],
    )
    assert "nobody" in result.problems_file.read_text()
    assert [each.name for each in result.reject_files] == ["contacts.csv"]
    assert capfd.readouterr() == ("", "")


def test_push_sends_and_a_second_one_has_nothing_to_do(
    emulator: RunningEmulator, capfd: pytest.CaptureFixture[str]
) -> None:
    events: list[Any] = []
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    environ = dict(os.environ)

    result = push(contacts(250), to="staging", listener=events.append)

    assert result.ok
    assert result.delivery is not None
    assert (result.delivery.accepted, result.delivery.batches) == (250, 3)
    assert len(stored(emulator)) == 250
    kinds = [type(event) for event in events]
    assert kinds.index(SourceDone) < kinds.index(BatchSettled) < kinds.index(RunEnded)
    again = push("contacts.csv", to="staging")
    assert (again.nothing_to_do, again.run, again.ok) == (True, result.run, True)
    assert pushes(emulator) == 3
    anew = push("contacts.csv", to="staging", new=True)
    assert anew.run != result.run
    assert pushes(emulator) == 6
    # A library prints nothing, and leaves its process as it was.
    assert capfd.readouterr() == ("", "")
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert dict(os.environ) == environ


def test_a_notebook_whose_thread_has_a_loop_can_push(emulator: RunningEmulator) -> None:
    async def cell() -> Result:
        return push(contacts(5), to="staging")

    assert asyncio.run(cell()).ok
    assert len(stored(emulator)) == 5


def test_key_and_address_may_be_arguments(
    emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("ometria-import.toml").unlink()
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    with pytest.raises(UsageError, match="OMETRIA_STAGING_KEY"):
        push(contacts(1), to="staging")

    result = push("contacts.csv", to="staging", key="staging-key", base_url=emulator.base_url)

    assert result.ok
    assert "staging-key" not in repr(result)
    assert "OMETRIA_STAGING_KEY" not in os.environ


def test_a_key_that_is_refused_is_raised_and_the_run_goes_on_with_another(
    emulator: RunningEmulator,
) -> None:
    with pytest.raises(AccountRefusedError) as refused:
        push(contacts(5), to="staging", key="wrong-key")

    result = resume(refused.value.told["run"][:20])

    assert result.ok
    assert result.run == refused.value.told["run"]
    assert len(stored(emulator)) == 5
    with pytest.raises(UsageError, match="no unfinished run"):
        resume()


def test_live_needs_consent_and_each_danger_by_name(emulator: RunningEmulator) -> None:
    Path("contacts.csv").write_text(
        "id,@collection,email,marketing_optin,timestamp_subscribed\n"
        "c1,main,a@example.com,EXPLICITLY_OPTEDIN,2024-05-01T10:00:00Z\n"
    )
    asked: list[LivePush] = []

    def consent(live: LivePush) -> bool:
        asked.append(live)
        return len(asked) > 1

    with pytest.raises(UsageError, match="must be confirmed"):
        push("contacts.csv", to="live")
    with pytest.raises(UsageError, match="welcome campaign") as stopped:
        push("contacts.csv", to="live", confirm=consent)
    assert stopped.value.told["sets_off"]["opted_in"] == 1
    assert asked == []
    with pytest.raises(UsageError, match="not confirmed"):
        push("contacts.csv", to="live", confirm=consent, allow=["welcome-campaigns"])
    assert stored(emulator, "live") == []

    result = push("contacts.csv", to="live", confirm=consent, allow="welcome-campaigns")

    assert result.ok
    assert len(stored(emulator, "live")) == 1
    assert asked[-1].records == {"contact": 1}
    assert any("welcome campaign" in line for line in asked[-1].lines())
    assert not asked[-1].is_accepted_on_staging


def test_stop_ends_a_push_that_resume_finishes(emulator: RunningEmulator) -> None:
    stop = StopSignal()

    def listen(event: object) -> None:
        if isinstance(event, BatchSettled):
            stop.request()

    with pytest.raises(InterruptedRunError) as stopped:
        push(contacts(3_000), to="staging", stop=stop, listener=listen)
    assert 0 < len(stored(emulator)) < 3_000

    Path("contacts.csv").unlink()
    assert resume().run == stopped.value.told["run"]
    assert len(stored(emulator)) == 3_000


def hours_that_are_not_now() -> str:
    hour = time.localtime().tm_hour
    return f"{(hour + 10) % 24:02}:00-{(hour + 12) % 24:02}:00"


def test_a_run_waits_for_its_hours_and_keeps_them_until_told_otherwise(
    emulator: RunningEmulator,
) -> None:
    between = hours_that_are_not_now()

    def wait_in_vain(begin: Callable[..., Result]) -> None:
        stop = StopSignal()
        pauses = list[OutsideHours]()

        def listen(event: object) -> None:
            if isinstance(event, OutsideHours):
                pauses.append(event)
                stop.request()

        with pytest.raises(InterruptedRunError):
            begin(stop=stop, listener=listen)
        assert [each.between for each in pauses] == [between]

    wait_in_vain(lambda **how: push(contacts(3), to="staging", between=between, **how))
    wait_in_vain(resume)
    wait_in_vain(lambda **how: push(contacts(3), to="staging", **how))
    assert pushes(emulator) == 0

    assert resume(between="always").ok
    assert len(stored(emulator)) == 3


def test_hours_of_the_settings_hold_for_a_push_that_says_none(emulator: RunningEmulator) -> None:
    settings = Path("ometria-import.toml")
    said = settings.read_text()
    settings.write_text(said.replace("rate =", f'between = "{hours_that_are_not_now()}"\nrate ='))
    stop = StopSignal()

    def listen(event: object) -> None:
        if isinstance(event, OutsideHours):
            stop.request()

    with pytest.raises(InterruptedRunError):
        push(contacts(3), to="staging", stop=stop, listener=listen)
    assert pushes(emulator) == 0
    # The run keeps the hours that it began with, whatever becomes of the settings.
    settings.write_text(said)
    again = StopSignal()
    stop = again
    with pytest.raises(InterruptedRunError):
        resume(stop=again, listener=listen)
    assert resume(between="always").ok


def test_hours_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="between: '06:00-06:00' begins when it ends"):
        push(contacts(1), to="staging", between="06:00-06:00")


def test_stop_ends_preparing_and_leaves_nothing_behind(emulator: RunningEmulator) -> None:
    stop = StopSignal()
    stop.request()
    with pytest.raises(InterruptedRunError, match="nothing was being sent"):
        push(contacts(5), to="staging", stop=stop)
    assert list(Path(".ometria-import/runs").iterdir()) == []
    assert pushes(emulator) == 0


def test_a_keyboard_interrupt_finishes_what_is_under_way(emulator: RunningEmulator) -> None:
    told: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, BatchSettled) and not told:
            told.append("")
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # Where the suite runs in the background, a shell has SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(InterruptedRunError):
            push(contacts(20_000), to="staging", listener=listen)
    finally:
        signal.signal(signal.SIGINT, before)
    assert pushes(emulator) < 200
    assert resume().ok
    assert len(stored(emulator)) == 20_000


def test_too_many_rejects_send_nothing_and_tell_the_sums(emulator: RunningEmulator) -> None:
    Path("contacts.csv").write_text("id,@collection,email\nc1,main,x\nc2,main,b@example.com\n")
    with pytest.raises(RejectLimitError) as stopped:
        push("contacts.csv", to="staging", max_rejects=0)
    assert stopped.value.told["rejected"] == 1
    with pytest.raises(RejectLimitError):
        check("contacts.csv", max_rejects="0%")
    assert pushes(emulator) == 0


def test_dry_run_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    result = push(contacts(2), to="staging", dry_run=True)
    assert (result.ok, result.dry_run, result.delivery) == (True, True, None)
    assert len((result.folder / "bodies" / "contact.ndjson").read_text().splitlines()) == 2


def test_retry_sends_again_what_was_refused(emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", status=422, record_id="c000001"))
    first = push(contacts(3), to="staging")
    assert (first.exit_code, len(stored(emulator))) == (ExitCode.REJECTS, 2)
    assert first.run is not None
    emulator.heal()
    assert retry(first.run).nothing_to_do
    again = retry(first.run, refused_too=True)
    assert again.ok
    assert again.run != first.run
    assert len(stored(emulator)) == 3


def test_settings_list_sources_where_none_is_given(emulator: RunningEmulator) -> None:
    contacts(2)
    with Path("ometria-import.toml").open("a") as file:
        file.write('[[sources]]\npath = "contacts.csv"\n')
    assert push(to="staging").ok
    assert len(stored(emulator)) == 2


def test_inspect_reports_each_file() -> None:
    (report,) = inspect(contacts(2))
    assert (report.object_type, report.rows, report.is_usable) == ("contact", 2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"returns": "maybe"}, "returns cannot be 'maybe'"),
        ({"timezone": "Europe/Nowhere"}, "timezone: "),
        ({"time_zone": "UTC"}, "there is no argument time_zone"),
    ],
)
def test_arguments_that_are_wrong_are_told(arguments: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(contacts(1), **arguments)


def test_account_and_danger_are_checked() -> None:
    with pytest.raises(UsageError, match="no account is called 'production'"):
        push(contacts(1), to="production")
    with pytest.raises(UsageError, match="allow cannot be 'everything'"):
        push(contacts(1), to="staging", allow=["everything"])
    with pytest.raises(SourceError, match="does not exist"):
        check("nothing.csv")


def test_reading_takes_what_preparing_knows() -> None:
    from dataclasses import fields

    from ometria_import.prepare import PrepareOptions

    not_said = {"by", "max_rejects", "decided", "of_sources"}
    assert set(Reading.__annotations__) == {f.name for f in fields(PrepareOptions)} - not_said
