"""Drafting a mapping from names and values: what is certain is fed, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from benchmarks.drafting.score import score
from benchmarks.drafting.sets import DraftedSet, all_sets
from ometria_import.drafting.asking.asking import open_questions, take_answer
from ometria_import.drafting.columns.names import meanings_of, without_prefix
from ometria_import.drafting.draft import Samples, draft, draft_all, draft_objects, table_of
from ometria_import.drafting.writing.writing import write_mapping
from ometria_import.mapping.file.read import parse_mapping

TILL = {
    "Receipt No": ["1001", "1001", "1002"],
    "Sold": ["31/01/2024 09:30"] * 3,
    "Receipt total": ["12.50", "12.50", "9.00"],
    "Ccy": ["GBP"] * 3,
    "E-Mail": ["ada@example.com", "ada@example.com", ""],
    "Article": ["A1", "A2", "A1"],
    "Qty": ["1", "2", "1"],
    "Unit price": ["4.00"] * 3,
    "Clerk": ["Bo"] * 3,
}


def drafted(samples: Samples, name: str = "people.csv", kind: str = "") -> dict[str, Any]:
    return tomllib.loads(draft(name, samples, kind).text)


def test_till_export_is_drafted_as_orders_with_line_items() -> None:
    found = drafted(TILL, "till export.csv")

    assert found["object_type"] == "order"
    assert found["rows"]["group_by"] == ["Receipt No"]
    assert found["fields"] == {
        "id": "Receipt No",
        "timestamp": "Sold",
        "grand_total": "Receipt total",
        "currency": "Ccy",
        "customer.email": "E-Mail",
    }
    assert found["items"]["lineitems"]["fields"] == {
        "product_id": "Article",
        "quantity": "Qty",
        "unit_price": "Unit price",
    }
    assert "#     Clerk  # such as Bo" in draft("till export.csv", TILL).text


@pytest.mark.parametrize("table", list(all_sets()), ids=lambda table: table.name)
def test_no_draft_feeds_consent_ids_or_money_from_a_column_that_must_not(table: DraftedSet) -> None:
    counts, notes = score(table)

    assert not counts["dangerous"], notes
    assert counts["type"] == 1, notes


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ORDNO", ["order", "number"]),
        ("CUSTNO", ["customer", "number"]),
        ("Bestellnummer", ["order", "number"]),
        ("Kundennr.", ["customer", "number"]),
        ("shippingAddress.postalCode", ["ship", "address", "zip"]),
        ("Sale Price Inc VAT", ["sale", "price", "gross"]),
        ("No Email", ["never", "email"]),
        ("Fecha pedido", ["date", "order"]),
        ("Besteldatum", ["order", "date"]),
        ("Q.t\u00e0", ["quantity"]),
        ("Data consegna", ["date", "ship"]),
        ("Betrag inkl. MwSt.", ["amount", "gross"]),
        ("KUNNR", ["customer", "number"]),
        ("Verk. an Deb.-Nr.", ["customer", "customer", "number"]),
        ("N.\u00ba da encomenda", ["number", "order"]),
        ("P\u0142e\u0107", ["gender"]),
        ("K\u00f8n", ["gender"]),
        ("CRNCY_CD", ["currency", "code"]),
        ("name-en_GB", ["name"]),
    ],
)
def test_words_of_a_name_are_known_in_several_languages(name: str, meant: list[str]) -> None:
    found = meanings_of(name)

    assert len(found) == len(meant)
    assert all(word in each for word, each in zip(meant, found, strict=True)), found


@pytest.mark.parametrize("prefix", ["OX", "GL_", "f4."])
def test_letters_before_all_names_say_nothing(prefix: str) -> None:
    names = ["ORDERNR", "CITY", "TOTAL", "CURRENCY", "EMAIL", "STATUS"]
    assert without_prefix([prefix + name for name in names]) == {
        prefix + name: name for name in names
    }


def test_names_that_are_known_whole_keep_their_letters() -> None:
    names = ["DO_Piece", "DO_Date", "DO_Tiers", "DO_Devise", "DO_Coord01", "DO_Ville"]
    said = without_prefix(names)

    assert (said["DO_Piece"], said["DO_Ville"]) == ("DO_Piece", "Ville")


def test_letters_that_say_whose_it_is_stay() -> None:
    names = ["CUSTNO", "CUSTNAME", "CUSTCITY", "CUSTZIP", "CUSTMAIL", "CUSTDATE"]
    assert without_prefix(names) == {name: name for name in names}


def test_word_that_nobody_knows_is_no_compound_of_others() -> None:
    assert meanings_of("report") == (frozenset(),)
    assert meanings_of("_loaded_at") == (frozenset(),)


@pytest.mark.parametrize(
    "column",
    ["Cost price", "Gross margin", "Einkaufspreis", "Prix d'achat", "Precio coste", "Refund total"],
)
def test_cost_and_profit_are_no_price_and_no_total(column: str) -> None:
    order = {"Order ID": ["1", "2"], "Order date": ["2024-01-02"] * 2, column: ["9.50", "8.00"]}
    product = {"SKU": ["a", "b"], "Name": ["Mug", "Cup"], column: ["9.50", "8.00"]}

    assert column not in str(drafted(order, "orders.csv")["fields"].values())
    assert column not in str(drafted(product, "products.csv")["fields"].values())


ORDERS = {
    "Order No": [f"A{n}" for n in range(20)],
    "Order date": ["2024-01-31"] * 20,
    "Email": ["till@example.com"] * 20,
    "Total": [f"{n * 137 + 1101}" for n in range(20)],
}


def test_address_of_every_order_is_the_shops_and_not_a_customers() -> None:
    assert "customer.email" not in drafted(ORDERS, "orders.csv")["fields"]


def test_whole_amounts_that_may_be_cents_are_left_open() -> None:
    amounts = [f"{n * 137 + 1101}.00" for n in range(20)]

    assert "grand_total" not in drafted(ORDERS, "orders.csv")["fields"]
    assert drafted({**ORDERS, "Total": amounts}, "orders.csv")["fields"]["grand_total"] == "Total"


@pytest.mark.parametrize("name", ["Fournisseurs.csv", "Lieferanten.csv", "suppliers.csv"])
def test_suppliers_are_no_contacts(name: str) -> None:
    found = draft(name, {"Code": ["A", "B"], "E-mail": ["a@example.com", "b@example.com"]})

    assert not found.reading.kind


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("refunds.csv", "Reason"),
        ("Gutschriften.csv", "Grund"),
        ("abandoned_carts.csv", "Recovered"),
        ("sales.csv", "Supplier Code"),
    ],
)
def test_refunds_carts_and_orders_from_suppliers_are_no_orders(name: str, more: str) -> None:
    found = draft(name, {**ORDERS, "Currency": ["GBP"] * 20, more: ["S1"] * 20})

    assert not found.reading.kind


def test_the_number_that_a_customer_gave_an_order_is_not_the_customers() -> None:
    found = drafted({**TILL, "Cust. Order No.": ["P1", "P1", "P2"]}, "till export.csv")

    assert "customer.id" not in found["fields"]


def test_first_and_last_are_names_where_both_are_there() -> None:
    people = {"Email": ["a@example.com", "b@example.com"], "first": ["Ada", "Bo"]}

    assert drafted({**people, "last": ["Lind", "Ash"]})["fields"]["lastname"] == "last"
    assert "firstname" not in drafted(people)["fields"]


def test_help_desks_surveys_and_price_lists_are_nothing_of_ometrias() -> None:
    dates = {"Created": ["2024-01-02", "2024-01-03"], "Email": ["a@example.com", "b@example.com"]}

    assert not draft("tickets.csv", {"Ticket ID": ["1", "2"], "Status": ["open"] * 2}).text
    assert not draft("survey_responses.csv", {"ID": ["1", "2"], **dates}).text
    assert not draft("price_list.csv", {"SKU": ["A", "B"], "Price": ["9.50", "8.00"]}).text


def test_last_change_and_shipping_are_not_when_an_order_was_placed() -> None:
    days = ["2024-01-02 09:30:00"] * 2
    samples = {
        "Order ID": ["1", "2"],
        "Updated at": days,
        "Shipped at": days,
        "Last modified": days,
        "Order total": ["9.50", "8.00"],
    }

    text = draft("orders.csv", samples).text

    assert "timestamp" not in tomllib.loads(text)["fields"]
    assert "# QUESTION: timestamp is mandatory, and no column is certain to say it:" in text


def test_what_a_line_cost_the_shop_is_left_out_and_its_name_stays_with_it() -> None:
    """Bug: in a table of few orders both became custom fields of the order."""
    samples = {
        "N\u00b0 commande": ["1", "1", "2"],
        "Date de commande": ["2024-01-02"] * 3,
        "R\u00e9f. article": ["a", "b", "a"],
        "Libell\u00e9": ["Tasse", "Bol", "Tasse"],
        "Qt\u00e9": ["1", "1", "2"],
        "PU TTC": ["9,50", "12,00", "9,50"],
        "Prix d'achat": ["3,10", "4,00", "3,10"],
        "Total commande TTC": ["21,50", "21,50", "19,00"],
    }

    found = drafted(samples, "ventes.csv")

    assert found["columns"]["drop"] == ["Prix d'achat"]
    assert found["items"]["lineitems"]["fields"]["properties.name"] == "Libell\u00e9"


def test_minor_units_are_scaled() -> None:
    samples = {
        "order_id": ["1", "2"],
        "ordered_at": ["2024-01-02"] * 2,
        "total_cents": ["950", "8"],
    }

    assert drafted(samples, "orders.csv")["fields"]["grand_total"] == {
        "column": "total_cents",
        "scale": 0.01,
    }


def test_price_that_grows_with_the_quantity_is_the_lines() -> None:
    lines = {
        "order_id": ["1", "1", "2", "3"],
        "sku": ["a", "b", "a", "b"],
        "quantity": ["1", "2", "2", "1"],
        "item_price": ["5.00", "6.00", "10.00", "3.00"],
    }

    items = drafted(lines, "order_items.csv")["items"]["lineitems"]["fields"]

    assert items["subtotal"] == "item_price"
    assert "unit_price" not in items


def test_amount_that_differs_within_an_order_is_not_its_total() -> None:
    orders = [n for n in range(8) for _ in range(2)]
    samples = {
        "Order ID": [str(n) for n in orders],
        "Order date": ["2024-01-02"] * 16,
        "SKU": ["a", "b"] * 8,
        "Qty": ["1"] * 16,
        "Total": [f"{n}.50" for n in range(16)],
    }

    found = drafted(samples, "sales.csv")

    assert "grand_total" not in found["fields"]
    assert found["items"]["lineitems"]["fields"]["total"] == "Total"


@pytest.mark.parametrize(
    ("column", "field", "left"),
    [
        ("Unsubscribed", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("opted_out", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("Do not email", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("Abgemeldet", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("Baja newsletter", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("SMS opt-out", "channels.sms.allow_marketing", "false"),
    ],
)
def test_yes_in_a_column_of_those_who_left_is_an_opt_out(
    column: str, field: str, left: str
) -> None:
    texts = {"ID": ["1", "2"], "Email": ["a@example.com", "b@example.com"], column: ["J", "nein"]}

    fields = drafted(texts)["fields"]

    (entry,) = fields[field]["first"]
    assert entry["constant"] == left
    assert entry["when"] == {"column": column, "equals": ["J", "yes", "true", "1"]}


def test_opt_out_comes_before_a_yes_of_the_same_row() -> None:
    texts = {
        "ID": ["1", "2"],
        "Email": ["a@example.com", "b@example.com"],
        "Newsletter": ["ja", "nee"],
        "Uitgeschreven": ["ja", "nee"],
    }

    entries = drafted(texts)["fields"]["marketing_optin"]["first"]

    assert entries[0]["constant"] == "EXPLICITLY_OPTEDOUT"
    assert entries[0]["when"]["column"] == "Uitgeschreven"
    assert entries[1] == "Newsletter"


@pytest.mark.parametrize(
    "column",
    [
        *("Marketing contact status", "Email bounced", "Push opt in", "Post opt in"),
        *("Permission to track", "Forced opt in", "Engagement score", "Lead status"),
        *("Phone opt in", "Accepts partner offers"),
    ],
)
def test_columns_that_are_no_consent_feed_none(column: str) -> None:
    texts = {"ID": ["1", "2"], "Email": ["a@example.com", "b@example.com"], column: ["yes", "no"]}

    fields = drafted(texts)["fields"]

    assert set(fields) == {"@collection", "id", "email"}


@pytest.mark.parametrize(
    "column", ["Confirmed", "Email Confirmed", "GDPR Accepted", "Has Subscription"]
)
def test_an_address_a_policy_and_a_monthly_box_are_no_consent(column: str) -> None:
    samples = {"Email": ["a@example.com", "b@example.com"], column: ["yes", "no"]}

    assert "marketing_optin" not in drafted(samples, "customers.csv")["fields"]


@pytest.mark.parametrize(
    "column", ["Ne pas contacter par email", "No desea newsletter", "Keine E-Mails", "Niet mailen"]
)
def test_who_does_not_want_emails_is_out(column: str) -> None:
    samples = {"Email": ["a@example.com", "b@example.com"], column: ["1", "0"]}
    fed = drafted(samples, "customers.csv")["fields"]["marketing_optin"]["first"]

    assert [each["constant"] for each in fed] == ["EXPLICITLY_OPTEDOUT"]


def test_codes_of_states_are_asked_about() -> None:
    texts = {
        "subscriber_id": ["1", "2", "3"],
        "subscriber_email": ["a@example.com", "b@example.com", "c@example.com"],
        "newsletter_status": ["1", "2", "3"],
    }

    text = draft("newsletter_subscriber.csv", texts).text

    assert "marketing_optin" not in tomllib.loads(text)["fields"]
    assert '# QUESTION: does "newsletter_status" say who agreed to marketing?' in text


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("email_ok", ("Y", "N")),
        ("sms_ok", ("Y", "N")),
        ("OPTIN_MAIL", ("O", "N")),
        ("Contactable", ("yes", "no")),
        ("channels.email.consent", ("granted", "denied")),
        ("marketing.email.state", ("allowed", "blocked")),
        ("SMS marketing status", ("Subscribed", "Withheld")),
    ],
)
def test_what_may_be_consent_is_asked_about_and_not_fed(
    column: str, words: tuple[str, str]
) -> None:
    text = draft("customers.csv", {"Email": ["a@example.com", "b@example.com"], column: words}).text

    assert f'# QUESTION: does "{column}" say who agreed to marketing?' in text
    assert not {"marketing_optin", "channels.sms.allow_marketing"} & {
        *tomllib.loads(text)["fields"]
    }


def test_parcels_with_addresses_are_no_people() -> None:
    texts = {
        "parcelId": ["1", "2"],
        "orderId": ["71", "72"],
        "recipient.email": ["a@example.com", "b@example.com"],
    }

    assert draft("parcels.csv", texts).text == ""


def test_envelope_of_objects_does_not_hide_what_is_in_it() -> None:
    objects = [
        {"node": {"customerId": f"C{n}", "email": f"p{n}@example.com", "lastName": "Winter"}}
        for n in range(3)
    ]

    fields = tomllib.loads(draft_objects("customers.json", objects).text)["fields"]

    assert fields["customer_id"] == "node.customerId"
    assert fields["email"] == "node.email"


def test_table_of_stores_is_nothing_of_ometrias() -> None:
    texts = {"store_id": ["1", "2"], "store_name": ["Leeds", "York"], "city": ["Leeds", "York"]}

    assert draft("stores.csv", texts).reading.kind == ""


def test_tables_are_joined_by_their_values() -> None:
    orders = table_of(
        "orders.csv",
        {
            "entity_id": ["51", "52"],
            "order_number": ["100", "101"],
            "created_at": ["2024-01-02"] * 2,
            "grand_total": ["9.00", "8.00"],
        },
    )
    lines = table_of(
        "order_items.csv",
        {"order_id": ["51", "51", "52"], "sku": ["a", "b", "a"], "qty": ["1", "1", "2"]},
    )

    (of_orders, of_lines), joins, twins = draft_all([orders, lines])

    assert of_orders.reading.fields["id"].column.name == "entity_id"
    assert of_lines.reading.kind == "lineitem"
    assert twins == []
    assert [(join.column, join.of_column, join.share) for join in joins] == [
        ("order_id", "entity_id", 1.0)
    ]


def test_objects_are_drafted_with_their_arrays() -> None:
    order = {
        "orderNumber": "7001",
        "createdAt": "2024-01-02T09:30:00Z",
        "totalPrice": {"centAmount": 950, "currencyCode": "EUR"},
        "shippingAddress": {"city": "Leeds", "country": "GB"},
        "lineItems": [{"id": "x1", "sku": "MUG", "quantity": 2, "price": {"centAmount": 475}}],
    }

    found = tomllib.loads(
        draft_objects("orders.json", [order, {**order, "orderNumber": "7002"}]).text
    )

    assert found["fields"]["grand_total"] == {"column": "totalPrice.centAmount", "scale": 0.01}
    assert found["fields"]["shipping_address.city"] == "shippingAddress.city"
    assert found["items"]["lineitems"]["each"] == "lineItems"
    assert found["items"]["lineitems"]["fields"] == {
        "product_id": "lineItems[].sku",
        "sku": "lineItems[].sku",
        "quantity": "lineItems[].quantity",
        "unit_price": {"column": "lineItems[].price.centAmount", "scale": 0.01},
    }


def test_in_a_column_with_h_an_m_is_a_woman() -> None:
    texts = {"ID": ["1", "2"], "Email": ["a@example.com", "b@example.com"], "Sexo": ["H", "M"]}

    assert drafted(texts)["fields"]["gender"]["translate"] == {"H": "m", "M": "f"}


def test_a_word_in_two_cases_stands_in_a_mapping_once() -> None:
    text = draft(
        "orders.csv",
        {
            "Order ID": ["1", "2", "3"],
            "Ordered at": ["2024-01-02T09:30:00Z"] * 3,
            "Total": ["1.00", "2.00", "3.00"],
            "Currency": ["GBP"] * 3,
            "Cancelled": ["Yes", "No", "YES"],
        },
    ).text

    assert parse_mapping(Path("orders.toml"), text).object_type == "order"
    cancelled = tomllib.loads(text)["fields"]["is_valid"]
    assert cancelled["translate"] == {"Yes": "false", "true": "false", "1": "false"}


def test_orders_that_name_no_currency_are_asked_about() -> None:
    mapping = drafted(
        {
            "Order No": ["1", "2", "3"],
            "Order Date": ["2024-01-02T09:30:00Z"] * 3,
            "Total": ["1.00", "2.00", "3.00"],
            "Currency Code": ["EUR", "", "EUR"],
        },
        "orders.csv",
    )

    assert mapping["settings"]["currency"]["required"]
    first = ["Currency Code", {"constant": "{currency}"}]
    assert mapping["fields"]["currency"] == {"first": first}


def test_the_total_of_lines_may_be_their_sum_but_no_cost() -> None:
    samples = {
        "Sale ID": ["1", "1", "2"],
        "Completed": ["2024-01-02T09:30:00Z"] * 3,
        "SKU": ["A", "B", "A"],
        "Qty": ["1", "1", "2"],
        "Retail": ["5.00", "7.00", "5.00"],
        "Total": ["5.00", "7.00", "10.00"],
        "Currency": ["GBP"] * 3,
        "Cost": ["2.10", "3.10", "4.20"],
        "Profit": ["2.90", "3.90", "5.80"],
    }
    found = draft("sale_lines.csv", samples)
    (question,) = open_questions(found.table, found.reading)

    assert question.choices == ("the sum of its lines", "none")
    assert take_answer(found.table, found.reading, question.key, question.choices[0])
    fields = tomllib.loads(write_mapping(found.table, found.reading))["fields"]
    assert fields["grand_total"] == {"sum_of": "lineitems.total"}


@pytest.mark.parametrize("column", ['say "x"', "back\\slash", "line\nbreak", "\x1b[31mred"])
def test_strange_column_names_make_valid_toml(column: str) -> None:
    texts = {"id": ["1"], "email": ["ada@example.com"], column: ["ada"]}
    text = draft(f"{column}.csv", texts).text

    assert tomllib.loads(text)["fields"]["email"] == "email"
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ["E-Mail", "email", "E-mail address", "Adres e-mail", "Courriel"])
def test_odd_addresses_under_the_plain_name_are_addresses_all_the_same(name: str) -> None:
    odd = ["ada@example.com", "bo@@example.com", "cy at example.com", "di@example.org"]
    drafted = draft(
        "kunden.csv", {"Kundennr": list("1234"), "Nachname": ["A", "B", "C", "D"], name: odd}
    )

    assert tomllib.loads(drafted.text)["fields"]["email"] == name


@pytest.mark.parametrize(
    ("name", "texts"),
    [("E-Mail", ["ja", "nein", "ja", "ja"]), ("E-Mail 2 alt", ["a@example.com", "x", "y", "z"])],
)
def test_plain_name_over_no_address_and_another_name_over_few_are_no_address(
    name: str, texts: list[str]
) -> None:
    people = {"Kundennr": list("1234"), "Nachname": ["A", "B", "C", "D"], name: texts}
    drafted = draft("kunden.csv", people, "contact")

    assert "email" not in tomllib.loads(drafted.text)["fields"]


LANGUAGES: dict[str, tuple[str, dict[str, list[str]], dict[str, object]]] = {
    "czech": (
        "objednavky.csv",
        {
            "Číslo objednávky": ["1", "2", "3"],
            "Datum": ["1.3.2024", "2.3.2024", "3.3.2024"],
            "E-mail": [f"p{n}@example.com" for n in range(3)],
            "Cena celkem s DPH": ["1 200,50", "99,00", "45,10"],
            "Měna": ["CZK"] * 3,
            "Stav": ["Vyřízeno", "Stornováno", "Vyřízeno"],
        },
        {"id": "Číslo objednávky", "grand_total": "Cena celkem s DPH", "currency": "Měna"},
    ),
    "polish": (
        "zamowienia.csv",
        {
            "Numer zamówienia": ["1", "2", "3"],
            "Data złożenia": ["01.03.2024", "02.03.2024", "03.03.2024"],
            "Rabat": ["0,00", "5,00", "0,00"],
            "Do zapłaty": ["12,50", "99,00", "45,10"],
            "Waluta": ["PLN"] * 3,
            "Status": ["Zrealizowane", "Anulowane", "Zrealizowane"],
        },
        {"id": "Numer zamówienia", "grand_total": "Do zapłaty", "discount": "Rabat"},
    ),
    "turkish": (
        "siparisler.csv",
        {
            "Sipariş No": ["1", "2", "3"],
            "Sipariş Tarihi": ["01.03.2024", "02.03.2024", "03.03.2024"],
            "E-posta": [f"p{n}@example.com" for n in range(3)],
            "Ara Toplam": ["10,00", "80,00", "40,00"],
            "KDV": ["2,00", "16,00", "8,00"],
            "Genel Toplam": ["12,00", "96,00", "48,00"],
            "Para Birimi": ["TRY"] * 3,
            "Durum": ["Tamamland\u0131", "İptal", "Tamamland\u0131"],
        },
        {"id": "Sipariş No", "grand_total": "Genel Toplam", "tax": "KDV", "subtotal": "Ara Toplam"},
    ),
    "japanese": (
        "受注.csv",
        {
            "注文番号": ["1", "2", "3"],
            "注文日": ["2024/03/01", "2024/03/02", "2024/03/03"],
            "メールアドレス": [f"p{n}@example.com" for n in range(3)],
            "合計金額": ["1980", "2500", "300"],
            "通貨": ["JPY"] * 3,
            "状態": ["完了", "キャンセル", "完了"],
        },
        {"id": "注文番号", "grand_total": "合計金額", "customer.email": "メールアドレス"},
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_orders_of_further_languages_are_read_and_cancelled_ones_are_no_revenue(
    language: str,
) -> None:
    name, samples, right = LANGUAGES[language]
    drafted = draft(name, samples)

    assert drafted.reading.kind == "order"
    fields = tomllib.loads(drafted.text)["fields"]
    assert {path: fields.get(path) for path in right} == right
    (status,) = samples.keys() & {"Stav", "Status", "Durum", "状態"}
    cancelled = samples[status][1]
    assert fields["is_valid"] == {
        "column": status,
        "translate": {cancelled: "false"},
        "otherwise": "true",
    }


def test_orders_in_a_language_that_nobody_reads_are_no_contacts() -> None:
    emails = [f"p{n}@example.com" for n in range(12)]
    samples = {
        "Tilausnumerotin": [str(n) for n in range(12)],
        "Xyzzy": ["10,00"] * 12,
        "Plugh": ["2024-01-02"] * 12,
        "E-mail": emails,
    }

    assert draft("frobozz.csv", samples).reading.kind == ""
    assert draft("kunden.csv", samples).reading.kind == "contact"
    assert draft("liste.csv", {"E-mail": emails}).reading.kind == "contact"
