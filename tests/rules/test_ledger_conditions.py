"""What `received`, `opened`, `clicked`, `enrolled` and `offered` mean, said again in plain Python."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import document
from engine.durations import Calendar
from engine.errors import Problems
from engine.rules.compiler import Scope
from engine.rules.condition import CONDITIONS, Reading, parse
from engine.rules.explain import truths
from engine.rules.loader import load
from engine.rules.sources import code, delivery, enrollment, reply
from engine.store.database import Database
from tests.rules.edges import CUSTOMERS, DAY, NOW, fill, rows
from tests.rules.stores import condition, ids, store

Row = dict[str, Any]
ROWS = rows()


@dataclass(frozen=True)
class Person:
    """One customer's rows of the ledger, as far as the moment sees them."""

    name: str
    as_of: datetime
    cut: bool

    def rows(self, table: Any, at: str) -> list[Row]:
        mine = [one for one in ROWS[table] if one["customer_id"] == self.name]
        return [one for one in mine if one[at] is not None and (not self.cut or one[at] < self.as_of)]

    def received(self, **given: str) -> list[Row]:
        found = [one for one in self.rows(delivery, "settled_at") if one["state"] == "accepted"]
        return [one for one in found if given.items() <= one.items()]

    def replies(self, kind: str, **given: str) -> list[Row]:
        """One row a message: the events that no machine made."""
        found = [one for one in self.rows(reply, "at") if one["kind"] == kind and not one["bot"]]
        return [one for one in found if given.items() <= one.items()]

    def messages(self, kind: str, **given: str) -> set[str]:
        return {one["dedupe_key"] for one in self.replies(kind, **given)}

    def passages(self, state: str = "", **given: str) -> list[Row]:
        found = self.rows(enrollment, "entered_at")
        return [one for one in found if given.items() <= one.items() and state in ("", self._state(one))]

    def _state(self, one: Row) -> str:
        gone = one["ended_at"] is not None and one["ended_at"] < self.as_of
        inside = self.cut and one["ended_at"] is not None and not gone and one["state"] != "holdout"
        return "active" if inside else str(one["state"])

    def codes(self, redeemed: bool | None = None, **given: str) -> list[Row]:
        found = [one for one in self.rows(code, "issued_at") if given.items() <= one.items()]
        return [one for one in found if redeemed is None or self._used(one) == redeemed]

    def _used(self, one: Row) -> bool:
        return one["redeemed_at"] is not None and (not self.cut or one["redeemed_at"] < self.as_of)

    def within(self, days: int, found: list[Row], at: str) -> list[Row]:
        return [one for one in found if self.as_of - days * DAY <= one[at] < self.as_of]


MEANINGS: dict[str, Callable[[Person], bool]] = {
    "received: {}": lambda p: bool(p.received()),
    "received: win-back": lambda p: bool(p.received(campaign="win-back")),
    "received: {channel: sms, count: 0}": lambda p: not p.received(channel="sms"),
    "received: {within: 30 days}": lambda p: bool(p.within(30, p.received(), "settled_at")),
    "received: {older_than: 90 days}": lambda p: any(
        one["settled_at"] < p.as_of - 90 * DAY for one in p.received()
    ),
    "received: {ago: {at_least: 30 days}, count: {at_least: 2}}": lambda p: (
        sum(one["settled_at"] <= p.as_of - 30 * DAY for one in p.received()) >= 2
    ),
    "opened: {count: {at_least: 2}}": lambda p: len(p.messages("opened")) >= 2,
    "opened: {campaign: hello}": lambda p: bool(p.messages("opened", campaign="hello")),
    "clicked: {channel: email, count: 1}": lambda p: len(p.messages("clicked", channel="email")) == 1,
    "clicked: {within: 180 days}": lambda p: bool(p.within(180, p.replies("clicked"), "at")),
    "enrolled: {}": lambda p: bool(p.passages()),
    "enrolled: {campaign: hello, state: active}": lambda p: bool(p.passages("active", campaign="hello")),
    "enrolled: {state: finished}": lambda p: bool(p.passages("finished")),
    "enrolled: {state: holdout, within: 90 days}": lambda p: bool(
        p.within(90, p.passages("holdout"), "entered_at")
    ),
    "offered: comeback": lambda p: bool(p.codes(offer="comeback")),
    "offered: {redeemed: false, offer: vip}": lambda p: bool(p.codes(redeemed=False, offer="vip")),
    "offered: {redeemed: true}": lambda p: bool(p.codes(redeemed=True)),
    "offered: {expires: {in_next: 3 days}}": lambda p: any(
        one["expires_at"] is not None and p.as_of <= one["expires_at"] < p.as_of + 3 * DAY
        for one in p.codes()
    ),
    "offered: {expires: {never: true}}": lambda p: any(one["expires_at"] is None for one in p.codes()),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("ledger"), request) as database:
        fill(database)
        yield database


@pytest.mark.parametrize(
    ("as_of", "cut"), [(NOW, False), (NOW, True), (NOW - 90 * DAY, True), (NOW - 90 * DAY, False)]
)
def test_a_condition_means_what_it_says(shop: Database, as_of: datetime, cut: bool) -> None:
    there = {"everyone": condition("everyone: true")}
    scope = Scope(as_of, cut_ledger=cut)
    known = ids(shop, there["everyone"], scope)
    for text, holds in MEANINGS.items():
        expected = {name for name in CUSTOMERS if name in known and holds(Person(name, as_of, cut))}
        assert ids(shop, condition(text), scope) == expected, text


