"""What an account's answers say, with exact numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import msgspec

from ometria_import.delivery.api.feed_entries import JSON_ERRORS
from ometria_import.delivery.api.request_errors import RetriableError

Records: TypeAlias = list[dict[str, Any]]
RECORDS = msgspec.json.Decoder(Records, float_hook=Decimal)
RECORD = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_T = TypeVar("_T")


def decoded(content: bytes, decoder: msgspec.json.Decoder[_T], *, has_ids: bool) -> _T:
    """What an answer says.

    Raises:
        RetriableError: it is not what it has to be.
    """
    try:
        answer = decoder.decode(content)
    except (*JSON_ERRORS, ArithmeticError, ValueError) as error:
        raise RetriableError(f"the answer is not the API's JSON: {error}") from None
    if has_ids and isinstance(answer, list):
        nameless = sum(not isinstance(each.get("id"), str | int) for each in answer)
        if nameless:
            raise RetriableError(f"{nameless} of {len(answer)} records came without an id")
    return answer
