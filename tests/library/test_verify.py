from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from ometria_import import StopSignal, push, verify
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import InterruptedRunError, UsageError
from ometria_import.verification import Verdict
from ometria_import.verification.events import RecordsRead

FRAME = pd.DataFrame({"id": ["p1", "p2"], "title": ["Cup", "Mug"], "price": ["1.00", "2.00"]})


def test_pushed_frame_is_verified_from_python(emulator: RunningEmulator) -> None:
    run = push({"product": FRAME}, to="staging").run
    emulator.wait_until_drained()
    events: list[object] = []

    summary = verify(run, sample="all", listener=events.append)

    assert (summary.verdict, summary.run, summary.total("same")) == (Verdict.SAME, run, 2)
    assert any(isinstance(each, RecordsRead) for each in events)
    assert verify(sample=1, types=["product"]).verdict is Verdict.SAME
    assert verify(part=(1, 1), seed="x").seed == "x"
    with pytest.raises(UsageError, match="types"):
        verify(types=["person"])


def test_differences_are_returned_and_a_stop_is_raised(emulator: RunningEmulator) -> None:
    push({"product": FRAME}, to="staging")
    emulator.wait_until_drained()
    emulator.put_record("product", "p1", None)

    assert verify(settle=timedelta(0)).verdict is Verdict.NOT_SETTLED

    stop = StopSignal()
    stop.request()
    with pytest.raises(InterruptedRunError) as raised:
        verify(seed="other", stop=stop)
    assert raised.value.told["verification"]
