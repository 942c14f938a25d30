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
"""Options that are parsed by the same rules as cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions(ReadingOptions):
    """The user's reading options, and options for single sources."""

    decided: Mapping[str, Conventions] = field(default_factory=dict)
    """For resubmitted rejects: the conventions that the earlier run decided, by field. A few of the
    rows may suggest something else than the whole file did."""
    of_sources: Mapping[SourceArgument, PrepareOptions] = field(default_factory=dict)
    """Options for single sources, which replace these."""

    @classmethod
    def checked(cls, said: ReadingOptions, where: str = "") -> PrepareOptions:
        """Validate options: time zone and country must exist.

        Args:
            said: The options to validate.
            where: The place in a file, for messages; empty for flags.

        Raises:
            UsageError: one of them does not exist.
        """
        values = {each.name: getattr(said, each.name) for each in reading_options()}
        for each in reading_options():
            text, kind = values[each.name], _RULES.get(each.name)
            if kind is None or text is None:
                continue
            # Parsed by the same rule as a cell of that type.
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
        """The options for one source."""
        return self.of_sources.get(source, self)

    def conventions_of(self, path: str, known: Conventions) -> Conventions:
        """The conventions for a field's column, completed by those an earlier run decided."""
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
        """The options about null words, as `NullWords`.

        Raises:
            UsageError: a word is given for a field that does not exist.
        """
        return NullWords.of(self.null, self.keep_word)

    def requirements(self, schema: ObjectSchema) -> ObjectSchema:
        """The schema, with the mandatory fields adjusted to the user's options."""
        if self.without_email is not WithoutEmail.SEND:
            return schema
        return CONTACT_WITHOUT_EMAIL if schema.object_type is ObjectType.CONTACT else schema

    @property
    def conventions(self) -> Conventions:
        """The options that field types parse values by."""
        return Conventions(self.date_order, self.decimal_sign, self.timezone, self.country)
