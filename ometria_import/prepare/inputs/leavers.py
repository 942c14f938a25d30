"""Files of people who left, of which nothing but their name says so."""

from __future__ import annotations

import re
from pathlib import PurePath

from ometria_import.errors import MappingError
from ometria_import.prepare.inputs.opened import TableInput
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types.consent_names import name_words, says_who_left

_SHORT = re.compile(r"\bunsubs?\b")


def refuse_silent_leavers(opened: TableInput, name: str) -> None:
    """Refuse contacts of a file called `unsubscribed.csv` if nothing in it feeds their consent.

    They would be sent without their opt-outs, and the same people in another file as opted in.

    Args:
        opened: The source.
        name: The file's own name.

    Raises:
        MappingError: its name says that people left, and its columns do not.
    """
    if opened.object_type is not ObjectType.CONTACT:
        return
    words = _SHORT.sub("unsubscribed", name_words(PurePath(name).stem))
    if not says_who_left(words) or "marketing_optin" in opened.mapping.fields():
        return
    raise MappingError(
        f"{opened.source.path}: its name says that these contacts have left, but no column says "
        "so, and their opt-outs would be lost",
        hint="If they have left, add --mapping klaviyo-suppressed-emails --set list=unsubscribed "
        "(under [[sources]] in ometria-import.toml if there are other files): it joins them by "
        "email with the contacts of the other files. If they have not, rename the file.",
    )
