"""Reaching other machines through fsspec; whatever goes wrong there becomes one kind of error."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ometria_import.errors import OmetriaImportError, SourceError
from ometria_import.options.remote_path import RemotePath
from ometria_import.problems import shorten

MORE_ROOM = (
    "Free some space, or work on another disk: name it with --home, or run the command there."
)
_PATIENCE_S = 60
"""How many seconds an SFTP server may be silent."""
_PIECE_BYTES = 32_768
_ASKED_AHEAD = 64
"""How many pieces of a file are requested over SFTP at a time."""
_TALKATIVE = ("fsspec", "s3fs", "gcsfs", "paramiko", "botocore", "aiobotocore", "asyncio", "google")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_IN_NAMES_OF_REFUSALS = (
    "Credential",
    "Auth",
    "Forbidden",
    "AccessDenied",
    "HostKey",
    "PasswordRequired",
)
_IN_WORDS_OF_REFUSALS = ("known_hosts", "credentials", "authentication methods", "access denied")
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
        # Otherwise Python would print what they log, with tracebacks, on stderr.
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        if path.scheme == "sftp":
            return _sftp(path.host)
        import fsspec

        # Not a cached one: it would list a folder as it was at the first listing.
        return fsspec.filesystem(path.scheme, skip_instance_cache=True, use_listings_cache=False)
    except ImportError:
        raise SourceError(
            f"{path} cannot be read: the package for {path.scheme}:// is not installed",
            hint=f"Install it with: pip install 'ometria-import[{path.scheme}]'.",
        ) from None


def callback_for(progress: Callable[[int], None]) -> Any:
    """What file systems tell how many bytes of a file they have copied."""
    from fsspec.callbacks import Callback

    class Telling(Callback):  # type: ignore[misc]
        def call(self, *_: Any, **__: Any) -> None:
            if self.value:  # it is called as soon as the size is known, too
                progress(self.value)

    return Telling()


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


def reason_of(error: Exception) -> str:
    """What a library says went wrong, in one line."""
    said = (isinstance(error, OSError) and error.strerror) or str(error).strip()
    return shorten(said.rstrip(" :.") or type(error).__name__)


def _error(path: RemotePath, error: Exception) -> SourceError:
    reason = reason_of(error)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return SourceError(
            f"there is no room on this machine for a copy of {path}",
            hint=MORE_ROOM,
        )
    if _is_refused(error):
        return SourceError(f"{path} may not be read: {reason}", hint=_CREDENTIALS[path.scheme])
    return SourceError(
        f"{path} cannot be read to its end: {reason}",
        hint="Nothing of it was used. Check the connection and run the same command again; if it "
        "happens again, copy the file to this machine first.",
    )


def is_lost(error: Exception) -> bool:
    """Whether a connection broke, which may hold the next time."""
    if isinstance(error, FileNotFoundError) or _is_refused(error):
        return False
    # Paramiko says "Socket is closed" without a number, and has an error of its own for the rest.
    is_closed = isinstance(error, OSError) and error.errno is None
    is_broken = isinstance(error, ConnectionError | TimeoutError | EOFError)
    return is_broken or is_closed or type(error).__name__ == "SSHException"


def _is_refused(error: Exception) -> bool:
    """Whether it is about who asks, or whom to believe."""
    # Some have a class of their own, and others only words.
    name, said = type(error).__name__, reason_of(error).lower()
    is_by_name = any(word in name for word in _IN_NAMES_OF_REFUSALS)
    return (
        isinstance(error, PermissionError)
        or is_by_name
        or any(word in said for word in _IN_WORDS_OF_REFUSALS)
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

        def get_file(self, rpath: str, lpath: str, callback: Any, **_: Any) -> None:
            # fsspec's own tells nobody how far it is, and goes on to the end where it is stopped.
            file = self.ftp.open(rpath, "rb")
            try:
                file.prefetch(file.stat().st_size, _ASKED_AHEAD)
                with Path(lpath).open("wb") as copy:
                    while piece := file.read(_PIECE_BYTES):
                        copy.write(piece)
                        callback.relative_update(len(piece))
            except BaseException:
                # Else whoever closes the file waits for all that was asked for.
                self.client.close()
                raise
            file.close()

    user, _, address = host.rpartition("@")
    name, colon, port = address.rpartition(":")
    options: dict[str, Any] = {"username": user} if user else {}
    if colon and port.isdecimal():
        address, options["port"] = name, int(port)
    return KnownHosts(address.strip("[]"), **options)
