"""The row-by-row program that `ometria-import` is measured beside.

What a good Python programmer would write in a day: csv.DictReader, a pydantic model for each
object type with before-validators, pydantic's own JSON encoder. It does the work of `check`:
every value is validated and normalised, every problem goes to a CSV with its line and field,
duplicate keys, record sizes and property lengths are checked, and the bodies of 100 records
are encoded. It is simpler than the importer where that makes it faster: it knows its columns
and their date order beforehand, does not look for the encoding and the delimiter, and does not
take the earlier of two records with the same key out of the bodies.
"""
