"""Paths of files on other machines; messages show them as URLs."""

from __future__ import annotations

import re
from pathlib import Path

SCHEMES = ("s3", "gs", "sftp")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
_TAKEN_FOR_PATH = re.compile(rf"({'|'.join(SCHEMES)}):/", re.IGNORECASE)
"""A path has one slash where a URL has two."""
_NO_STEPS = frozenset({"", ".", ".."})


class UrlError(ValueError):
    """A text is a URL that no file is read from."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class RemotePath(type(Path())):  # type: ignore[misc]
    """A path that begins with the scheme and the host or bucket of a URL."""

    __slots__ = ()

    def __str__(self) -> str:
        """The URL; a path has one slash where a URL has two."""
        return str(super().__str__()).replace(":/", "://", 1)

    def absolute(self) -> RemotePath:
        """The path itself, which is not relative to any folder of this machine."""
        return self

    def resolve(self, strict: bool = False) -> RemotePath:  # noqa: ARG002, FBT001, FBT002
        """The path itself, which has no links on this machine."""
        return self

    @property
    def scheme(self) -> str:
        """How it is reached."""
        return str(self).partition(":")[0]

    @property
    def host(self) -> str:
        """The bucket, or the host with its user and port."""
        return str(self).split("/", 3)[2]

    @property
    def inner(self) -> str:
        """What follows the host, without the first slash; empty for all of it."""
        return str(self).partition("://")[2].partition("/")[2]


def is_url(text: str) -> bool:
    """Whether a text is no path but a URL, of whatever scheme."""
    return _URL.fullmatch(text) is not None


def scheme_of(path: str | Path) -> str:
    """The scheme of a URL, also where it was taken for a path; empty for any other text."""
    found = _TAKEN_FOR_PATH.match(str(path))
    return found[1].lower() if found else ""


def as_path(text: str) -> Path:
    """A text as a path of this machine, or of another one where it is a URL.

    Raises:
        UrlError: it is a URL that no file is read from; what may be a secret is not repeated.
    """
    found = _URL.fullmatch(text)
    if found is None:
        return Path(text)
    scheme, rest = found[1].lower(), found[2]
    if scheme not in SCHEMES:
        raise UrlError(
            f"files are not read from {scheme}://",
            f"They are read from {', '.join(f'{each}://' for each in SCHEMES)} and from this "
            "machine: copy the file here and give its path.",
        )
    is_folder, rest = rest.endswith("/"), rest.removesuffix("/")
    host, _, inner = rest.partition("/")
    if not _HOSTS[scheme].fullmatch(host):
        raise UrlError(
            f"this {scheme}:// URL holds a password or a key, which would get into logs",
            "Change that secret, as the shell may have kept it. Leave it out of the URL: "
            + _PLACES[scheme],
        )
    is_top = is_folder and not inner
    if not host or not (is_top or _NO_STEPS.isdisjoint(inner.split("/"))):
        raise UrlError(
            f"this {scheme}:// URL does not name a file",
            f"Write it like {scheme}://{_EXAMPLE_HOSTS[scheme]}/exports/orders.csv; with exports/ "
            "at its end it stands for a folder, and with *.csv for every file that fits. No part "
            "may be empty.",
        )
    return RemotePath(f"{scheme}://{rest}")


_PLACES = {
    "s3": "credentials come from where AWS' tools take them, such as AWS_PROFILE or a role.",
    "gs": "credentials come from where Google's tools take them, such as "
    "GOOGLE_APPLICATION_CREDENTIALS.",
    "sftp": "use a key of ~/.ssh or of the SSH agent.",
}
_BUCKET = re.compile(r"[^:@]*|arn:[^@]*")
_HOSTS = {
    "s3": _BUCKET,
    "gs": _BUCKET,
    "sftp": re.compile(r"(?:[^:@]*@)?(?:[^:@]*|\[[^@]*\])(?::\d*)?"),
}
"""A host that does not fit holds a secret, or the beginning of one with a slash in it."""
_EXAMPLE_HOSTS = {"s3": "bucket", "gs": "bucket", "sftp": "user@files.example.com"}
