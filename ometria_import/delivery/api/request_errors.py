"""How one request to an account can end without success, whatever it was for."""

from __future__ import annotations

from ometria_import.errors import ExitCode, OmetriaImportError


class RetriableError(OmetriaImportError):
    """It failed temporarily; the same request can succeed later."""

    exit_code = ExitCode.TEMPORARY

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, is_throttled: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """The `Retry-After` of the answer in seconds."""
        self.is_throttled = is_throttled
        """Whether the status was 429, for the rate or for the queue."""


class ReadRefusedError(OmetriaImportError):
    """The account refuses to be read like this, and would do so again."""

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status
