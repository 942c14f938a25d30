"""Drafting a mapping for a file: its first rows, without what must not leave it."""

from __future__ import annotations

from ometria_import.errors import MappingError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.mapping.recognition.secret_columns import WithoutSecrets
from ometria_import.mapping.recognition.suggestion import suggest_mapping
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.sources import ObjectFile, open_any_source
from ometria_import.sources.file.names import own_name


def draft_mapping(argument: SourceArgument, options: ReadingOptions) -> str:
    """The text of a mapping file, with its confidence in comments.

    Raises:
        SourceError: the source cannot be read.
        MappingError: it is no table.
        UsageError: an option says what no file can be.
    """
    opened = open_any_source(argument.path, options)
    if isinstance(opened, ObjectFile):
        raise MappingError(
            f"{argument.path} is {opened.format.describe()}, but mappings can only be drafted "
            "for tables",
            hint="JSON must have the API's own shape; `ometria-import fields` lists its keys.",
        )
    table = WithoutSecrets(opened).head().table
    samples = {name: table.column(name).to_pylist() for name in table.column_names}
    return suggest_mapping(own_name(argument.path), samples, argument.object_type)
