"""What must hold of a trial whatever went wrong; each finding begins with its rule's number."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.torture.evidence import (
    Arrival,
    Key,
    Packed,
    Received,
    RunEvidence,
    holes_in_privacy,
    read_json,
)
from tests.torture.shop import FILES, MARK_IN

if TYPE_CHECKING:
    from tests.torture.launching import Session
    from tests.torture.trial import Trial

MAX_RECORDS = 100
MAX_RECORD_BYTES = 60_000
MAX_WAIT_S = 300.0
"""The longest `Retry-After` that is obeyed, as documented."""

_DONE = frozenset({0, 3})
_ORDER = {object_type: place for place, object_type in enumerate(FILES)}
_SHOWN = 3
_ROUNDING_S = 0.01
_TOO_MANY = 429
_UNREAD = "could not be read before sending"
"""A first reading that was not there is a warning, and no reject: the list was read later."""


def of_a_command(trial: Trial, session: Session) -> Iterator[str]:
    """What must hold whenever a command has ended."""
    text = session.out + session.err
    stops = frozenset[int]().union(*(fault.stops for fault in trial.faults))
    if session.code == 1 or "Traceback" in text or "this is a bug" in text:
        yield f"4: a bug shows itself: {_end_of(session.err)}"
    elif not session.is_killed and session.code not in stops | _DONE:
        yield f"4: exit code {session.code} is not among {sorted(stops)}: {_end_of(text)}"
    yield from of_screens(trial, session)


def of_screens(trial: Trial, session: Session) -> Iterator[str]:
    """What must hold of everything that is shown."""
    text = session.out + session.err
    if from_key(trial) in text:
        yield "0: the key is on the screen"
    if "\x1b" in text:
        yield "0: an escape sequence is on the screen"


def of_the_end(
    trial: Trial, received: Received, runs: list[RunEvidence], shown: Session
) -> Iterator[str]:
    """What must hold once the run is finished, by the emulator's database and by files."""
    yield from (f"0: {hole}" for hole in holes_in_privacy(trial.home, from_key(trial)))
    if not runs:
        yield "1: there is no run"
        return
    last = runs[-1]
    yield from _rows_are_somewhere(trial, last)
    yield from _records_are_somewhere(trial, received, last)
    yield from _nothing_invented(received, runs)
    yield from _limits_held(received)
    yield from _throttles_obeyed(trial, received)
    yield from _order_held(trial, received, runs)
    yield from _sums_agree(trial, received, last, shown)
    yield from _requests_agree(trial, received, runs)


def from_key(trial: Trial) -> str:
    """The key that must be nowhere."""
    return trial.environment["OMETRIA_STAGING_KEY"]


def _rows_are_somewhere(trial: Trial, run: RunEvidence) -> Iterator[str]:
    """1: every row is a record of the package, or in a reject file with a reason."""
    wanted = trial.shop.wanted()
    packed = {packed.key: json.loads(packed.body) for packed in run.records}
    wrong = [
        f"{key}: {mark} became {packed.get(Key(*key), {}).get(MARK_IN[key[0]])}"
        for key, mark in wanted.items()
        if packed.get(Key(*key), {}).get(MARK_IN[key[0]]) != mark
    ]
    yield from _told("1: rows that are not in the package as they should", wrong)
    yield from _told("1: records of no row", sorted(map(str, packed.keys() - wanted.keys())))
    reasons = {
        value: row.get("reject_reasons", "")
        for row in run.rejected_rows
        for value in row.values()
        if value.startswith("row ")
    }
    missing = [row.mark for row in trial.shop.bad() if not reasons.get(row.mark)]
    yield from _told("1: bad rows without a reject and its reason", missing)


def _records_are_somewhere(trial: Trial, received: Received, run: RunEvidence) -> Iterator[str]:
    """1: every record is stored as it was encoded, or rejected with a reason, and never both."""
    refused = {each.key: each for each in run.refused}
    unclear = {batch.number for batch in run.batches if batch.unclear}
    lost, both, unexplained, changed = [], [], [], []
    for record in run.records:
        value = read_json(record.body)
        is_stored = received.stored.get(record.key) == value
        reject = refused.get(record.key)
        if reject is not None:
            if not reject.reasons.strip():
                unexplained.append(str(record.key))
            if reject.value != value:
                changed.append(str(record.key))
            if is_stored and record.batch not in unclear:
                both.append(str(record.key))
        elif not is_stored and not _is_told_of(trial, record, run, unclear):
            lost.append(str(record.key))
    yield from _told("1: LOST, neither stored nor rejected", lost)
    yield from _told("1: both stored and rejected", both)
    yield from _told("1: rejected without a reason", unexplained)
    yield from _told("1: other in the reject file than in the package", changed)


