"""Finding every problem of sources, before anything leaves the machine."""

from __future__ import annotations

from collections.abc import Sequence

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import SourcesPrepared
from ometria_import.actions.calling.unsent import check_folder
from ometria_import.actions.remote import copies_removed
from ometria_import.actions.seen_before import note_shown
from ometria_import.actions.sources import chosen_sources
from ometria_import.errors import RejectLimitError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.prepare import PrepareSummary, RejectLimit
from ometria_import.prepare import check as check_sources


def check(
    files: Sequence[str | SourceArgument] | None,
    options: ReadingOptions,
    context: Context,
) -> PrepareSummary:
    """Find every problem of sources; nothing is sent, and no package is written.

    Args:
        files: Paths, folders and patterns; none stands for what the settings list.
        options: The options for reading the sources.
        context: The home takes problems and rejects, in a folder of their own.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a mapping cannot be used.
        UsageError: something is left open, or an argument is wrong.
        RejectLimitError: more was rejected than is allowed; it holds the sums.
    """
    limit = RejectLimit.parse(options.max_rejects) if options.max_rejects is not None else None
    arguments, own = chosen_sources(files, options, context)
    with (
        check_folder(context.home, is_kept_on_interrupt=True) as folder,
        copies_removed(context),
    ):
        summary = check_sources(arguments, own, folder.path, context.caller.tell_preparing)
        note_shown(summary, folder)
    context.caller.tell(SourcesPrepared(summary))
    try:
        summary.require_within(limit)
    except RejectLimitError as error:
        error.told = summary.as_json()
        raise
    return summary
