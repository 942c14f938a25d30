"""Turns the push API's answer into the one that a scenario wants instead."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from ometria_import.emulator.http.endpoints import Answer
from ometria_import.emulator.scenarios.faults import Body, OtherAnswer, QueueHeaders, Redirect

_HUGE_BYTES = 3_000_000
_HTML = "<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>"
_JSON = "application/json"
_LITERAL = {
    Body.EMPTY: "",
    Body.NOT_JSON: "{'status': OK",
    Body.WRONG_SHAPE: '[{"status":["OK"]},7,null]',
}
_ESCAPES = "\x1b[2J\x1b[31mpwned\x1b]0;title\x07\x1b[8m\x9b1A\r\n\x00\u202e"


def disguise(answer: Answer, fault: OtherAnswer) -> Answer:
    """The answer that a fault gives instead, with as much of the true one as it leaves."""
    status = answer.status if fault.status is None else fault.status
    is_kept = status < HTTPStatus.MULTIPLE_CHOICES and answer.is_read
    said = _said(answer, fault, status)
    body, media_type = _body(fault, said)
    if is_kept and fault.text is None and fault.body is None:
        body = answer.body
    return replace(
        answer,
        status=status,
        body=body,
        media_type=media_type,
        retry_after=_retry_after(answer, fault),
        reason=answer.reason if status == answer.status else _reason(status),
    )


def extra_headers(fault: OtherAnswer) -> dict[str, str]:
    """The headers that a fault adds."""
    headers = dict(fault.headers)
    if isinstance(fault, Redirect):
        headers["Location"] = fault.to
    if fault.header_bytes:
        headers["X-Padding"] = "x" * fault.header_bytes
    return headers


def queue_headers(
    limit: int, remaining: int, faults: list[QueueHeaders | OtherAnswer]
) -> dict[str, str]:
    """The state of the queue as it is told: the true one, unless a fault changes it."""
    headers = {"X-QueueSize-Limit": str(limit), "X-QueueSize-Remaining": str(remaining)}
    for fault in faults:
        if isinstance(fault, QueueHeaders):
            if fault.missing:
                return {}
            said = (fault.limit, fault.remaining)
        else:
            said = (fault.queue_limit, fault.queue_remaining)
        for name, value in zip(headers, said, strict=True):
            if value is not None:
                headers[name] = str(value)
    return headers


def retry_after_s(text: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` names, by the wall clock; None where it names none.

    Only digits and dates do. Source: RFC 9110, 10.2.3.
    """
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _retry_after(answer: Answer, fault: OtherAnswer) -> str | None:
    if fault.retry_after_date_s is not None:
        return formatdate(time.time() + fault.retry_after_date_s, usegmt=True)
    if fault.retry_after is not None:
        return str(fault.retry_after)
    return answer.retry_after if fault.status is None else None


def _reason(status: int) -> str | None:
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    return next((each.phrase for each in HTTPStatus if each == status), "Other")


def _said(answer: Answer, fault: OtherAnswer, status: int) -> dict[str, Any]:
    """The push API's JSON, true or not."""
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return {"status": fault.says_status or "ERROR", "message": _reason(status)}
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or "accepted" not in said:
        said = {"status": "OK", "accepted": len(answer.offered), "rejected": 0}
        said["request_id"] = answer.request_id or ""
    said["accepted"] -= fault.accepted_less
    told = {"status": fault.says_status, "rejected": fault.rejected, "skipped": fault.skipped}
    return said | {name: value for name, value in told.items() if value is not None}


def _body(fault: OtherAnswer, said: dict[str, Any]) -> tuple[str, str]:
    """The body and its media type."""
    if fault.text is not None:
        return fault.text, "text/plain"
    match fault.body:
        case Body.HTML:
            return _HTML, "text/html"
        case Body.ESCAPES:
            said = said | {
                "message": _ESCAPES,
                "request_id": f"{said.get('request_id', '')}{_ESCAPES}",
            }
        case Body.HUGE:
            said = said | {"padding": "x" * _HUGE_BYTES}
        case Body.EMPTY | Body.NOT_JSON | Body.WRONG_SHAPE:
            return _LITERAL[fault.body], _JSON
        case None:
            pass
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")), _JSON
