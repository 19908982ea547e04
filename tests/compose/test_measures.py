"""The longest real values, what is missing, and the languages: on both databases alike."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.compose import lint
from engine.compose.library import Texts
from engine.compose.longest import Audience
from engine.compose.measures import measured
from engine.store.database import Database, table
from engine.store.history import Order, Subscription
from engine.store.people import Customer, CustomerTag
from tests.compose.conftest import LAYOUTS
from tests.compose.test_context import customer, order, put, subscription

PEOPLE = (
    customer("c1", first_name="Bartholomew", language="en", country="GB"),
    customer("c22", first_name="Zoë", city="", language="fa"),
    customer("c3", first_name="André-Marie", email="a@b.example", language="fa"),
    customer("c4"),
)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    put(opened, Customer, *PEOPLE)
    put(opened, CustomerTag, {"customer_id": "c1", "tag": "vip"})
    put(opened, Order, order("c1", "o-1", 1, -500), order("c1", "o-22", 2, 99))
    put(opened, Subscription, subscription("s1", plan="gold", monthly_price=1299))
    yield opened
    opened.close()


def test_everybody(database: Database) -> None:
    with database.read() as connection:
        found = measured(connection)
    assert found.total == 4
    assert found.longest == {
        "customer.id": ["MMM"],
        "customer.first_name": ["M" * 11, "André-Marie", "Zoë"],
        "customer.email": ["M" * 11],
        "customer.tags": ["MMM"],
        "order.id": ["MMMM"],
        "order.amount": ["500"],
        "subscription.id": ["MM"],
        "subscription.plan": ["MMMM"],
        "subscription.monthly_price": ["1299"],
    }
    assert found.lacking["customer.first_name"] == 1
    assert found.lacking["customer.city"] == found.lacking["customer.created_at"] == 4
    assert found.languages == {"": 1, "en": 1, "fa": 2}
    assert found.shares()["customer.country"] == "75% of 4 have none"


def test_some_of_them_only(database: Database) -> None:
    ids = select(table(Customer).c.customer_id).where(table(Customer).c.language == "fa")
    with database.read() as connection:
        found = measured(connection, ids)
    assert (found.total, found.languages) == (2, {"fa": 2})
    assert found.longest == {
        "customer.id": ["MMM"],
        "customer.first_name": ["André-Marie", "Zoë"],
        "customer.email": ["M" * 11],
    }
    assert found.shares()["customer.first_name"] == ""


def test_nobody(database: Database) -> None:
    with database.read() as connection:
        found = measured(
            connection, select(table(Customer).c.customer_id).where(table(Customer).c.bucket == 9)
        )
    assert (found.total, found.longest, found.languages) == (0, {}, {})
    assert set(found.shares().values()) == {""}


SMS = "Hello {{ customer.first_name | default('you') }}, " + "a" * 400
AUDIENCE = Audience(
    total=1204,
    longest={"customer.first_name": ["M" * 40]},
    lacking={"customer.first_name": 144, "customer.city": 3, "customer.birthday": 0},
    languages={"fa": 400, "fa-IR": 100, "": 640, "de": 4, "fr": 60},
)


def said(text: str, audience: Audience | None, path: str = "a.sms.j2") -> list[str]:
    library = Texts({**LAYOUTS, path: text})
    return [str(one) for one in lint.problems(library, "a", path.split(".")[-2], audience=audience)]


def test_an_sms_is_measured_with_the_longest_name_that_there_is() -> None:
    assert said(SMS, None) == []
    [longest] = said(SMS, Audience(longest={"customer.first_name": ["M" * 40]}))
    assert longest == (
        "templates/a.sms.j2:1:1: warning: with the longest values there are (customer.first_name of 40 "
        "letters) this can make 4 SMS (470 characters); more than 3 are not sent (shorten it, or cut a "
        "value, as in {{ (customer.first_name | default(''))[:12] }})"
    )
    short = SMS.replace("customer.first_name | default('you')", "(customer.first_name | default('you'))[:12]")
    assert said(short, Audience(longest={"customer.first_name": ["M" * 40]})) == []


def test_one_name_outside_of_the_plain_alphabet_makes_it_dear() -> None:
    audience = Audience(longest={"customer.first_name": ["M" * 11, "Zoë"]})
    assert said(SMS[:230], Audience(longest={"customer.first_name": ["M" * 11]})) == []
    [dear] = said(SMS[:230], audience)
    assert "this can make 4 SMS (" in dear


def test_what_part_of_the_audience_lacks_is_told() -> None:
    front = "---\nsubject: Hello\n---\n"
    body = "{{ customer.first_name }} {{ customer.city }} {{ customer.birthday | date }}"
    found = said(front + body, AUDIENCE, "a.email.j2")
    assert [one.split(": ", 2)[2].split(" (")[0] for one in found] == [
        "41% of 1,204 read Persian and get this in English",
        "11% of 1,204 have none: customers without customer.first_name will not get this message",
        "less than 1% of 1,204 have none: customers without customer.city will not get this message",
    ]
    assert found[0].endswith("(write templates/a.fa.email.j2)")


def test_a_language_that_the_shop_writes_elsewhere_is_missed_here() -> None:
    audience = Audience(total=100, languages={"de": 30, "fr": 30, "en": 40})
    texts = {"a.sms.j2": "Hello", "b.sms.j2": "Hello", "b.de.sms.j2": "Hallo"}
    [missed] = lint.problems(Texts({**LAYOUTS, **texts}), "a", "sms", audience=audience)
    told = "30% of 100 read German and get this in English"
    assert (missed.level, missed.message, missed.hint) == ("hint", told, "write templates/a.de.sms.j2")
    assert lint.problems(Texts({**LAYOUTS, **texts}), "b", "sms", audience=audience) == []
