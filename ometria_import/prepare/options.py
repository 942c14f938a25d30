"""What a user can say about how sources are to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from ometria_import.choices import Escape, Period, Returns, Unmapped, WithoutEmail
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare.columns.null_words import NullWords
from ometria_import.schema import CONTACT_WITHOUT_EMAIL, ObjectSchema, ObjectType
from ometria_import.schema.field_types import Conventions, DateOrder, DecimalSign
from ometria_import.sources import ReadOptions


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """Answers to what files leave open; None where the files must say it themselves."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    """Of workbooks; None reads the first one that can be seen."""
    escape: Escape | None = None
    """Whether a backslash in a CSV file changes the meaning of what follows it."""
    null: tuple[str, ...] = ()
    """Words that stand for no value beside the usual ones; FIELD=WORD in one field only."""
    keep_word: tuple[str, ...] = ()
    """Words that are values although they stand for none elsewhere."""
    date_order: DateOrder | None = None
    decimal_sign: DecimalSign | None = None
    timezone: str | None = None
    """IANA name of the zone of times without one; None reads them as UTC, with a warning."""
    country: str | None = None
    """ISO 3166-1 alpha-2 code of phone numbers without a country code."""
    returns: Returns | None = None
    """What becomes of orders with negative totals or quantities; None sends them."""
    without_email: WithoutEmail | None = None
    """What becomes of contacts without an email; None rejects them."""
    unmapped: Unmapped = Unmapped.PROPERTIES
    mapping: str | Path | None = None
    """A preset's name or a mapping file; None lets each file say what it is."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What mappings ask for and files do not say, such as `shop_url`."""
    allow_empty: bool = False
    """Whether a source without rows is nothing to worry about."""
    older_than: timedelta | None = None
    """Orders that are younger are held back; None holds none back."""
    by: Period = Period.YEAR
    """What the table of orders and revenue is cut by."""

    decided: Mapping[str, Conventions] = field(default_factory=dict)
    """What the columns of an earlier run said, by field, for rejects of it that come back: a few
    of the rows may say something else than all of them did."""
    of_sources: Mapping[SourceArgument, PrepareOptions] = field(default_factory=dict)
    """Of single sources, in place of these."""

    def of(self, source: SourceArgument) -> PrepareOptions:
        """What the user says about one source."""
        return self.of_sources.get(source, self)

    @property
    def reading(self) -> ReadOptions:
        """The part that opens files."""
        return ReadOptions(self.encoding, self.delimiter, self.sheet, self.escape)

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
