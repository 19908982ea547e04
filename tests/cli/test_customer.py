"""`customer show`, `export` and `erase`: a life in order, everything we hold, and being forgotten."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from engine import clock
from engine.app import App, init
from engine.cli.program import run
from engine.cycle.erase import LEDGER, SHOPS
from engine.cycle.export import TABLES
from engine.store.database import Database, table
from engine.store.ledger import Delivery
from engine.store.people import Suppression
from engine.store.replies import Code
from engine.vocabulary import Channel, Event, EventKind
from tests.events.mail import hand_over

Rekindle = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
HELLO = """campaign: hello
describe: Everybody.
schedule: daily at 10:00
audience: {everyone: true}
reenter: always
steps:
  - email: onboarding/welcome
"""
CUSTOMERS = """customer_id,email,phone,country,first_name,email_consent,created_at,favourite
ann,ann@example.com,07700 900123,GB,Ann,yes,2026-01-01,cups
bob,bob@example.com,,GB,باب,no,2026-01-02,
eve,ann@example.com,,GB,Eve,yes,2026-01-03,
"""
ORDERS = (
    "order_id,customer_id,ordered_at,amount,currency\n1,ann,2026-02-01,12.50,EUR\n2,bob,2026-02-02,5,EUR\n"
)


@pytest.fixture
def rekindle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rekindle:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_NOW", "2026-07-01T10:00:00Z")

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def shop(rekindle: Rekindle, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Rekindle:
    """Ann, who has everything; Bob, who said no; and Eve, who reads Ann's mail."""
    init(Path())
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    for file in Path("rules").glob("*.yaml"):
        file.unlink()
    Path("rules/hello.yaml").write_text(HELLO)
    for kind, text in (("customers", CUSTOMERS), ("orders", ORDERS)):
        Path(f"{kind}.csv").write_text(text)
        assert rekindle("import", kind, f"{kind}.csv")[0] == 0
    return rekindle


@pytest.fixture
def ann(shop: Rekindle) -> Rekindle:
    """Ann was written to, opened, clicked like a machine and like a person, and opted out of a topic."""
    here = App.open()
    here.plan_due(["hello"])
    hand_over(here.database, at=clock.now())
    row = _delivery(here.database, "ann")
    about = {"delivery_id": row.delivery_id, "provider": "page"}
    sent = row.settled_at
    later = sent + timedelta(hours=1)
    here.record(
        [
            Event("1", EventKind.DELIVERED, sent + timedelta(seconds=9), **about),
            Event("2", EventKind.CLICKED, sent + timedelta(seconds=10), link_id="a", **about),
            Event("3", EventKind.CLICKED, later, link_id="a", **about),
            Event("4", EventKind.UNSUBSCRIBED, later + timedelta(minutes=1), topic="offers", **about),
            Event("5", EventKind.STOPPED, later, channel=Channel.SMS, address="+447700900123"),
        ]
    )
    with here.database.write() as connection:
        given = {"dedupe_key": row.dedupe_key, "offer": "comeback", "code": "BACK-1", "state": "redeemed"}
        issued = sent + timedelta(milliseconds=1)
        times = {"reserved_at": NOW, "issued_at": issued, "redeemed_at": later + timedelta(days=1)}
        connection.execute(table(Code).insert(), [{"customer_id": "ann", **given, **times}])
    here.close()
    return shop


def planned() -> None:
    """Everybody who can be is promised a message."""
    here = App.open()
    here.plan_due(["hello"])
    here.close()


def _delivery(database: Database, customer_id: str) -> Any:
    rows = table(Delivery)
    with database.read() as connection:
        return connection.execute(select(rows).where(rows.c.customer_id == customer_id)).one()


def held(store_url: str) -> str:
    """Everything that stands anywhere in the store."""
    database = Database(store_url)
    with database.read() as connection:
        rows = [connection.execute(select(one)).all() for one in SQLModel.metadata.tables.values()]
    database.close()
    return repr(rows)