def _is_told_of(trial: Trial, record: Packed, run: RunEvidence, unclear: set[int]) -> bool:
    """Whether a record that is not stored is among those of which the program says so."""
    if record.batch in unclear:
        return any(row["code"].endswith("062") for row in run.told)
    if record.key.id not in trial.late:
        return False
    # A late error that names no record is told of by batches and fields; where the list could
    # not be read or overflowed, that is said.
    return bool(run.told) or any("Late errors" in each.out for each in trial.sessions)


def _nothing_invented(received: Received, runs: list[RunEvidence]) -> Iterator[str]:
    """1: what the emulator took in is a record of a package to the byte."""
    known = {record.body for run in runs for record in run.records}
    strange = [str(receipt.key) for receipt in received.receipts if receipt.body not in known]
    yield from _told("1: records that no package has", strange)


def _limits_held(received: Received) -> Iterator[str]:
    """2: at most 100 records of one type in a request, and 60 kB in each."""
    sizes = Counter(receipt.request for receipt in received.receipts)
    types = {(receipt.request, receipt.key.object_type) for receipt in received.receipts}
    yield from _told("2: over 100 records", [str(n) for n, c in sizes.items() if c > MAX_RECORDS])
    if len(types) != len(sizes):
        yield "2: a request with more than one object type"
    large = [str(each.key) for each in received.receipts if len(each.body) > MAX_RECORD_BYTES]
    yield from _told("2: records over 60,000 bytes", large)
    # What the emulator refuses of its own accord broke a rule.
    odd = [
        f"request {each.number}: {each.status} {each.reason}"
        for each in received.arrivals
        if each.status in (400, 413, 415, 422) and not each.faults
    ]
    yield from _told("2: refused by the push API's own rules", odd)


def _throttles_obeyed(trial: Trial, received: Received) -> Iterator[str]:
    """2: what met a 429 was sent again, and no sooner than it was told."""
    by_body: dict[str, list[Arrival]] = {}
    for arrival in received.arrivals:
        by_body.setdefault(arrival.sha256, []).append(arrival)
    early, never = [], []
    for arrivals in by_body.values():
        for before, after in pairwise(arrivals):
            if before.status == _TOO_MANY and _is_too_early(trial, before, after):
                early.append(
                    f"request {after.number}: {after.arrived_s - before.arrived_s:.2f} s after "
                    f"Retry-After {before.retry_after}"
                )
        if arrivals[-1].status == _TOO_MANY:
            never.append(f"request {arrivals[-1].number}")
    yield from _told("2: sooner than told", early)
    yield from _told("2: met a 429 and was not sent again", never)


def _is_too_early(trial: Trial, before: Arrival, after: Arrival) -> bool:
    if _session_at(trial, before.arrived_s) != _session_at(trial, after.arrived_s):
        return False  # a new process knows nothing of the old one's answers
    is_date = before.retry_after is not None and "GMT" in before.retry_after
    if is_date and trial.warp.date_changes:
        return False
    wait_s = min(max(before.retry_after_s or 0.0, 0.0), MAX_WAIT_S)
    return after.arrived_s - before.arrived_s < wait_s - _ROUNDING_S


def _session_at(trial: Trial, moment_s: float) -> int:
    ended = sum(session.ended_s < moment_s for session in trial.sessions)
    begun = sum(session.began_s <= moment_s for session in trial.sessions)
    # What a killed process had sent may be read after its end, and is not the next one's.
    return min(ended, max(begun - 1, 0))


