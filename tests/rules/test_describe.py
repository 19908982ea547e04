"""A rule read aloud: whole paragraphs, as they stand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import document
from engine.durations import Calendar
from engine.errors import YoursToFix
from engine.rules.condition import CONDITIONS, Reading, parse
from engine.rules.describe import describe
from engine.rules.loader import RuleBook, load
from engine.rules.phrases import phrase
from engine.rules.scope import Scope
from engine.settings import Brand, Policy, Settings
from tests.conftest import ROOT

NOW = datetime(2026, 3, 21, 10, tzinfo=UTC)
SETTINGS = Settings(brand=Brand(timezone="Europe/London", currency="GBP"))
READING = Reading(SETTINGS.brand.reckoning, "GBP")
BOOK = load(ROOT / "rules", READING)
UNDATED = Scope(NOW, SETTINGS.brand.reckoning, "GBP", undated=True)


def said(text: str, scope: Scope = UNDATED) -> str:
    reading = Reading(scope.calendar, scope.currency)
    return phrase(parse(document.parse(text, "x.yaml"), (), reading), scope)


def one_line(text: str) -> str:
    return " ".join(text.split())


def told(tmp_path: Path, text: str, settings: Settings = SETTINGS) -> str:
    (tmp_path / "x.yaml").write_text(text, "utf-8")
    book = load(tmp_path, Reading(settings.brand.reckoning, settings.brand.currency))
    assert not book.faults, book.problems
    return str(describe(book, "x", settings, NOW))


def test_a_campaign() -> None:
    assert str(describe(BOOK, "win-back", SETTINGS, NOW)) == one_line("""
        win-back is a campaign of the re-engagement stage. Its author says: Ordered at least twice,
        then nothing for half a year up to a year. Daily at 10:00 (Europe/London time) it looks for
        everybody whose last order was 180 to 365 days ago, and who has at least 2 orders. It leaves
        out those in the segments paying-subscribers and staff, and those who were seen within the
        last 7 days. Each of them gets the email re-engagement/win-back. Whoever fits again may get
        it again, 200 days after the last time at the earliest. It writes only to those who have
        said yes to email, never between 21:00 and 08:00 on their own clock. 10% of those who
        qualify are left alone, to see what it is worth. A run that would reach more than 20% of all
        who can be written to waits for approval. A message that is not out within 4 days is not
        sent any more. A run that was missed is left out. An opt-out or an address that bounces ends
        it for that person; `rekindle pause win-back` ends it for all.
    """)


def test_a_segment() -> None:
    found = describe(BOOK, "regulars", SETTINGS, NOW)
    assert str(found) == one_line("""
        regulars is a segment: a group with a name, which gets nothing by itself. Its author says:
        Ordered at least three times within the last year. In it is everybody who has at least 3
        orders within the last year (counting only orders of more than 0 GBP). It leaves out those
        in the segment staff. No rule uses it yet.
    """)
    assert "It is used by a-year-silent," in str(describe(BOOK, "staff", SETTINGS, NOW))
    assert found.kind == "segment"


def test_limits_that_differ(tmp_path: Path) -> None:
    policy = Policy.model_validate(
        {"consent": "assumed", "caps": [{"max": 1, "per": "1 day"}], "quiet_hours": "none"}
    )
    text = (
        "campaign: x\nschedule: {cron: every saturday at 9:00, timezone: recipient}\nstarts: 2026-04-01\n"
        "ends: 2026-05-01\ntopic: news\naudience: {everyone: true}\nreenter: always\ncatch_up: once\n"
        "max_lateness: 1 hour\ndelivery: at_least_once\nlimits: {max_audience: 50, max_share: none}\n"
        "steps: [{sms: x}]\n"
    )
    assert told(tmp_path, text, SETTINGS.model_copy(update={"policy": policy})) == one_line("""
        x is a campaign. Every Saturday at 9:00, by each customer's own clock, from 2026-04-01 on
        until 2026-05-01, it looks for everybody. Each of them gets the SMS x. Whoever still fits
        gets it again every time. It writes to all who have not said no to SMS about news. Nobody
        gets more than 1 message in 1 day from all campaigns together; where campaigns compete, this
        one has priority 50. A run that would reach more than 50 people waits for approval. A run
        that was missed is made up for within 1 hour. Where nobody knows whether a message arrived,
        it is sent again, and perhaps twice. An opt-out or an address that bounces ends it for that
        person; `rekindle pause x` ends it for all.
    """)


def test_what_is_transactional(tmp_path: Path) -> None:
    text = (
        "campaign: x\nkind: transactional\nschedule: daily at 9:00\naudience: {everyone: true}\n"
        "steps: [{email: x}]\n"
    )
    found = told(tmp_path, text)
    assert "x is a transactional campaign." in found
    assert "It needs no consent, and neither the frequency cap nor a holdout applies" in found
    assert "yes to email" not in found


@pytest.mark.parametrize("key", list(CONDITIONS))
def test_every_condition_of_ours_can_be_read_aloud(key: str) -> None:
    found = said(CONDITIONS[key].example)
    assert found.split()[0] in ("who", "whose", "of", "but")
    assert "of whom this is true" not in found
    assert "2026" not in found  # true on any day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last_purchase: {never: true}", "who never ordered"),
        ("signed_up: {after: 2026-01-01}", "who signed up on or after 2026-01-01"),
        ("last_seen: {within: 1 day}", "who were seen within the last day"),
        ("country: {not_in: [GB, IE]}", "whose country is neither GB nor IE"),
        ("tag: {exists: false}", "who have no tag"),
        ("orders: {count: 0}", "who have no orders"),
        ("orders: {within: 30 days, where: {category: tea}}",
         "who ordered within the last 30 days (counting only orders with something whose category is tea)"),
        ("subscription: {kind: [subscription, free_offer], status: cancelled, cancelled: {within: 7 days}}",
         "who have a cancelled subscription or free offer that was cancelled within the last 7 days"),
        ("consent: {channel: sms, is: unknown}", "who have said neither yes nor no to SMS"),
        ("rfm: champions", "who are in the RFM group champions"),
        ("birthday: {today: true}", "whose birthday is today"),
        ("city: تهران", "whose city is \u2068تهران\u2069"),
    ],
)  # fmt: skip
def test_phrases(text: str, expected: str) -> None:
    assert said(text) == expected


def test_dates_are_those_of_the_brands_calendar() -> None:
    jalali = Scope(NOW, Calendar("Asia/Tehran", "jalali"), "IRR", undated=True)
    assert said("signed_up: {after: ۱۴۰۵-۰۱-۰۱}", jalali) == "who signed up on or after 1405-01-01"


def test_an_unknown_name() -> None:
    with pytest.raises(YoursToFix, match="did you mean 'win-back'"):
        describe(BOOK, "winback", SETTINGS, NOW)


def test_a_condition_from_elsewhere_is_told_in_its_own_words() -> None:
    """A plug-in need not know of this page."""
    one = parse(document.parse("country: GB", "x"), (), READING)
    foreign: Any = type("Foreign", (type(one),), {"key": "elsewhere"})
    assert phrase(foreign.model_validate("GB"), UNDATED) == "of whom this is true: elsewhere is GB"


def test_the_book_is_the_shipped_one() -> None:
    assert isinstance(BOOK, RuleBook)
    for name in (*BOOK.campaigns, *BOOK.segments):
        assert str(describe(BOOK, name, SETTINGS, NOW)).count(".") >= 3
