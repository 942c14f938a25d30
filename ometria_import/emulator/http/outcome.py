"""What is kept of a request, and what is sent back, once it is clear what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starlette.responses import Response

from ometria_import.emulator.http.disguise import extra_headers, queue_headers, retry_after_s
from ometria_import.emulator.http.endpoints import Answer
from ometria_import.emulator.http.incoming import Arrival
from ometria_import.emulator.http.wire import AnsweredTwice, RawAnswer
from ometria_import.emulator.scenarios.faults import (
    Endpoint,
    OtherAnswer,
    QueueHeaders,
    SecondAnswer,
)
from ometria_import.emulator.scenarios.script import Met
from ometria_import.emulator.storage.store import RequestRow
from ometria_import.emulator.validation.arrivals import ReceivedRecord


def row_of(
    arrival: Arrival,
    met: Met,
    answer: Answer,
    accepted: Sequence[ReceivedRecord],
    body: bytes,
    latency_s: float,
) -> RequestRow:
    """What is kept of a request, whose answer this is and which brought these records."""
    is_answered = met.ending is None
    # A refusal's records are those that were offered, an acceptance's those that were taken in.
    records = accepted if answer.request_id else answer.offered
    retry_after = answer.retry_after if is_answered else None
    return RequestRow(
        account=arrival.account_name,
        method=arrival.request.method,
        path=arrival.request.scope["path"],
        arrived_at=arrival.arrived_at,
        arrived_s=arrival.arrived_s,
        status=answer.status if is_answered else 0,
        body=body,
        latency_s=latency_s,
        faults="; ".join(met.labels) or None,
        retry_after=retry_after,
        retry_after_s=retry_after_s(retry_after, time.time()),
        reason=answer.reason,
        request_id=answer.request_id,
        records=len(records),
        object_type=records[0].key.object_type if records else None,
    )


def headers_of(answer: Answer, arrival: Arrival, met: Met) -> dict[str, str]:
    """The headers that are the push API's own."""
    headers = {}
    if answer.retry_after is not None:
        headers["Retry-After"] = answer.retry_after
    account = arrival.account
    if account is not None and not account.is_revoked and arrival.endpoint is Endpoint.PUSH:
        liars: list[OtherAnswer | QueueHeaders] = [*met.each(OtherAnswer), *met.each(QueueHeaders)]
        headers |= queue_headers(account.queue_limit, account.queue_remaining, liars)
    return headers


def response_of(
    answer: Answer,
    headers: dict[str, str],
    met: Met,
    stopping: asyncio.Event,
) -> Response:
    """What is sent; `stopping` ends what would go on for ever."""
    scripted, second = met.first(OtherAnswer), met.first(SecondAnswer)
    if second is not None:
        headers = headers | {"Content-Type": answer.media_type}
        return AnsweredTwice(answer.status, headers, answer.body, second, stopping)
    if scripted is None or not _is_raw(scripted):
        return Response(answer.body, answer.status, headers, media_type=answer.media_type)
    headers = headers | {"Content-Type": answer.media_type} | extra_headers(scripted)
    return RawAnswer(answer.status, headers, answer.body, scripted, stopping)


def _is_raw(fault: OtherAnswer) -> bool:
    """Whether only the bare connection can say it."""
    return bool(
        fault.cut_bytes
        or fault.byte_every_s
        or fault.endless
        or extra_headers(fault)
        or fault.retry_after is not None
    )
