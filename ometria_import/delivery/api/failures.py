"""What a request failed with, in words, and whether it can be tried again."""

from __future__ import annotations

import os
import ssl

import httpx

from ometria_import.config import Account
from ometria_import.delivery.api.answer_watch import StrayAnswerError
from ometria_import.delivery.api.client import failure_words
from ometria_import.delivery.api.proxies import proxy_error, proxy_for
from ometria_import.delivery.api.request_errors import RetriableError
from ometria_import.errors import OmetriaImportError, TemporaryFailureError, UsageError


def network_failure(
    error: Exception, account: Account, kind: type[RetriableError], next_step: str
) -> OmetriaImportError:
    """The error that stands for one of httpx, which may hold the key.

    Args:
        error: What the request failed with, one of `client.NETWORK_ERRORS`.
        account: Whose request it was.
        kind: The class of the error, if the request can be tried again.
        next_step: What to do once the cause is mended, as the end of a hint.
    """
    reason = failure_words(error, account)
    if isinstance(error, httpx.ProxyError):
        return proxy_error(account, reason)
    proxy = proxy_for(account.base_url, os.environ)
    if _is_certificate_failure(error):
        return TemporaryFailureError(
            f"the server's certificate is not trusted: {reason}",
            hint="Nothing was sent to it. Behind a company's proxy, name the file of its "
            f"authority as ca_file in the settings, or in SSL_CERT_FILE. {next_step}",
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return UsageError(f"base_url cannot be used: {reason}")
    wait_s = None
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            what = f"no connection to {proxy}" if proxy is not None else "no connection"
        case httpx.TimeoutException():
            what = "no answer in time"
        case StrayAnswerError():
            what, wait_s = "the answer may be another request's", error.retry_after_s
        case _:
            what = "the connection broke"
    return kind(f"{what}: {reason}", retry_after_s=wait_s)


def _is_certificate_failure(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
