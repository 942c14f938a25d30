"""`[rows] join`: contacts that are known by their email alone."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.mapping.expressions.origins import Constant, First, cut_braces
from ometria_import.mapping.expressions.steps import Lacks, PerText, hash_step
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import FieldSource, MappingFile
from ometria_import.mapping.targets import JOINS_FIELD, Target, TargetKind
from ometria_import.schema import ObjectType

_EMAIL = "email"


def joined_by_email(rows: Section, mapping: MappingFile) -> MappingFile:
    """A mapping whose contacts without an id of their own belong to those with their email.

    Their id is the hash of the email, which counts where no other contact has it.

    Raises:
        MappingError: the mapping has no such contacts; with file and line.
    """
    rows.chosen("join", (_EMAIL,), "")
    if mapping.object_type is not ObjectType.CONTACT:
        raise rows.error(
            f"only contacts join by email, and these are {mapping.object_type}s", "join"
        )
    for key in ("group_by", "record"):
        if key in rows.values:
            raise rows.error(f"with 'join' every row is a contact, and '{key}' contradicts it", key)
    fed = {each.target.path: each for each in mapping.fields}
    if _EMAIL not in fed:
        raise rows.error("nothing feeds email, by which the contacts join others", "join")
    email, own = fed[_EMAIL], fed.get("id")
    hashed = PerText(email.source, hash_step)
    whole = hashed if own is None else First((own.source, hashed))
    lacks = Constant(cut_braces("true")) if own is None else Lacks(own.source)
    keys = (*rows.keys, "join")
    ids = FieldSource(
        Target(TargetKind.FIELD, "id", name="id"), whole, keys=own.keys if own else keys
    )
    marks = FieldSource(Target(TargetKind.FIELD, JOINS_FIELD, name=JOINS_FIELD), lacks, keys=keys)
    others = tuple(each for each in mapping.fields if each is not own)
    return replace(mapping, fields=(ids, marks, *others), joins_by_email=True)
