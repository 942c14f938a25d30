"""What a mapping of events leaves to its user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ometria_import.did_you_mean import did_you_mean, plain
from ometria_import.errors import UsageError
from ometria_import.mapping.file.place import Section


@dataclass(frozen=True, slots=True)
class EventSetting:
    """One setting of a mapping, with what it says now."""

    name: str
    about: str
    required: bool
    default: str
    one_of: tuple[str, ...]
    """The words that it may say; empty where any will do."""
    value: str
    """What the user said, else the default; blank without both."""

    def check_given(self) -> None:
        """Refuse to go on without a setting that is required.

        Raises:
            UsageError: it is blank.
        """
        if self.required and not self.value:
            raise UsageError(
                f"the setting {self.name} is required: {self.about}",
                hint=f"Set it with --set {self.name}=…",
            )


def chosen_settings(section: Section, said: Mapping[str, str]) -> tuple[EventSetting, ...]:
    """The settings of a mapping with what the user says; those of other mappings are passed over.

    Names and words are compared without case, blanks, `_` and `-`, as RudderStack's own
    settings are written in another way: `marketingOptin`.

    Raises:
        MappingError: the mapping's own part is wrong.
        UsageError: a setting says a word that it does not know.
    """
    by_name = {plain(name): value for name, value in said.items()}
    return tuple(
        _chosen(section.section(name), by_name.get(plain(name), "").strip())
        for name in section.values
    )


def _chosen(section: Section, said: str) -> EventSetting:
    section.only("about", "required", "default", "one_of")
    name, about = section.keys[-1], section.text_of("about")
    default, one_of = section.text_of("default", ""), section.texts_of("one_of")
    required = section.flag("required")
    if default and one_of and default not in one_of:
        raise section.error(f"the default '{default}' is not one of 'one_of'", "default")
    if required and default:
        raise section.error("a setting with a default cannot be required", "default")
    value = said or default
    if said and one_of:
        known = {plain(word): word for word in one_of}
        if plain(said) not in known:
            raise UsageError(
                f"the setting {name} cannot be '{said}'{did_you_mean(said, one_of)}",
                hint=f"{name} ({about}) is one of {', '.join(one_of)}.",
            )
        value = known[plain(said)]
    return EventSetting(name, about, required, default, one_of, value)
