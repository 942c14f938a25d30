"""Reaching other machines through fsspec; whatever goes wrong there becomes one kind of error."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ometria_import.errors import OmetriaImportError, SourceError
from ometria_import.options.remote_path import RemotePath
from ometria_import.problems import shorten

_PATIENCE_S = 60
"""How long a server over SFTP may say nothing."""
_TALKATIVE = ("fsspec", "s3fs", "gcsfs", "paramiko", "botocore", "aiobotocore", "asyncio", "google")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CREDENTIALS = {
    "s3": "Credentials come from where AWS' tools take them (AWS_PROFILE, ~/.aws, a role): try "
    "`aws s3 ls` with the same user.",
    "gs": "Credentials come from where Google's tools take them "
    "(GOOGLE_APPLICATION_CREDENTIALS, `gcloud auth application-default login`, a role).",
    "sftp": "The key comes from the SSH agent or ~/.ssh, and the host must stand in "
    "~/.ssh/known_hosts: try `sftp` with the same user and host.",
}


def connect(path: RemotePath) -> Any:
    """The file system that a path belongs to.

    Raises:
        SourceError: the package for it is not installed, or the machine cannot be reached.
    """
    for name in _TALKATIVE:
        # Else Python would print what they log, tracebacks and all, on stderr.
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        if path.scheme == "sftp":
            return _sftp(path.host)
        import fsspec

        # Not one that is kept: it would list a folder as it was when it was listed first.
        return fsspec.filesystem(path.scheme, skip_instance_cache=True, use_listings_cache=False)
    except ImportError:
        raise SourceError(
            f"{path} cannot be read: the package for {path.scheme}:// is not installed",
            hint=f"Install it with: pip install 'ometria-import[{path.scheme}]'.",
        ) from None


def inner_path(path: RemotePath) -> str:
    """A path as its file system takes it."""
    return f"/{path.inner}" if path.scheme == "sftp" else f"{path.host}/{path.inner}"


def path_of(name: str, beside: RemotePath) -> RemotePath:
    """The path of what a file system calls by a name; it is where another one is."""
    host = f"{beside.host}/" if beside.scheme == "sftp" else ""
    return RemotePath(f"{beside.scheme}://{host}{name.lstrip('/')}")


@contextmanager
def remote_errors(path: RemotePath) -> Iterator[None]:
    """Turn whatever a machine or its library says into an error that its reader can act on.

    Raises:
        SourceError: something went wrong.
        MemoryError: it is not about the file.
    """
    try:
        yield
    except (OmetriaImportError, MemoryError):
        raise
    except FileNotFoundError:
        raise SourceError(
            f"{path} does not exist", hint="Check the bucket or host, and the path after it."
        ) from None
    except Exception as error:  # noqa: BLE001 - each of these libraries has errors of its own
        raise _error(path, error) from None


def _error(path: RemotePath, error: Exception) -> SourceError:
    reason = shorten(str(error).strip() or type(error).__name__)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return SourceError(
            f"there is no room on this machine for a copy of {path}",
            hint="Free some space, or choose another disk with --home.",
        )
    name = type(error).__name__
    is_refused = isinstance(error, PermissionError) or any(
        word in name for word in ("Credential", "Auth", "Forbidden", "AccessDenied", "HostKey")
    )
    if is_refused or "known_hosts" in reason or "credentials" in reason.lower():
        return SourceError(f"{path} may not be read: {reason}", hint=_CREDENTIALS[path.scheme])
    return SourceError(
        f"{path} cannot be read to its end: {reason}",
        hint="Nothing of it was used. Check the connection and run the same command again; if it "
        "happens again, copy the file to this machine first.",
    )


def _sftp(host: str) -> Any:
    """A file system over SFTP, on hosts that are known.

    fsspec's own believes whatever host answers.
    """
    import paramiko
    from fsspec.implementations.sftp import SFTPFileSystem

    class KnownHosts(SFTPFileSystem):  # type: ignore[misc]
        cachable = False

        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            self.client.connect(
                self.host,
                timeout=_PATIENCE_S,
                banner_timeout=_PATIENCE_S,
                auth_timeout=_PATIENCE_S,
                **self.ssh_kwargs,
            )
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(_PATIENCE_S)

    user, _, address = host.rpartition("@")
    name, colon, port = address.rpartition(":")
    options: dict[str, Any] = {"username": user} if user else {}
    if colon and port.isdecimal():
        address, options["port"] = name, int(port)
    return KnownHosts(address.strip("[]"), **options)