def _order_held(trial: Trial, received: Received, runs: list[RunEvidence]) -> Iterator[str]:
    """3: records of one key in their order, products before contacts before orders."""
    by_request = {receipt.request: receipt.key.object_type for receipt in received.receipts}
    versions: dict[bytes, int] = {}
    types: dict[str, str] = {}
    for place, run in enumerate(runs):
        for record in run.records:
            versions[record.body] = place
        for batch in run.batches:
            sha = next((sha for sha, number in run.shas.items() if number == batch.number), "")
            types[sha] = batch.object_type
    reached: dict[int, int] = {}
    late = []
    for arrival in received.arrivals:
        object_type = types.get(arrival.sha256) or by_request.get(arrival.number)
        if object_type is None:
            continue
        session = _session_at(trial, arrival.arrived_s)
        place = _ORDER[object_type]
        if place < reached.get(session, 0) and len(runs) == 1:
            late.append(f"request {arrival.number} with {object_type}s")
        reached[session] = max(reached.get(session, 0), place)
    yield from _told("3: an earlier object type after a later one", late)
    if len(runs) == 1:
        yield from _complete_before_next(received, runs[0])
    newest: dict[Key, int] = {}
    back = []
    for receipt in received.receipts:
        version = versions.get(receipt.body, 0)
        if version < newest.get(receipt.key, 0):
            back.append(str(receipt.key))
        newest[receipt.key] = max(version, newest.get(receipt.key, 0))
    yield from _told("3: an older record of a key after a newer one", back)


def _complete_before_next(received: Received, run: RunEvidence) -> Iterator[str]:
    """3: when the first record of a type comes, all of the types before it have been settled."""
    first: dict[str, int] = {}
    for receipt in received.receipts:
        first.setdefault(receipt.key.object_type, receipt.request)
    settled = {each.key: each.request for each in reversed(received.receipts)}
    unsettled = {each.key for each in run.refused}
    unclear = {batch.number for batch in run.batches if batch.unclear}
    early = [
        f"{record.key} came after the first {object_type}"
        for object_type, request in first.items()
        for record in run.records
        if _ORDER[record.key.object_type] < _ORDER[object_type]
        and record.key not in unsettled
        and record.batch not in unclear
        and settled.get(record.key, 0) > request
    ]
    yield from _told("3: a type began before the one before it was done", early)


def _sums_agree(
    trial: Trial, received: Received, run: RunEvidence, shown: Session
) -> Iterator[str]:
    """4: journal, summary and emulator agree, and the exit code says what happened."""
    if shown.code not in _DONE:
        yield f"4: show ended with {shown.code}: {_end_of(shown.err)}"
        return
    said = json.loads(shown.out)
    batches = {record.batch for record in run.records}
    unclear = {batch.number for batch in run.batches if batch.unclear}
    taken_in = {receipt.body for receipt in received.receipts}
    sums = {
        "records": (sum(said["records"].values()), len(run.records)),
        "batches": (said["batches"], len(batches)),
        "batches settled": (said["batches_settled"], len(run.batches)),
        "to send": (said["to_send"], 0),
        "rejected rows": (said["rejected"], len(trial.shop.bad())),
        **{name: (said[name], run.sum_of(name)) for name in ("accepted", "skipped", "unclear")},
        "refused": (said["refused"], run.sum_of("refused") + run.sum_of("rejected")),
        "requests": (said["requests"], run.sum_of("attempts")),
        "accepted, by the emulator": (
            run.sum_of("accepted"),
            sum(record.body in taken_in and record.batch not in unclear for record in run.records),
        ),
    }
    for name, (one, other) in sums.items():
        if one != other:
            yield f"4: the sums of {name} differ: {one} and {other}"
    yield from _exit_code_is_true(trial, run)


def _requests_agree(trial: Trial, received: Received, runs: list[RunEvidence]) -> Iterator[str]:
    """4: no request arrives that was not journaled first."""
    if any(fault.forgets_requests for fault in trial.faults):
        return
    met, counted = len(received.arrivals), sum(run.sum_of("attempts") for run in runs)
    if met > counted:
        yield f"4: {met} requests arrived, the journals count {counted}"


def _exit_code_is_true(trial: Trial, run: RunEvidence) -> Iterator[str]:
    ended = next((each for each in reversed(trial.sessions) if each.code in _DONE), None)
    doubtful = [row for row in run.told if _UNREAD not in row["message"]]
    has_rejects = bool(trial.shop.bad() or run.refused or doubtful)
    # Nothing to do repeats what is open of a run that is finished.
    if ended is not None and (ended.code == 3) is not has_rejects:
        yield f"4: exit code {ended.code}, and rejects: {has_rejects}"


def _told(what: str, found: list[str]) -> Iterator[str]:
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"{what}: {', '.join(found[:_SHOWN])}{more}"


def _end_of(text: str) -> str:
    lines = [line for line in text.splitlines() if re.search(r"\S", line)]
    return " / ".join(lines[-_SHOWN:])
