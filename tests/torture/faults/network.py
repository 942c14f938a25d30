"""Faults of the network and of the server: scenarios of the emulator, and what is before it.

Times of a scenario are the trial's clock; latencies and gaps are the world's, so they are
divided by its speed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ometria_import.emulator import ALL_ERRORS_FIELDS
from tests.servers.tls_server import Authority, Certificate, TlsFront
from tests.torture.faults.fault import REFUSED, TEMPORARY, Fault

if TYPE_CHECKING:
    from random import Random

    from tests.torture.child import Order
    from tests.torture.launching import Command, Session
    from tests.torture.trial import Trial

Fields = dict[str, Any]

_LATE_S = (20.0, 90.0)
_SOON_S = 5.0
"""What is heard of without waiting longer than usual."""


def toml(do: str, **fields: Any) -> str:
    """One fault of a scenario: what JSON writes for these values is TOML, too."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[fault]]", f'do = "{do}"', *lines])


class Scripted(Fault):
    """A fault that a scenario of the emulator describes."""

    def __init__(
        self,
        name: str,
        do: str,
        fields: Callable[[Random, Trial], Fields],
        *,
        stops: frozenset[int] = frozenset({TEMPORARY}),
        speed: float = 50.0,
    ) -> None:
        self.name = name
        self.stops = stops
        self.speed = speed
        self._do = do
        self._fields = fields

    def arrange(self, trial: Trial) -> None:
        trial.scenario.append(toml(self._do, **self._fields(trial.chance, trial)))


def _some(chance: Random, **fields: Any) -> Fields:
    """Which requests: a share of them, a burst, or every n-th."""
    match chance.randrange(3):
        case 0:
            which: Fields = {"probability": chance.choice((0.1, 0.3, 0.6)), "times": 12}
        case 1:
            first = chance.randint(1, 10)
            which = {"from_request": first, "to_request": first + chance.randint(0, 8)}
        case _:
            which = {"every": chance.randint(2, 4), "times": 8}
    return which | fields


def _once_or_twice(chance: Random, **fields: Any) -> Fields:
    return {"from_request": chance.randint(1, 6), "times": chance.randint(1, 2)} | fields


def rate_in_seconds() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        if chance.random() < 0.5:
            return _some(chance, retry_after=chance.randint(0, 3))
        return _once_or_twice(chance, retry_after=chance.randint(20, 60))

    return Scripted("429 for the rate, Retry-After in seconds", "rate_limited", fields)


def rate_as_date() -> Fault:
    return Scripted(
        "429 for the rate, Retry-After as a date",
        "rate_limited",
        lambda chance, _: _once_or_twice(chance, retry_after_date_s=chance.choice((-3600, 2, 30))),
    )


def rate_absurd() -> Fault:
    absurd = ("1000000000", "9" * 40, "-5", "soon", "", "1e9", "Sun, 99 Nov 9999 99:99:99 GMT")
    return Scripted(
        "429 for the rate, Retry-After absurd",
        "rate_limited",
        lambda chance, _: _once_or_twice(chance, retry_after=chance.choice(absurd)),
        speed=300.0,
    )


def rate_absent() -> Fault:
    return Scripted(
        "429 for the rate, no Retry-After",
        "rate_limited",
        lambda chance, _: _some(chance),
    )


def queue_scripted() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        wait: Fields = {"retry_after": chance.randint(1, 5)} if chance.random() < 0.5 else {}
        return _some(chance, **wait)

    return Scripted("429 for a full queue", "queue_full", fields)


class FullQueue(Fault):
    """A queue with little room that empties slowly."""

    name = "a queue that is small and slow"
    stops = frozenset({TEMPORARY})

    def arrange(self, trial: Trial) -> None:
        room = trial.batch_records * trial.chance.randint(1, 4)
        trial.limits |= {"queue": room, "drain": room / trial.chance.choice((0.5, 2.0))}


def server_error() -> Fault:
    return Scripted(
        "500, 502, 503 or 504, singly or in bursts",
        "answer",
        lambda chance, _: _some(chance, status=chance.choice((500, 502, 503, 504))),
    )


def error_after_storing() -> Fault:
    return Scripted(
        "a 5xx for a request that was processed",
        "answer",
        lambda chance, _: _some(chance, status=chance.choice((500, 502, 504)), processed=True),
    )