LIFE = [
    "became a customer",
    "said yes to email (import)",
    "entered hello (2026-07-01T10:00)",
    "received onboarding/welcome by email",
    "finished hello",
    "was given BACK-1 of comeback",
    "hello was delivered",
    "clicked in hello (a machine)",
    "clicked in hello",
    "answered STOP to our sms",
    "the sms address may not be used any more: opted out",
    "opted out of email about offers (page)",
    "unsubscribed from hello",
    "used BACK-1 of comeback",
]


def test_a_life_is_told_in_order(ann: Rekindle) -> None:
    code, out, _ = ann("customer", "show", "ann")
    assert code == 0
    head, life = out.split("\n\n")
    assert head.splitlines() == [
        "ann Ann",
        "email: ann@example.com (said yes)",
        "sms: 07700 900123 (never asked; not to be used: opted out)",
        "1 order, the last 2026-02-01",
    ]
    assert [line[18:] for line in life.splitlines()] == LIFE
    assert life.splitlines()[0].startswith("2026-01-01")
    assert [line[:16] for line in life.splitlines()] == sorted(line[:16] for line in life.splitlines())


def test_a_life_as_json(ann: Rekindle) -> None:
    found = json.loads(ann("customer", "show", "ann", "--json")[1])
    assert [one["text"] for one in found["life"]] == LIFE
    assert found["suppressed"] == {"sms": "opted_out"}
    assert found["consents"] == {"email": "subscribed", "sms": "unknown"}
    assert found["life"][2] == {
        "at": found["life"][2]["at"],
        "what": "entered",
        "text": "entered hello (2026-07-01T10:00)",
        "campaign": "hello",
        "channel": "",
    }


def test_what_was_held_back_says_why(shop: Rekindle, store_url: str) -> None:
    planned()
    database = Database(store_url)
    rows = table(Delivery)
    letter = "onboarding/welcome by email"
    states = [
        ("skipped", "frequency_cap", f"was not sent {letter}: frequency cap"),
        ("failed", "550 no such user", f"did not get {letter}: 550 no such user"),
        ("unknown", "answer_lost", f"may have received {letter}: the provider's answer was lost"),
        ("planned", None, f"waits for {letter}"),
    ]
    for state, reason, told in states:
        with database.write() as connection:
            connection.execute(rows.update().values(state=state, reason=reason))
        life = json.loads(shop("customer", "show", "ann", "--json")[1])["life"]
        assert told in [one["text"] for one in life]
    database.close()


def test_an_unknown_id_is_answered_with_the_nearest(shop: Rekindle) -> None:
    for verb in (["show"], ["export"], ["erase", "--yes"]):
        code, _, err = shop("customer", verb[0], "anne", *verb[1:])
        assert (code, err) == (2, "rekindle: there is no customer 'anne'; did you mean 'ann'?\n")


def test_everything_that_is_held_is_told(ann: Rekindle) -> None:
    code, out, _ = ann("customer", "export", "ann")
    found = json.loads(out)
    assert code == 0
    assert found["customer"]["attributes"] == {"favourite": "cups"}
    assert [(one["order_id"], one["amount"], one["currency"]) for one in found["orders"]] == [
        ("1", "12.50", "EUR")
    ]
    assert [one["kind"] for one in found["provider_events"]] == [
        "delivered", "clicked", "clicked", "unsubscribed", "stopped"
    ]  # fmt: skip
    assert [one["code"] for one in found["codes"]] == ["BACK-1"]
    assert found["deliveries"][0]["address"] == "ann@example.com"
    assert found["suppressions"][0]["reason"] == "opted_out"
    assert "token" not in out
    assert "bob" not in out


def test_nobody_is_erased_by_accident(shop: Rekindle) -> None:
    code, _, err = shop("customer", "erase", "ann")
    assert code == 2
    assert "say --yes" in err
    assert shop("customer", "show", "ann")[0] == 0


def test_whoever_is_erased_is_nowhere(ann: Rekindle, store_url: str) -> None:
    totals = json.loads(ann("status", "--json")[1])["outbox"]
    code, out, _ = ann("customer", "erase", "eve", "--yes")
    assert code == 0
    code, out, _ = ann("customer", "erase", "ann", "--yes", "--json")
    done = json.loads(out)
    assert code == 0
    assert (done["cancelled"], done["suppressed"]) == (0, 2)
    for trace in ("'ann'", "ann@", "'Ann'", "7700 900", "447700", "cups", "1250", "'eve'", "'Eve'"):
        assert trace not in held(store_url), trace
    assert json.loads(ann("status", "--json")[1])["outbox"] == totals, "the totals stay true"
    assert ann("customer", "show", "ann")[0] == 2
    assert ann("customer", "show", "bob")[0] == 0


