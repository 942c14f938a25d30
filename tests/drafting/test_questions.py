"""What a draft leaves to a person: which total, what a no means, which word is the yes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ometria_import.drafting.asking.asking import open_questions, take_answer
from ometria_import.drafting.draft import Draft, Samples, draft, draft_all, table_of
from ometria_import.drafting.writing.writing import write_mapping

PEOPLE = {"ID": ["1", "2", "3"], "Email": [f"p{n}@example.com" for n in range(3)]}
ORDERS = {
    "order_id": ["1", "2", "3"],
    "order_date": ["2024-01-02"] * 3,
    "currency": ["GBP"] * 3,
    "total": ["10.00", "12.00", "8.00"],
}
PAID = ["9.00", "12.00", "5.00"]


def asked(drafted: Draft) -> dict[str, tuple[str, ...]]:
    return {each.key: each.choices for each in open_questions(drafted.table, drafted.reading)}


def answered(drafted: Draft, key: str, answer: str) -> dict[str, Any]:
    assert take_answer(drafted.table, drafted.reading, key, answer)
    assert key not in asked(drafted)
    return tomllib.loads(write_mapping(drafted.table, drafted.reading))


def contacts(more: Samples) -> Draft:
    return draft("people.csv", {**PEOPLE, **more})


def orders(more: Samples) -> Draft:
    return draft("orders.csv", {**ORDERS, **more})


def test_two_totals_that_no_sum_tells_apart_are_asked_about() -> None:
    drafted = orders({"total_paid": PAID})

    assert "grand_total" not in tomllib.loads(drafted.text)["fields"]
    assert '# grand_total = "total"  # such as 10.00' in drafted.text
    assert '# grand_total = "total_paid"  # such as 9.00' in drafted.text
    (question,) = open_questions(drafted.table, drafted.reading)
    assert question.choices == ("total", "total_paid")
    assert (question.default, question.is_safe) == ("total", False)
    assert question.evidence == [
        "total: 10.00, 12.00, 8.00; Ometria would get grand_total 10.00 for the first",
        "total_paid: 9.00, 12.00, 5.00; Ometria would get grand_total 9.00 for the first",
        "total and total_paid differ in 2 of 3 rows, such as 10.00 and 9.00",
    ]
    fields = answered(drafted, "total", "total_paid")["fields"]
    assert fields["grand_total"] == "total_paid"
    assert not take_answer(drafted.table, drafted.reading, "total", "total")


@pytest.mark.parametrize(
    ("more", "right"),
    [
        ({"total_paid": ORDERS["total"]}, "total"),
        ({"total_paid": PAID, "discount": ["1.00", "0.00", "3.00"]}, "total_paid"),
        ({"total_paid": PAID, "subtotal": PAID, "shipping": ["1.00", "0.00", "3.00"]}, "total"),
        ({"total_inc_vat": ["12.00", "14.40", "9.60"]}, "total_inc_vat"),
        (
            {"Total after discount": PAID, "discount": ["-1.00", "0.00", "-3.00"]},
            "Total after discount",
        ),
        ({"amount": PAID}, "total"),
    ],
)
def test_totals_that_sums_or_names_tell_apart_are_not_asked_about(
    more: Samples, right: str
) -> None:
    drafted = orders(more)

    assert asked(drafted) == {}
    assert tomllib.loads(drafted.text)["fields"]["grand_total"] == right


def test_sums_of_the_lines_tell_which_total_was_paid() -> None:
    head = table_of(
        "orders.csv", {**ORDERS, "total_paid": PAID, "shipping": ["4.00", "4.00", "4.00"]}
    )
    lines = table_of(
        "order_lines.csv",
        {
            "order_id": ["1", "1", "2", "3"],
            "sku": ["a", "b", "c", "d"],
            "qty": ["1", "2", "2", "1"],
            "unit_price": ["2.00", "2.00", "4.00", "4.00"],
        },
    )

    (of_orders, _), _, _ = draft_all([head, lines])

    assert asked(of_orders) == {}
    assert of_orders.reading.fields["grand_total"].column.name == "total"


def test_what_a_plain_no_says_is_asked_and_is_nothing_until_then() -> None:
    drafted = contacts({"Newsletter": ["yes", "no", ""]})

    assert tomllib.loads(drafted.text)["fields"]["marketing_optin"] == "Newsletter"
    key = "marketing_optin: Newsletter: a plain no"
    assert asked(drafted) == {key: ("out", "nothing", "other")}
    mapping = answered(drafted, key, "out")
    (fed,) = mapping["fields"]["marketing_optin"]["first"]
    assert fed["translate"]["no"] == "EXPLICITLY_OPTEDOUT"
    assert "yes" not in fed["translate"]
    other = contacts({"Newsletter": ["yes", "no", ""]})
    assert "marketing_optin" not in answered(other, key, "other")["fields"]


@pytest.mark.parametrize(
    "more",
    [
        {"Newsletter": ["yes", "no", ""], "Unsubscribed": ["no", "yes", "no"]},
        {"Newsletter": ["yes", "no", ""], "Unsubscribed at": ["", "2024-01-02", ""]},
        {"Newsletter": ["subscribed", "unsubscribed", ""]},
    ],
)
def test_a_no_is_not_asked_about_where_something_else_says_who_left(more: Samples) -> None:
    assert asked(contacts(more)) == {}


def test_word_for_leaving_in_a_plain_status_is_an_opt_out_and_the_others_are_asked_about() -> None:
    drafted = contacts({"Status": ["aktiv", "abgemeldet", "aktiv"]})

    assert tomllib.loads(drafted.text)["fields"]["marketing_optin"] == {
        "first": [
            {
                "constant": "EXPLICITLY_OPTEDOUT",
                "when": {"column": "Status", "equals": ["abgemeldet"]},
            }
        ]
    }
    assert [*asked(drafted)] == ["marketing_optin: Status: aktiv"]


@pytest.mark.parametrize(
    "column", ["Geen mailing", "Zone Opt Out", "Accepts our marketing", "Spam complaint"]
)
def test_flag_that_may_say_who_left_is_asked_about_and_never_lost(column: str) -> None:
    drafted = contacts({column: ["yes", "no", "no"]})

    assert "marketing_optin" not in tomllib.loads(drafted.text)["fields"]
    assert f"marketing_optin: {column}: yes" in asked(drafted)


@pytest.mark.parametrize("words", [["S", "N", ""], ["X", "", ""], ["1", "2", "3"]])
def test_words_that_nobody_knows_are_asked_about_one_by_one(words: list[str]) -> None:
    drafted = contacts({"Newsletter": words})

    known = [word for word in words if word]
    assert "marketing_optin" not in tomllib.loads(drafted.text)["fields"]
    assert [*asked(drafted)] == [f"marketing_optin: Newsletter: {word}" for word in known]
    mapping = answered(drafted, f"marketing_optin: Newsletter: {known[0]}", "in")
    assert mapping["fields"]["marketing_optin"]["first"] == [
        {
            "column": "Newsletter",
            "translate": {known[0]: "EXPLICITLY_OPTEDIN"},
            "otherwise": "drop",
        }
    ]


def test_date_of_leaving_alone_is_an_opt_out_and_a_date_of_joining_is_asked_about() -> None:
    drafted = contacts(
        {"Subscribed at": ["2024-01-02"] * 3, "Unsubscribed at": ["", "2024-02-03", ""]}
    )
    out = {"constant": "EXPLICITLY_OPTEDOUT", "when": {"filled": ["Unsubscribed at"]}}

    fields = tomllib.loads(drafted.text)["fields"]
    assert fields["marketing_optin"]["first"] == [out]
    assert fields["timestamp_unsubscribed"] == "Unsubscribed at"
    assert "timestamp_subscribed" not in fields
    fields = answered(drafted, "marketing_optin: Subscribed at: a date", "in")["fields"]
    assert fields["marketing_optin"]["first"] == [
        out,
        {
            "constant": "EXPLICITLY_OPTEDIN",
            "when": {"filled": ["Subscribed at"], "blank": ["Unsubscribed at"]},
        },
    ]
    assert fields["timestamp_subscribed"] == "Subscribed at"


def test_date_on_which_a_customer_left_is_no_opt_out_until_somebody_says_so() -> None:
    drafted = contacts({"Fecha de baja": ["", "2024-02-03", ""]})

    assert "marketing_optin" not in tomllib.loads(drafted.text)["fields"]
    key = "marketing_optin: Fecha de baja: a date of leaving"
    (question,) = open_questions(drafted.table, drafted.reading)
    assert (question.key, question.is_safe) == (key, False)
    assert answered(drafted, key, "out")["fields"]["timestamp_unsubscribed"] == "Fecha de baja"


@pytest.mark.parametrize(
    ("words", "yes", "fed"),
    [
        (["S", "N"], "S", {"column": "Attivo", "translate": {"S": "true", "N": "false"}}),
        (
            ["X", ""],
            "X",
            {
                "first": [
                    {"constant": "true", "when": {"column": "Attivo", "equals": ["X"]}},
                    {"constant": "false"},
                ]
            },
        ),
    ],
)
def test_flags_whose_yes_nobody_can_tell_are_asked_about(
    words: list[str], yes: str, fed: dict[str, Any]
) -> None:
    samples = {"Codice articolo": ["1", "2"], "Descrizione": ["Tazza", "Vaso"], "Attivo": words}
    drafted = draft("prodotti.csv", {**samples, "Prezzo": ["3.50", "4.50"]})

    assert "is_active" not in tomllib.loads(drafted.text)["fields"]
    key = "is_active: Attivo: yes"
    assert asked(drafted) == {key: (*(word for word in words if word), "none")}
    assert answered(drafted, key, yes)["fields"]["is_active"] == fed


def test_cancelled_orders_with_an_x_are_asked_about() -> None:
    """Bug: an X beside blanks was no yes, and the orders counted as revenue."""
    drafted = orders({"Storniert": ["", "X", ""]})

    assert "is_valid" not in tomllib.loads(drafted.text)["fields"]
    assert '# QUESTION: which word of "Storniert" says that the order was cancelled?' in (
        drafted.text
    )
    assert asked(drafted) == {"cancel: Storniert: yes": ("X", "none")}
    fields = answered(drafted, "cancel: Storniert: yes", "X")["fields"]
    assert fields["is_valid"]["translate"]["X"] == "false"
    assert fields["is_valid"]["otherwise"] == "true"


def test_deleted_contacts_with_an_x_are_left_out_once_somebody_says_so() -> None:
    drafted = contacts({"LOEVM": ["X", "", ""]})

    assert "rows" not in tomllib.loads(drafted.text)
    rows = answered(drafted, "deleted: LOEVM: yes", "X")["rows"]
    assert rows["leave_out"] == [{"column": "LOEVM", "equals": ["X", "true", "1"]}]


def test_stock_in_letters_is_no_stock_until_somebody_says_which_is_the_yes() -> None:
    """Bug: both letters were drafted as in stock."""
    samples = {"SKU": ["1", "2"], "Name": ["Mug", "Cup"], "In stock": ["S", "N"]}
    drafted = draft("products.csv", {**samples, "Price": ["3.50", "4.50"]})

    assert "is_in_stock" not in tomllib.loads(drafted.text)["fields"]
    assert "is_in_stock: In stock: yes" in asked(drafted)


def test_a_letter_of_two_meanings_is_asked_about() -> None:
    drafted = contacts({"Sexo": ["H", "F", "M"]})

    assert asked(drafted) == {"gender: Sexo: M": ("man", "woman", "none")}
    fields = answered(drafted, "gender: Sexo: M", "woman")["fields"]
    assert fields["gender"] == {"column": "Sexo", "translate": {"M": "f"}}


@pytest.mark.parametrize("letters", [["H", "H", "M"], ["H", "F", ""], ["V", "H", "H"]])
def test_letters_that_the_column_explains_are_fed(letters: list[str]) -> None:
    """Bug: a column of which most are an H was not known as genders."""
    drafted = contacts({"Sexo": letters})

    assert "gender" in tomllib.loads(drafted.text)["fields"]
    assert asked(drafted) == {}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("email_sends.csv", ("send_id", "email", "campaign", "sent_at")),
        ("subscriptions.csv", ("subscription_id", "customer_id", "email", "status", "created_at")),
        ("newsletter_events.csv", ("id", "email", "what", "created_at")),
    ],
)
def test_what_happened_to_contacts_is_no_contact(name: str, columns: tuple[str, ...]) -> None:
    emails = {"email": ["a@example.com", "b@example.com"]}
    texts = {each: ["1", "2"] for each in columns} | emails | {"created_at": ["2024-01-02"] * 2}

    assert draft(name, texts).reading.kind != "contact"


def test_date_of_leaving_wins_over_a_plain_yes_and_not_over_a_state_that_knows_who_left() -> None:
    left = {"Data disiscrizione": ["", "2024-06-21", ""]}
    flag = contacts({"Consenso newsletter": ["Sì", "Sì", "No"], **left})
    state = contacts({"Newsletter": ["subscribed", "unsubscribed", "subscribed"], **left})

    leaving = {
        "constant": "EXPLICITLY_OPTEDOUT",
        "when": {"filled": ["Data disiscrizione"]},
    }
    written = [tomllib.loads(write_mapping(each.table, each.reading)) for each in (flag, state)]
    assert [each["fields"]["marketing_optin"] for each in written] == [
        {"first": [leaving, "Consenso newsletter"]},
        {"first": ["Newsletter", leaving]},
    ]
    # Beside an opt-in the date would say that the person left after it.
    assert [each["fields"]["timestamp_unsubscribed"] for each in written] == [
        "Data disiscrizione",
        {
            "column": "Data disiscrizione",
            "when": {"column": "Newsletter", "not_equals": ["subscribed"]},
        },
    ]


def test_grand_total_is_the_orders_although_each_order_has_one_line() -> None:
    drafted = orders({"sku": ["A", "B", "C"], "qty": ["1", "2", "1"], "Grand Total": PAID})
    written = tomllib.loads(write_mapping(drafted.table, drafted.reading))
    assert "Grand Total" not in str(written["items"]["lineitems"])


def test_date_of_leaving_wins_over_a_letter_that_somebody_called_a_yes() -> None:
    drafted = contacts({"Newsletter": ["S", "S", ""], "Unsubscribed at": ["", "2024-06-21", ""]})
    written = answered(drafted, "marketing_optin: Newsletter: S", "in")
    first, second = written["fields"]["marketing_optin"]["first"]
    assert first["when"] == {"filled": ["Unsubscribed at"]}
    assert second["translate"] == {"S": "EXPLICITLY_OPTEDIN"}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("email_ok", ["yes", "no", ""]),
        ("mail_ok", ["yes", "no", ""]),
        ("contact_yn", ["Y", "N", ""]),
        ("receive_offers", ["1", "0", ""]),
        ("no_contact", ["1", "0", ""]),
        ("gdpr", ["yes", "no", ""]),
        ("Ofertas", ["S", "N", ""]),
        ("zgoda_x", ["Tak", "Nie", ""]),
        ("obchodní sdělení", ["ano", "ne", ""]),
        ("Pazarlama izni", ["Evet", "Hay\u0131r", ""]),
        ("メルマガ", ["はい", "いいえ", ""]),
        ("配信", ["○", "×", ""]),
        ("kat", ["Subscribed", "Optout", ""]),
    ],
)
def test_column_that_may_be_consent_is_asked_about_and_feeds_nothing_until_then(
    name: str, texts: list[str]
) -> None:
    drafted = contacts({name: texts})

    # A word that says by itself that somebody left needs no answer.
    open_words = [text for text in texts if text and text != "Optout"]
    assert set(asked(drafted)) == {f"marketing_optin: {name}: {text}" for text in open_words}
    assert f'# QUESTION: does "{name}" say who agreed to marketing?' in drafted.text
    assert "EXPLICITLY_OPTEDIN" not in str(tomllib.loads(drafted.text))
    fed = answered(drafted, f"marketing_optin: {name}: {texts[0]}", "in")["fields"]
    assert fed["marketing_optin"]["first"][-1]["translate"] == {texts[0]: "EXPLICITLY_OPTEDIN"}


@pytest.mark.parametrize(
    "name",
    ["vip", "gift_wrapped", "email_verified", "contact_is_company", "has_orders_x", "Stammkunde"],
)
def test_yes_and_no_of_something_else_is_not_asked_about(name: str) -> None:
    assert asked(contacts({name: ["yes", "no", "yes"]})) == {}


def test_text_messages_are_asked_about_by_themselves() -> None:
    assert asked(contacts({"SMS": ["yes", "no", ""]})) == {
        "channels.sms.allow_marketing: SMS: yes": ("in", "out", "nothing"),
        "channels.sms.allow_marketing: SMS: no": ("in", "out", "nothing"),
    }


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("登録解除日", ["", "2024-06-21", ""]),
        ("Leiratkozás napja", ["", "2024-06-21", ""]),
        ("Opt-out Zeitstempel xy", ["", "2024-06-21", ""]),
        ("Avslutat nyhetsbrev", ["", "2024-06-21", ""]),
        ("Newsletter gekündigt am", ["", "21.06.2024", ""]),
        ("fin newsletter", ["", "2024-06-21", ""]),
        ("Nieuwsbrief opgezegd", ["", "2024-06-21", ""]),
        ("Newsletter cancellata il", ["", "2024-06-21", ""]),
    ],
)
def test_date_that_sounds_like_leaving_is_asked_about(name: str, texts: list[str]) -> None:
    drafted = contacts({"Newsletter": ["yes", "yes", ""], name: texts})

    key = f"marketing_optin: {name}: a date of leaving"
    assert asked(drafted)[key] == ("out", "nothing")
    said = answered(drafted, key, "out")["fields"]
    assert said["marketing_optin"]["first"][0]["when"] == {"filled": [name]}
    assert said["timestamp_unsubscribed"] == name
    other = contacts({"Newsletter": ["yes", "yes", ""], name: texts})
    fields = answered(other, key, "nothing")["fields"]
    assert (fields["marketing_optin"], "timestamp_unsubscribed" in fields) == ("Newsletter", False)


def test_words_under_a_name_of_consent_are_asked_about_in_any_language() -> None:
    assert set(asked(contacts({"メルマガ": ["希望する", "希望しない", ""]}))) == {
        "marketing_optin: メルマガ: 希望する",
        "marketing_optin: メルマガ: 希望しない",
    }
