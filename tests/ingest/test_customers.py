"""Customers: nothing that is wrong with an address, a zone or a name costs the customer."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ingest.strangers import bucket
from engine.settings import Brand
from engine.store.people import Consent, Customer, CustomerTag
from engine.store.types import ALWAYS
from tests.ingest.conftest import NOW, Shop


def test_a_whole_row(shop: Shop) -> None:
    done = shop.take(
        "customers",
        "customer_id,email,phone,first_name,last_name,country,city,language,timezone,birthday,created_at,source,"
        "plan_size,Last Visit\n"
        " 7 , Ann.Lee@Example.COM ,07700 900123, Ann ,Lee,uk,Bath,en-GB,Europe/London,1990-02-28,"
        "2026-01-02T03:04:05Z,web,12,2026-05-01\n",
    )
    assert (done.read, done.kept, done.left_out, done.created_customers) == (1, 1, 0, 1)
    assert shop.rows(Customer) == [
        (
            "7", "Ann.Lee@Example.COM", "07700 900123", "ann.lee@example.com", "+447700900123", "example.com",
            "Ann", "Lee", "GB", "Bath", "en", "Europe/London", "1990-02-28", 228,
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "web",
            {"plan_size": ["12", 12, None], "Last Visit": ["2026-05-01", None, 1777593600000]},
            bucket("7"),
        )
    ]  # fmt: skip


def test_an_unusable_address_is_kept_and_counted(shop: Shop) -> None:
    done = shop.take(
        "customers",
        "customer_id,email,phone,timezone,language,birthday,country\n"
        "1,not an address,12,Mars/Olympus,?,soon,Atlantis\n"
        "2,,,,,,\n"
        "3,ann@example.com,+44 7700 900123,,,,\n",
    )
    assert (done.kept, done.left_out, done.unusable_email, done.unusable_phone) == (3, 0, 1, 1)
    assert shop.rows(
        Customer, "customer_id", "email", "email_address", "email_domain", "phone", "phone_address"
    ) == [
        ("1", "not an address", None, None, "12", None),
        ("2", None, None, None, None, None),
        ("3", "ann@example.com", "ann@example.com", "example.com", "+44 7700 900123", "+447700900123"),
    ]
    assert shop.rows(Customer, "timezone", "language", "birthday", "country")[0] == (
        None,
        None,
        None,
        "Atlantis",
    )
    assert sorted(done.notes) == [
        "1 time: birthday is not a date; write 2026-03-21: left empty",
        "1 time: country is no country that is known here; write a code like GB: kept as given",
        "1 time: language is no language; write a code like en or fa: left empty",
        "1 time: timezone is no time zone; write one like Europe/London: left empty",
    ]


@pytest.mark.parametrize(
    ("given_country", "country"),
    [
        ("gb", "GB"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("DEU", "DE"),
        ("ایران", "IR"),
        ("Iran", "IR"),
        ("xk", "XK"),
    ],
)
def test_countries_become_codes(shop: Shop, given_country: str, country: str) -> None:
    shop.take("customers", f"customer_id,country\n1,{given_country}\n")
    assert shop.rows(Customer, "country") == [country]


def test_phones_are_read_in_the_customers_own_country(shop: Shop) -> None:
    shop.brand = Brand(country="GB")
    shop.take(
        "customers", "customer_id,phone,country\n1,۰۹۱۲۰۰۰۰۱۲۳,IR\n2,0171 3920012,Germany\n3,07700 900123,\n"
    )
    assert shop.rows(Customer, "phone_address") == ["+989120000123", "+491713920012", "+447700900123"]


def test_controls_are_taken_out_and_everything_else_is_kept(shop: Shop) -> None:
    name = "علی\u200cرضا 👩‍👩‍👧 =cmd|' /C calc'!A0"
    path = shop.file("c.jsonl", json.dumps({"customer_id": "1", "first_name": f"\x00{name}\r\nBcc: x\x07"}))
    shop.take("customers", path)
    assert shop.rows(Customer, "customer_id", "first_name") == [("1", name + "Bcc: x")]


def test_a_column_that_a_file_lacks_stays_and_an_empty_value_empties(shop: Shop) -> None:
    shop.take("customers", "customer_id,email,first_name,size,colour\n1,a@example.com,Ann,9,red\n")
    shop.take("customers", "customer_id,first_name,size,shape\n1,,10,round\n")
    assert shop.rows(Customer, "email_address", "first_name", "attributes") == [
        (
            "a@example.com",
            None,
            {"size": ["10", 10, None], "colour": ["red", None, None], "shape": ["round", None, None]},
        )
    ]
    shop.take("customers", "customer_id,email,colour\n1,,\n")
    assert shop.rows(Customer, "email", "email_address", "email_domain", "attributes") == [
        (None, None, None, {"size": ["10", 10, None], "shape": ["round", None, None]})
    ]


def test_tags_are_those_of_the_last_file_that_has_tags(shop: Shop) -> None:
    shop.take("customers", "customer_id,tags\n1,vip; staff ;;vip\n2,new\n3,\n")
    assert shop.rows(CustomerTag) == [("1", "staff"), ("1", "vip"), ("2", "new")]
    shop.take("customers", "customer_id,first_name\n1,Ann\n")
    assert len(shop.rows(CustomerTag)) == 3
    shop.take("customers", "customer_id,tags\n1,vip;gold\n2,\n")
    assert shop.rows(CustomerTag) == [("1", "gold"), ("1", "vip")]


def test_consents_of_columns_are_as_old_as_the_customer(shop: Shop) -> None:
    shop.take(
        "customers",
        "customer_id,created_at,email_consent,sms_consent\n"
        "1,2026-01-01T00:00:00Z,yes,0\n2,,Subscribed,unsubscribed\n3,,,\n4,,بله,NO\n",
    )
    old = datetime(2026, 1, 1, tzinfo=UTC)
    assert shop.rows(Consent, "customer_id", "channel", "topic", "at", "status", "seq") == [
        ("1", "email", "", old, "subscribed", 0),
        ("1", "sms", "", old, "unsubscribed", 0),
        ("2", "email", "", ALWAYS, "subscribed", 0),
        ("2", "sms", "", ALWAYS, "unsubscribed", 0),
        ("4", "email", "", ALWAYS, "subscribed", 0),
        ("4", "sms", "", ALWAYS, "unsubscribed", 0),
    ]


def test_a_changed_consent_wins_over_the_earlier_at_its_instant(shop: Shop) -> None:
    for said in ("yes", "no", "no", "yes", "yes"):
        shop.take("customers", f"customer_id,email_consent\n1,{said}\n")
    assert shop.rows(Consent, "status", "seq") == [("subscribed", 2), ("unsubscribed", 1)]


def test_bad_rows_are_left_out_with_their_reasons(shop: Shop) -> None:
    done = shop.take(
        "customers",
        "customer_id,created_at,email_consent\n,2026-01-01,yes\n2,0001-01-01T00:00:00Z,yes\n3,2026-01-01,perhaps\n"
        "4,2026-01-01\n5,2026-01-01,yes,no\n\n6,2026-01-01,yes\n",
    )
    assert [(row.row_number, row.reason) for row in done.bad] == [
        (2, "customer_id is empty"),
        (3, "created_at '0001-01-01T00:00:00Z' is outside the years 1900 to 2200"),
        (4, "email_consent 'perhaps' is neither yes nor no; write subscribed or unsubscribed"),
        (5, "has 2 values where the header has 3"),
        (6, "has 4 values where the header has 3"),
    ]
    assert (done.read, done.kept, done.left_out) == (6, 1, 5)
    assert shop.rows(Customer, "customer_id") == ["6"]


def test_bad_rows_beyond_twenty_are_counted_by_reason(shop: Shop) -> None:
    rows = "".join(f"{n},{'x' if n % 2 else n}\n" for n in range(100))
    done = shop.take("customers", "customer_id,created_at\n" + rows)
    assert len(done.bad) == 20
    assert sum(done.reasons.values()) == done.left_out == 100
    assert set(done.reasons) == {
        "created_at is not a date; write 2026-03-21 or 2026-03-21T10:00:00Z",
        "created_at is a number, not a date; write 2026-03-21 or 2026-03-21T10:00:00Z",
    }


def test_the_later_row_of_one_customer_wins(shop: Shop) -> None:
    done = shop.take("customers", "customer_id,first_name,tags\n1,Ann,a\n2,Bob,b\n1,Anna,c\n")
    assert (done.kept, done.created_customers) == (3, 2)
    assert shop.rows(Customer, "first_name") == ["Anna", "Bob"]
    assert shop.rows(CustomerTag) == [("1", "c"), ("2", "b")]


def test_birthdays_by_the_brands_calendar(shop: Shop) -> None:
    text = "customer_id,birthday\n1,1990-03-21\n2,1369/01/01\n3,۱۳۶۹-۱۲-۲۹\n4,03-21\n"
    shop.brand = Brand(calendar="jalali", timezone="Asia/Tehran")
    shop.take("customers", text)
    assert shop.rows(Customer, "birthday", "birthday_mmdd") == [
        ("1990-03-21", 101), ("1990-03-21", 101), ("1991-03-20", 1229), ("--03-21", 321),
    ]  # fmt: skip
    shop.brand = Brand()
    shop.take("customers", text)
    assert shop.rows(Customer, "birthday_mmdd") == [321, None, None, 321]


def test_the_bucket_stays_for_ever(shop: Shop) -> None:
    assert (bucket("7"), bucket("علی"), bucket("")) == (488161051, 254374297, 1036448614)
    shop.take("orders", "order_id,customer_id,ordered_at,amount\n1,7,2026-01-01,1\n")
    shop.take("customers", "customer_id\n7\n")
    assert shop.rows(Customer, "bucket") == [bucket("7")]
    numbers = [bucket(f"C{n}") for n in range(10_000)]
    assert max(numbers) < 2**31 - 1
    assert 800 < sum(number % 10 == 3 for number in numbers) < 1200


VALUES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=5), VALUES
    )
)
def test_the_same_attributes_again_change_nothing(shop: Shop, attributes: dict[str, str]) -> None:
    row = {"customer_id": "1"} | {f"a {name}": value for name, value in attributes.items()}
    path = shop.file("again.jsonl", json.dumps(row) + "\n")
    assert shop.take("customers", path, NOW).kept == 1
    first = shop.dump()
    shop.take("customers", path, NOW)
    assert shop.dump() == first
