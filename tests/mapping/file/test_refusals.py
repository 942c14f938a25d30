"""What a mapping file is refused for, with file, line and suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from ometria_import.mapping.file.read import load_mapping
from tests.prepare.outcomes import prepare_text

HEAD = 'object_type = "product"\n[fields]\nid = "Id"\n'
LOOKUP = HEAD.replace("[fields]", '[lookups.parent]\nnames = "V"\ngives = "Id"\n[fields]')


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("object_type = \n", 1, "not TOML"),
        ('title = "x"\n', 1, "'object_type' is missing"),
        ('object_type = "prodct"\n', 1, "did you mean 'product'"),
        ('object_type = "product"\nfeilds = 1\n', 2, "did you mean 'fields'"),
        ('object_type = "product"\n', 1, "nothing feeds 'id'"),
        (HEAD + 'titel = "T"\n', 4, "no field 'titel' (did you mean 'title'?)"),
        (HEAD + 'title = { colum = "T" }\n', 4, "did you mean 'column'"),
        (HEAD + 'title = { column = "T", constant = "x" }\n', 4, "exactly one of"),
        (HEAD + 'title = { default = "x" }\n', 4, "no origin"),
        (HEAD + 'title = { constant = "{shp}" }\n[settings.shop]\nabout = "s"\n', 4, "mean 'shop'"),
        (HEAD + 'title = { column = "T", take = "first" }\n', 4, "without 'split'"),
        (HEAD + 'title = { column = "T", split = "," }\n', 4, "takes one value"),
        (HEAD + 'title = { column = "T", match = "(" }\n', 4, "not a regular expression"),
        (HEAD + 'title = { column = "T", match = "a" }\n', 4, "exactly one group"),
        (HEAD + 'title = { column = "T", part = "lastname" }\n', 4, "did you mean 'last_name'"),
        (HEAD + 'title = { column = "T", date_format = "%H:%M" }\n', 4, "year, month and day"),
        (HEAD + 'price = { column = "T", decimal_sign = "coma" }\n', 4, "did you mean 'comma'"),
        (HEAD + 'title = { column = "T", when = { column = "X" } }\n', 4, "needs one of"),
        (HEAD + 'title = { column = "T", otherwise = "x" }\n', 4, "without 'translate'"),
        (HEAD + 'title = { column = "T", translate = { a = "b", A = "c" } }\n', 4, "word twice"),
        (HEAD + 'title = "T"\n"Title" = "U"\n', 5, "title is fed twice"),
        (HEAD + 'title = "T"\n[columns]\ndrop = ["T"]\n', 4, "is used, and dropped"),
        (HEAD + 'title = "password_hash"\n', 4, "holds secrets"),
        (HEAD + '[items.listing.fields]\nstore = "S"\n', 4, "did you mean 'listings'"),
        (HEAD + '[rows]\nblank_key = "above"\n', 5, "without 'group_by'"),
        (
            HEAD + '[rows]\nleave_out = [\n  { blank = ["A"] },\n  { equals = ["A"] },\n]\n',
            5,
            "needs a 'column'",
        ),
        (HEAD + '[recognise]\nall = ["A"]\nnone = ["A"]\n', 6, "both required and forbidden"),
        (HEAD + '[refuse]\nreason = "r"\ninstead = "i"\n', 2, "cannot have fields"),
        (HEAD + '[settings.n]\nabout = "s"\n', 4, "cannot be the name of a setting"),
        (
            HEAD + '[[named_values]]\ninto = "atributes"\ncolumn = "A"\n',
            5,
            "did you mean 'attributes'",
        ),
        (HEAD + 'title = { column = "T", match_each = "(a)" }\n', 4, "without 'split'"),
        (
            HEAD + '"attributes.a" = { column = "T", split = ",", match_each = "a" }\n',
            4,
            "exactly one group",
        ),
        (HEAD + 'title = { column = "T", true_wins = true }\n', 4, "true or false, which title"),
        (HEAD + '"attributes.a" = { column = "T", true_wins = true }\n', 4, "true or false"),
        (
            HEAD + 'is_active = { first = ["A", { column = "B", true_wins = true }] }\n',
            4,
            "belongs to the whole source",
        ),
        (
            HEAD
            + 'title = { column = "T", when = { column = "A", above = 1, above_column = "B" } }\n',
            4,
            "cannot be used together",
        ),
        (
            HEAD + 'title = { column = "T", when = { column = "A", above_column = "A" } }\n',
            4,
            "never above itself",
        ),
        (
            HEAD + 'title = { column = "T", when = { above_column = "A" } }\n',
            4,
            "needs a 'column'",
        ),
        *(
            (
                HEAD + f'title = {{ column = "T", when = {{ column = "A", above = {number} }} }}\n',
                4,
                "must be a number",
            )
            for number in ("nan", "inf", "-inf", "1e999", "true", '"1"')
        ),
        (HEAD + 'notes = "one"\n', 4, "no field 'notes'"),
        ('notes = "one"\n' + HEAD, 1, "must be a list of texts"),
        (HEAD + '[items.listings]\nout_of_place = "hide"\n', 5, "cannot be 'hide'"),
        (
            'object_type = "order"\n[fields]\n[items.lineitems]\nout_of_place = "drop"\n',
            4,
            "belong to every record",
        ),
        (HEAD + '[columns]\nunmapped = "propertys"\n', 5, "did you mean 'properties'"),
        (HEAD + 'title = { column = "T", escape = "!" }\n', 4, "without 'split'"),
        (HEAD + 'title = { column = "T", quote = "!" }\n', 4, "without 'split' or 'key'"),
        (HEAD + 'title = { column = "T", of = "X" }\n', 4, "without 'lookup'"),
        (HEAD + 'title = { lookup = "parent", of = "Id" }\n', 4, "'parent' is not under [lookups]"),
        (
            HEAD + '"attributes.a" = { column = "T", split = ",", escape = "," }\n',
            4,
            "cannot also be part of the values",
        ),
        (
            HEAD + '"attributes.a" = { column = "T", split = ",", escape = "!", quote = "\'" }\n',
            4,
            "cannot be used together",
        ),
        (HEAD + '[lookups.parent]\ngives = "Id"\n', 4, "a lookup needs 'names'"),
        (LOOKUP + 'title = { lookup = "parent" }\n', 7, "'lookup' needs 'of'"),
        (
            LOOKUP + 'title = { lookup = "parent", of = { column = "T", split = "," } }\n',
            7,
            "'of' cannot be or have a list",
        ),
        (LOOKUP + 'title = { lookup = "parent", of = { colum = "T" } }\n', 7, "'column'"),
        (
            HEAD + '[rows]\nown_row = { where = { blank = ["V"] }, reason = "r" }\n',
            5,
            "'own_row' has no effect without 'group_by'",
        ),
        (
            HEAD + '[[named_values]]\ninto = "attributes"\ncolumn = "A"\nescape = "!"\n',
            7,
            "'escape' has no effect without 'split'",
        ),
        (
            HEAD + '[[named_values]]\ninto = "attributes"\nname = "A"\nvalue = "B"\nquote = "!"\n',
            8,
            "without 'split' or 'column'",
        ),
        (
            HEAD + '[recognise]\nall = ["A"]\nany = ["B", "C"]\nat_least = 3\n',
            7,
            "'at_least' must be a number of names",
        ),
    ],
)
def test_wrong_mapping_is_refused_with_file_line_and_suggestion(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(MappingError) as caught:
        load_mapping(path)

    assert words in caught.value.message
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert caught.value.exit_code is ExitCode.UNUSABLE


def test_column_that_the_file_lacks_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    mapping = tmp_path / "my.toml"
    mapping.write_text(f'{HEAD}title = {{ first = [\n  "Titel",\n] }}\n', "utf-8")

    with pytest.raises(MappingError) as caught:
        prepare_text(tmp_path, "p.csv", "Id,Title\n1,x\n", mapping=mapping)

    assert caught.value.message.startswith(f"{mapping}:5: ")
    assert "has no column 'Titel' (did you mean 'Title'?)" in caught.value.message


def test_mandatory_field_without_a_column_is_refused_even_where_columns_may_lack(
    tmp_path: Path,
) -> None:
    mapping = tmp_path / "my.toml"
    mapping.write_text(f'{HEAD}[columns]\nmissing = "allow"\n', "utf-8")

    with pytest.raises(MappingError, match="nothing feeds id"):
        prepare_text(tmp_path, "p.csv", "Title\nx\n", mapping=mapping)


def test_export_that_cannot_do_says_what_to_export_instead(tmp_path: Path) -> None:
    mapping = tmp_path / "my.toml"
    mapping.write_text(
        'object_type = "order"\n[refuse]\nreason = "it has no line items"\n'
        'instead = "Export all."\n',
        "utf-8",
    )

    with pytest.raises(MappingError, match="it has no line items") as caught:
        prepare_text(tmp_path, "o.csv", "ID\n1\n", mapping=mapping)

    assert caught.value.hint == "Export all."