def an_hour_of_503() -> Fault:
    def fields(chance: Random, trial: Trial) -> Fields:
        trial.push_flags += ["--give-up-after", "10800"]
        return {"status": 503, "from_s": chance.randint(0, 5), "until_s": 3600}

    return Scripted("503 for an hour", "answer", fields, speed=1000.0)


def refused() -> Fault:
    return Scripted(
        "the connection refused",
        "refuse",
        lambda chance, _: {"request": chance.randint(1, 8), "for_s": chance.uniform(5, 90)},
    )


def reset_before() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        return _some(chance, moment=chance.choice(("head", "body")))

    return Scripted("reset before the request is processed", "reset", fields)


def reset_after() -> Fault:
    return Scripted(
        "reset after it was processed, the answer lost",
        "reset",
        lambda chance, _: _some(chance, moment="processed"),
    )


def closed() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        return _some(chance, moment=chance.choice(("head", "body", "processed")))

    return Scripted("the connection closed without an answer", "close", fields)


def endless() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        return _once_or_twice(chance, endless=True, byte_every_s=0.005)

    return Scripted("an answer that never ends", "answer", fields)


def cut() -> Fault:
    return Scripted(
        "an answer that is cut",
        "answer",
        lambda chance, _: _some(chance, cut_bytes=chance.randint(1, 500)),
    )


def not_json() -> Fault:
    bodies = ("html", "empty", "not_json", "wrong_shape", "huge", "escapes")

    def fields(chance: Random, _: Trial) -> Fields:
        is_processed = chance.random() < 0.5
        return _some(chance, status=200, processed=is_processed, body=chance.choice(bodies[:4]))

    return Scripted("an answer that is HTML, empty or no JSON", "answer", fields)


def fewer_accepted() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        # It tells the truth or it does not; nobody can know from here.
        return _once_or_twice(chance, drop=chance.choice((0, 1, 1)), accepted_less=1)

    return Scripted("an answer that says accepted 99 of 100", "answer", fields)


def second_answer() -> Fault:
    def fields(chance: Random, trial: Trial) -> Fields:
        # Together with the answer, on its heels, or when the next request may be on its way.
        late_s = chance.choice((None, 0.0, 0.5, chance.uniform(0, 5)))
        late: Fields = {} if late_s is None else {"after_s": late_s / trial.warp.speed}
        return _some(chance, request_id=chance.choice(("same", "new")), **late)

    return Scripted("a second answer on the connection", "second_answer", fields)


def second_answer_over_tls() -> Fault:
    return OverTls("a second answer on the connection, over TLS", second_answer())


def stale_answer() -> Fault:
    return Scripted(
        "the answer to an earlier request again", "stale_answer", lambda chance, _: _some(chance)
    )


def latency() -> Fault:
    def fields(_: Random, trial: Trial) -> Fields:
        speed = trial.warp.speed
        return {"least_s": 0.02 / speed, "most_s": 20 / speed}

    return Scripted("latency between 20 ms and 20 s", "latency", fields)


def queue_headers() -> Fault:
    lies: tuple[Fields, ...] = (
        {"missing": True},
        {"remaining": -1, "limit": -1},
        {"remaining": "NaN", "limit": ""},
        {"remaining": 10**12, "limit": 10**12},
    )
    return Scripted(
        "queue headers missing or wrong",
        "queue_headers",
        lambda chance, _: chance.choice(lies),
    )


def stray_answer() -> Fault:
    def fields(chance: Random, _: Trial) -> Fields:
        return _once_or_twice(chance, status=chance.choice((301, 307, 401, 404, 408, 418)))

    return Scripted(
        "an answer that is none of the push API's",
        "answer",
        fields,
        stops=frozenset({TEMPORARY, REFUSED}),
    )


class RevokedKey(Fault):
    """The key stops working in mid-run, and works again once somebody saw to it."""

    name = "the key revoked in mid-run"
    stops = frozenset({REFUSED})

    def arrange(self, trial: Trial) -> None:
        self._after = trial.chance.randint(0, trial.batches)
        self._is_done = False

    def disturb(self, trial: Trial, _: Command) -> None:
        if not self._is_done and trial.arrived() >= self._after:
            self._is_done = True
            trial.emulator.revoke_key()

    def mend(self, trial: Trial, session: Session) -> None:
        if session.code == REFUSED:
            trial.emulator.revoke_key(is_revoked=False)


