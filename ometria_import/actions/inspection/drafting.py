"""Drafting a mapping for a file: its first rows, without what must not leave it."""

from __future__ import annotations

import shlex
from dataclasses import replace

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.words import counted
from ometria_import.actions.remote import copies_removed, remote_sources
from ometria_import.drafting.draft import Draft, draft, draft_objects
from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.presets import recognise_objects_of, recognise_preset
from ometria_import.mapping.recognition.recognition import SourceArgument, parse_source_argument
from ometria_import.mapping.recognition.secret_columns import WithoutSecrets
from ometria_import.mapping.secret_names import is_secret
from ometria_import.options.did_you_mean import plain
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.options.remote_path import RemotePath
from ometria_import.prepare.inputs.opening import opened_as_it_is
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.sources import ObjectFile


def suggest(file: str, options: ReadingOptions, context: Context) -> str:
    """The text of a mapping file; what is not certain stands in it as a question.

    Args:
        file: A file, which may be on another machine, as a command names it.
        options: The options for opening it.
        context: The home takes a copy of a file of another machine.

    Raises:
        SourceError: the source cannot be read.
        MappingError: its rows are nothing that Ometria takes.
        UsageError: it stands for several files, or an option says what no file can be.
    """
    argument = parse_source_argument(file)
    with copies_removed(context):
        if isinstance(argument.path, RemotePath):
            found = remote_sources(argument.path, context)
            if len(found) > 1:
                raise UsageError(
                    f"{argument.path} stands for {counted(len(found), 'file')}, and a mapping is "
                    "drafted for one",
                    hint=f"Name one of them, such as {found[0][0]}.",
                )
            argument = replace(argument, path=found[0][0], given=found[0][1])
        return draft_mapping(argument, options)


def draft_mapping(argument: SourceArgument, options: ReadingOptions) -> str:
    """The text of a mapping file; what is not certain stands in it as a question.

    Raises:
        SourceError: the source cannot be read.
        MappingError: its rows are nothing that Ometria takes.
        UsageError: an option says what no file can be.
    """
    preset = None if argument.object_type else _preset_of(argument, options)
    if preset is not None and (preset.lines or preset.refusal):
        about = preset.refusal.instead if preset.refusal else ""
        about = f"Its lines are in another file: {preset.lines.about}." if preset.lines else about
        raise MappingError(
            f"{argument.path} is known to the preset {preset.name}, and no mapping of this file "
            "alone would be right",
            hint=f"{about} For a draft all the same, say what the rows are: order={argument.path}.",
        )
    drafted = read_draft(argument, options)
    if drafted.text:
        known = (
            "# The preset {0} knows this file and needs no mapping: inspect shows what it does.\n"
        )
        return (known.format(preset.name) if preset else "") + drafted.text
    said = " or ".join(shlex.quote(f"{name}={argument.path}") for name in ObjectType)
    raise MappingError(
        f"{argument.path}: no column says that its rows are products, contacts, orders, line items "
        "or events, so there is nothing to draft",
        hint=f"If they are, put the object type before the path: {said}.",
    )


def _preset_of(argument: SourceArgument, options: ReadingOptions) -> MappingFile | None:
    """The preset that recognises a file, if one does."""
    opened = opened_as_it_is(argument, options)
    name = argument.path.name
    if isinstance(opened, ObjectFile):
        return recognise_objects_of(opened.head().objects, str(argument.path), name=name)
    return recognise_preset(argument.path, WithoutSecrets(opened).header, name=name)


def read_draft(argument: SourceArgument, options: ReadingOptions) -> Draft:
    """What the rows of a file are, and the mapping that was drafted for them.

    Raises:
        SourceError: the source cannot be read.
        UsageError: an option says what no file can be.
    """
    opened = opened_as_it_is(argument, options)
    kind = _kind_of(argument)
    if isinstance(opened, ObjectFile):
        objects = [_without_secrets(each) for each in opened.head().objects]
        return draft_objects(argument.path.name, objects, kind)
    table = WithoutSecrets(opened).head().table
    samples = {name: table.column(name).to_pylist() for name in table.column_names}
    return draft(argument.path.name, samples, kind)


def _kind_of(argument: SourceArgument) -> str:
    if argument.object_type is None or not argument.items:
        return str(argument.object_type or "")
    items = SCHEMAS[argument.object_type].items()
    return next(plain(each.singular) for each in items if each.name == argument.items)


def _without_secrets(value: dict[str, object]) -> dict[str, object]:
    return {
        key: _without_secrets(each) if isinstance(each, dict) else each
        for key, each in value.items()
        if not is_secret(key)
    }
