"""How the sources of one run are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ometria_import.errors import UsageError
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.choices import WithoutEmail
from ometria_import.options.reading_options import ReadingOptions, reading_options
from ometria_import.prepare.columns.null_words import NullWords
from ometria_import.problems import Finding
from ometria_import.schema import CONTACT_WITHOUT_EMAIL, ObjectSchema, ObjectType
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

_RULES = {"timezone": FieldTypeName.TIMEZONE, "country": FieldTypeName.COUNTRY}
"""Options that are read as cells are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions(ReadingOptions):
    """What a user says, and what is known besides of single sources."""

    decided: Mapping[str, Conventions] = field(default_factory=dict)
    """What the columns of an earlier run said, by field, for rejects of it that come back: a few
    of the rows may say something else than all of them did."""
    of_sources: Mapping[SourceArgument, PrepareOptions] = field(default_factory=dict)
    """Of single sources, in place of these."""

    @classmethod
    def checked(cls, said: ReadingOptions, where: str = "") -> PrepareOptions:
        """What somebody said, once it is certain that time zone and country exist.

        Args:
            said: Their options.
            where: The place in a file, for messages; empty for flags.

        Raises:
            UsageError: one of them does not exist.
        """
        values = {each.name: getattr(said, each.name) for each in reading_options()}
        for each in reading_options():
            text, kind = values[each.name], _RULES.get(each.name)
            if kind is None or text is None:
                continue
            # By the same rule as a cell of its kind.
            rule = field_type(kind, Conventions())
            value = rule.parse(text.strip()) if text.strip() else Finding("", "no value is given")
            if isinstance(value, Finding):
                name = f"{where}: {each.name}" if where else each.flag
                raise UsageError(
                    f"{name}: {value.message}", hint=f"Write it like this: {rule.example}."
                )
            values[each.name] = value
        return cls(**values)

    def of(self, source: SourceArgument) -> PrepareOptions:
        """What the user says about one source."""
        return self.of_sources.get(source, self)

    def conventions_of(self, path: str, known: Conventions) -> Conventions:
        """What is known of a field's column, and for the rest what an earlier run had decided."""
        earlier = self.decided.get(path)
        if earlier is None:
            return known
        return replace(
            known,
            date_order=known.date_order or earlier.date_order,
            decimal_sign=known.decimal_sign or earlier.decimal_sign,
        )

    @property
    def null_words(self) -> NullWords:
        """The part that says what counts as blank.

        Raises:
            UsageError: a word is given for a field that does not exist.
        """
        return NullWords.of(self.null, self.keep_word)

    def requirements(self, schema: ObjectSchema) -> ObjectSchema:
        """A schema with what a record must have as the user wants it."""
        if self.without_email is not WithoutEmail.SEND:
            return schema
        return CONTACT_WITHOUT_EMAIL if schema.object_type is ObjectType.CONTACT else schema

    @property
    def conventions(self) -> Conventions:
        """The part that field types read values by."""
        return Conventions(self.date_order, self.decimal_sign, self.timezone, self.country)