def test_a_customers_own_value_is_shown(shop: Database) -> None:
    texts = [
        "received: {}",
        "opened: win-back",
        "clicked: {within: 30 days}",
        "enrolled: hello",
        "offered: vip",
    ]
    scope = Scope(NOW)
    told: set[str] = set()
    with shop.read() as connection:
        for text in texts:
            found = truths(connection, condition(text), scope, CUSTOMERS)
            values = [clause.value for one in found.values() for clause in one.decisive()]
            assert all(values)
            told |= {value.split(" 20")[0] for value in values}
    for words in ("last received", "received none", "opened none of win-back", "last opened", "0 such; last",
                  "last entered hello", "never entered hello", "last given a code",
                  "was given no code of vip"):  # fmt: skip
        assert any(words in one for one in told), words


ENGLISH = {
    "received: {campaign: win-back, channel: email, within: 30 days}": "received a message of win-back"
    " by email between 2011-11-10 and 2011-12-10 (within 30 days)",
    "received: {count: 0, within: 7 days}": "received no message between 2011-12-03 and 2011-12-10"
    " (within 7 days)",
    "opened: {count: {at_least: 2}}": "opened at least 2 messages",
    "clicked: {count: {at_most: 1}}": "clicked at most 1 message",
    "enrolled: win-back": "entered win-back",
    "enrolled: {state: holdout}": "is held out of some campaign",
    "enrolled: {campaign: win-back, state: finished, after: 2011-12-01}": "finished win-back and entered"
    " on or after 2011-12-01",
    "offered: {offer: comeback, redeemed: false, expires: {in_next: 3 days}}": "was given a code of comeback"
    " and has not used it with expiry between 2011-12-10 and 2011-12-13 (in the next 3 days)",
    "offered: {redeemed: true, within: 1 day}": "was given a code between 2011-12-09 and 2011-12-10"
    " (within 1 day) and used it",
}


@pytest.mark.parametrize(("text", "told"), ENGLISH.items())
def test_a_condition_says_what_it_means(text: str, told: str) -> None:
    assert condition(text).english(Scope(datetime(2011, 12, 10, tzinfo=UTC))) == told


@pytest.mark.parametrize(
    ("text", "hopeless"),
    [
        ("received: {in_next: 3 days}", True),
        ("received: {in_next: 3 days, count: 0}", False),
        ("clicked: {count: {at_least: 3, at_most: 2}}", True),
        ("opened: {within: 3 days, older_than: 1 week}", True),
        ("enrolled: {in_next: 1 day}", True),
        ("offered: {expires: {in_next: 3 days}}", False),
        ("offered: {expires: {ever: true, never: true}}", True),
    ],
)
def test_a_rule_that_can_match_nobody_is_seen(text: str, hopeless: bool) -> None:
    assert condition(text).hopeless(Scope(NOW)) is hopeless


def book(folder: Path, **files: str) -> Any:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return load(folder, Reading(Calendar()))


CAMPAIGN = "{name}\ndescribe: x\nschedule: daily at 10:00\nsteps: [{{email: x}}]\naudience: {{{audience}}}\n"


def test_this_is_the_campaign_that_the_rule_stands_in(tmp_path: Path) -> None:
    hello = CAMPAIGN.format(name="campaign: hello", audience="none: [received: {campaign: this}]")
    found = book(tmp_path, hello=hello)
    assert found.problems == ()
    assert found.campaign("hello").audience.english(Scope(NOW)) == "not received a message of hello"
    assert found.campaign("hello").audience.campaigns() == {"hello"}


def test_a_segment_stands_in_no_campaign(tmp_path: Path) -> None:
    found = book(tmp_path, s="segment: s\ndescribe: x\naudience:\n  enrolled: {campaign: this}\n")
    (told,) = found.problems
    assert str(told) == (
        f"{tmp_path.name}/s.yaml:4:24: error: `campaign: this` means the campaign that the rule stands in, "
        "and a segment stands in none; write the campaign's name"
    )


def test_an_unknown_campaign_is_told_with_the_nearest(tmp_path: Path) -> None:
    hello = CAMPAIGN.format(name="campaign: hello", audience="clicked: {campaign: helo}")
    segment = "segment: s\ndescribe: x\naudience: {received: {campaign: hello}}\n"
    found = book(tmp_path, hello=hello, s=segment)
    place = f"{tmp_path.name}/hello.yaml:5"
    assert [str(one) for one in found.problems] == [
        f"{place}:32: error: there is no campaign 'helo' (did you mean 'hello'?)"
    ]


def test_no_campaign_is_called_this(tmp_path: Path) -> None:
    found = book(tmp_path, this=CAMPAIGN.format(name="campaign: this", audience="everyone: true"))
    assert "a name cannot be 'this'" in str(found.problems[0])


def test_a_fault_is_a_sentence() -> None:
    with pytest.raises(Problems, match=r"channel cannot be 'emial' \(did you mean 'email'\?\)"):
        parse(document.parse("received: {channel: emial}", "x.yaml"), (), Reading())


@pytest.mark.parametrize("key", ["received", "opened", "clicked", "enrolled", "offered"])
def test_each_is_on_the_shelf(key: str) -> None:
    assert CONDITIONS[key].example.startswith(key)


def test_the_very_instant_of_a_bound_is_in(shop: Database) -> None:
    """Or the meanings above would not have met it."""
    at = [one["settled_at"] for one in ROWS[delivery] if one["state"] == "accepted"]
    assert NOW - 30 * DAY in at
    assert NOW - 30 * DAY - timedelta(milliseconds=1) in at