def test_a_file_brings_back_the_customer_and_not_the_address(ann: Rekindle, store_url: str) -> None:
    for name in ("ann", "eve"):
        assert ann("customer", "erase", name, "--yes")[0] == 0
    code, out, _ = ann("import", "customers", "customers.csv")
    assert code == 0
    assert "1 time: an erased email address came in again; it stays suppressed" in out
    database = Database(store_url)
    with database.read() as connection:
        rows = connection.execute(select(table(Suppression))).all()
    database.close()
    plain = {(one.channel, one.address): one.reason for one in rows if not one.address.startswith("#")}
    assert plain == {("email", "ann@example.com"): "erased", ("sms", "+447700900123"): "opted_out"}
    preview = json.loads(ann("preview", "hello", "--json")[1])["campaigns"][0]
    assert preview["will_send"] == 0
    assert preview["excluded"]["suppressed"] == 2


def test_an_address_that_others_have_stays_theirs(ann: Rekindle, store_url: str) -> None:
    """A suppression that stood on it stays for those who still have it."""
    Path("suppressions.csv").write_text("email,reason\nann@example.com,manual\n")
    assert ann("import", "suppressions", "suppressions.csv")[0] == 0
    assert ann("customer", "erase", "ann", "--yes")[0] == 0
    assert json.loads(ann("customer", "show", "eve", "--json")[1])["suppressed"] == {"email": "manual"}


def test_what_waits_for_the_erased_is_cancelled(shop: Rekindle, store_url: str) -> None:
    planned()
    rows = table(Delivery)
    database = Database(store_url)
    with database.write() as connection:
        connection.execute(rows.update().values(state="claimed", owner="somebody", settled_at=None))
    done = json.loads(shop("customer", "erase", "ann", "--yes", "--json")[1])
    assert done["cancelled"] == 1
    with database.read() as connection:
        (row,) = connection.execute(select(rows).where(rows.c.customer_id.like("erased-%"))).all()
    assert (row.state, row.reason, row.owner) == ("cancelled", "erased", None)
    database.close()


def test_nobody_is_erased_while_a_message_is_on_the_wire(shop: Rekindle, store_url: str) -> None:
    planned()
    rows, database = table(Delivery), Database(store_url)
    with database.write() as connection:
        connection.execute(rows.update().values(state="sending", owner="somebody"))
    code, _, err = shop("customer", "erase", "ann", "--yes")
    assert code == 75
    assert "try again in a minute" in err
    assert shop("customer", "show", "ann")[0] == 0
    database.close()


def test_what_comes_back_late_about_the_erased_names_nobody(ann: Rekindle, store_url: str) -> None:
    here = App.open()
    delivery_id = _delivery(here.database, "ann").delivery_id
    here.customer_erase("eve")
    here.customer_erase("ann")
    late = Event("late", EventKind.COMPLAINED, NOW + timedelta(days=2), delivery_id=delivery_id)
    assert here.record([late]).new == 1
    here.close()
    assert "ann@" not in held(store_url)
    ann("import", "customers", "customers.csv")
    found = json.loads(ann("customer", "show", "ann", "--json")[1])
    assert found["suppressed"] == {"email": "complained", "sms": "opted_out"}


def test_no_table_with_customers_is_forgotten() -> None:
    """A new table with a customer in it is erased, or made nameless, and handed out."""
    whose = {one.name for one in SQLModel.metadata.tables.values() if "customer_id" in one.c}
    assert whose == {table(model).name for model in (*SHOPS, *LEDGER)}
    assert whose == {table(model).name for model in TABLES.values()} | {"customer"}


def test_names_of_any_script_are_told(shop: Rekindle) -> None:
    code, out, _ = shop("customer", "show", "bob")
    assert code == 0
    assert "باب" in out
    assert "email: bob@example.com (opted out)" in out
