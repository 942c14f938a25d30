"""Files of other machines, as actions read them: copies in the home, and no key to be seen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted
from ometria_import.actions.calling.words import visible
from ometria_import.config.keys import without_keys
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.remote_path import RemotePath
from ometria_import.sources.remote import RemoteSource, find_remote


def remote_files(path: RemotePath, context: Context) -> list[RemotePath]:
    """The files that a URL stands for.

    Raises:
        SourceError: nothing matches the pattern, or the machine cannot be asked.
    """
    with _without_keys(context):
        return find_remote(path)


def remote_source(path: RemotePath, context: Context) -> RemoteSource:
    """A file of another machine, ready to be copied once it is opened."""
    return RemoteSource(
        path,
        folder=lambda: context.home.copies,
        alone=lambda: _without_keys(context),
        tell=lambda text: context.caller.tell(Noted(visible(text))),
    )


@contextmanager
def copies_removed(arguments: Iterable[SourceArgument]) -> Iterator[None]:
    """Let the copies of remote files live only as long as the block runs."""
    try:
        yield
    finally:
        for each in arguments:
            if isinstance(each.given, RemoteSource):
                each.given.close()


@contextmanager
def _without_keys(context: Context) -> Iterator[None]:
    """Hide keys from what the libraries run to find credentials, such as a helper of AWS'."""
    named = {each.key_env for each in context.settings.accounts.values()}
    shown = without_keys(os.environ, named)
    hidden = {name: os.environ.pop(name) for name in [*os.environ] if name not in shown}
    try:
        yield
    finally:
        os.environ.update(hidden)
