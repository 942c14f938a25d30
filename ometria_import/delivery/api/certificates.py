"""Whose certificates a server may show. They are always verified: there is no way to say no."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpx

from ometria_import.errors import UsageError

_FILE, _FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificate and host name.

    It trusts the authorities of `ca_file`, else those of the environment's SSL_CERT_FILE or
    SSL_CERT_DIR, else the public ones.

    Raises:
        UsageError: the file cannot be read, or holds no certificate.
    """
    named = str(ca_file) if ca_file else os.environ.get(_FILE, "")
    where = f"ca_file {named}" if ca_file else f"{named}, which {_FILE} names,"
    try:
        if not named:
            # httpx knows where the public ones are, and reads SSL_CERT_DIR.
            return httpx.create_ssl_context()
        return ssl.create_default_context(cafile=named)
    except OSError as error:
        no_certificate = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if no_certificate else error.strerror
        place = where if named else f"the folder of {_FOLDER}"
        raise UsageError(
            f"{place} cannot be used: {reason}",
            hint="Name a file with the certificates of the authorities to trust, in PEM form.",
        ) from None