class Poison(Fault):
    """Records for which every request with them is refused."""

    name = "400, 413 or 422 for a poisonous record"

    def arrange(self, trial: Trial) -> None:
        wanted = list(trial.shop.wanted())
        chosen = trial.chance.sample(wanted, k=min(len(wanted), trial.chance.choice((1, 1, 2, 4))))
        self._ids = sorted({id_ for _, id_ in chosen})
        status = trial.chance.choice((400, 413, 422))
        trial.scenario.append(toml("answer", status=status, record_id=self._ids))

    def expect(self, trial: Trial) -> None:
        refused = sorted({each.key.id for run in trial.runs for each in run.refused})
        if refused != self._ids:
            trial.broken.append(f"1: {self._ids} are poisonous, {refused} are refused")


class LateRefusal(Fault):
    """Records that are found invalid after they were answered with OK."""

    name = "validation that fails minutes after OK"
    stops = frozenset({TEMPORARY})

    def arrange(self, trial: Trial) -> None:
        wanted = list(trial.shop.wanted())
        chosen = trial.chance.sample(wanted, k=min(len(wanted), trial.chance.choice((1, 3, 9))))
        after_s = trial.chance.choice((0.0, 3.0, trial.chance.uniform(*_LATE_S)))
        if after_s > _SOON_S:
            trial.settings["wait_for_errors"] = _LATE_S[1]
        ids = sorted(id_ for _, id_ in chosen)
        trial.late = set(ids)
        shown = trial.chance.choice((list(ALL_ERRORS_FIELDS), ["record_id"], []))
        trial.scenario.append(f"[server]\nerrors_fields = {json.dumps(shown)}")
        trial.scenario.append(toml("late_refusal", record_id=ids, after_s=after_s))
        match trial.chance.randrange(4):
            case 0:
                trial.scenario.append(toml("errors_feed", hide=["record_id"]))
            case 1:
                trial.scenario.append(toml("errors_feed", foreign=trial.chance.randint(1, 150)))
            case 2:
                trial.scenario.append(toml("errors_feed", order="shuffled", copies=2))


class OverTls(Fault):
    """Another fault, behind a certificate that is good."""

    stops = frozenset({TEMPORARY})

    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self._fault = fault

    def arrange(self, trial: Trial) -> None:
        self._fault.arrange(trial)

    def shape(self, trial: Trial, order: Order) -> Order:
        if not trial.base_url:
            authority = Authority(trial.folder)
            front = TlsFront(trial.emulator.base_url, authority.server())
            trial.base_url = trial.cleanup.enter_context(front.running()).base_url
            trial.settings["ca_file"] = authority.ca_file.name
            trial.write_settings()
        return order


class NoNames(Fault):
    """Host names are not found, until they are."""

    name = "DNS that fails"
    stops = frozenset({TEMPORARY})

    def arrange(self, trial: Trial) -> None:
        trial.push_flags += ["--give-up-after", "20"]
        self._left = 1

    def shape(self, trial: Trial, order: Order) -> Order:
        trial.base_url = trial.emulator.base_url.replace("127.0.0.1", "localhost")
        trial.write_settings()
        is_failing = self._left > 0
        self._left -= 1
        return replace(order, is_resolving=not is_failing)


class BadCertificate(Fault):
    """Somebody else's certificate, until the right server answers."""

    name = "TLS that fails"
    stops = frozenset({TEMPORARY})

    def arrange(self, trial: Trial) -> None:
        trial.push_flags += ["--give-up-after", "20"]

    def shape(self, trial: Trial, order: Order) -> Order:
        if not trial.base_url:
            authority = Authority(trial.folder)
            bad = [each for each in Certificate if each is not Certificate.GOOD]
            context = authority.server(trial.chance.choice(bad))
            front = TlsFront(trial.emulator.base_url, context)
            trial.base_url = trial.cleanup.enter_context(front.running()).base_url
            trial.settings["ca_file"] = authority.ca_file.name
            trial.write_settings()
        return order

    def mend(self, trial: Trial, _: Session) -> None:
        trial.base_url = trial.emulator.base_url
        trial.write_settings()
