"""Persian as correctness: equal when matching, unchanged when shown, in its place in a terminal."""

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from engine.app import init
from engine.cli.program import run
from engine.durations import Calendar
from engine.rules.compiler import Scope
from engine.store.database import Database
from engine.store.migrate import upgrade
from engine.text import fold, in_place, isolated
from tests.conftest import _postgres_database
from tests.rules.stores import condition, ids

NOW = datetime(2026, 3, 25, 10, tzinfo=UTC)
ZWNJ = "\u200c"
#: One text in five spellings: Arabic ye and kaf, a joiner or a space, taken apart, digits of two kinds.
CITY = {
    "c1": f"کوچه{ZWNJ}ی علی ۱۲",
    "c2": "كوچه ي علي 12",
    "c3": f"کوچه{ZWNJ}ي علي ١٢",
    "c4": unicodedata.normalize("NFD", f"کوچه{ZWNJ}ی علی ۱۲"),
}
OTHER = "کوچه ی رضا ۱۲"  # c5's
ALL = set(CITY)
COLUMNS = {
    "customers": "customer_id created_at city source tags شهر".split(),
    "products": "sku description category".split(),
    "orders": "order_id customer_id ordered_at amount currency status code".split(),
    "order_lines": "order_id sku quantity unit_price".split(),
    "subscriptions": "subscription_id customer_id kind plan status started_at".split(),
    "events": "event_id customer_id event occurred_at properties".split(),
}


def rows() -> dict[str, list[tuple[str, ...]]]:
    """A customer for each spelling, who has it everywhere that a rule may look; c5 has another text."""
    found: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in COLUMNS}
    for who, text in (CITY | {"c5": OTHER}).items():
        found["customers"].append((who, "2026-01-01", text, text, f"vip;{text}", text))
        found["products"].append((f"s-{who}", text, text))
        found["orders"].append((f"o-{who}", who, "2026-02-01", "10", "EUR", "completed", text))
        found["order_lines"].append((f"o-{who}", f"s-{who}", "1", "10"))
        found["subscriptions"].append((f"u-{who}", who, "account", text, "active", "2026-02-01"))
        properties = json.dumps({"کالا": text}, ensure_ascii=False)
        found["events"].append((f"e-{who}", who, text, "2026-02-01", properties))
    return found


Rekindle = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store that those rows were imported into, as files."""
    from engine.ingest import import_file
    from engine.settings import Settings

    folder = tmp_path_factory.mktemp("persian")
    urls: Iterator[str] = iter([f"sqlite:///{folder / 'store.db'}"])
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        urls = _postgres_database(server, request.getfixturevalue("migrated_postgres"))
    for url in urls:
        upgrade(url)
        database = Database(url)
        for kind, of_kind in rows().items():
            file = folder / f"{kind}.csv"
            with file.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([COLUMNS[kind], *of_kind])
            import_file(database, Settings(), kind, file, NOW)
        yield database
        database.close()


def who(shop: Database, rule: Any) -> set[str]:
    return ids(shop, condition(json.dumps(rule, ensure_ascii=False), "EUR"), Scope(NOW))


def spelled(test: Any) -> dict[str, Any]:
    return test if isinstance(test, dict) else {"is": test}


PLACES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "city": lambda test: {"city": test},
    "source": lambda test: {"source": test},
    "tag": lambda test: {"tag": test},
    "attribute": lambda test: {
        "attribute": {"name": "شهر"} | (test if isinstance(test, dict) else {"is": test})
    },
    "plan": lambda test: {"subscription": {"plan": test}},
    "product": lambda test: {"bought": {"product": test}},
    "category": lambda test: {"orders": {"where": {"category": test}}},
    "code": lambda test: {"orders": {"where": {"code": test}}},
    "property": lambda test: {"did": {"event": OTHER, "where": {"کالا": test}}},
}


@pytest.mark.parametrize("place", [place for place in PLACES if place != "property"])
def test_every_spelling_means_the_same(place: str, shop: Database) -> None:
    asked = PLACES[place]
    for text in CITY.values():
        assert who(shop, asked(text)) == ALL
        assert who(shop, asked({"in": ["x", text]})) == ALL
        assert who(shop, asked({"starts_with": text[:4]})) == ALL | {"c5"}
        assert who(shop, asked({"ends_with": text[-6:]})) == ALL
    assert who(shop, asked({"contains": "علي"})) == ALL
    assert who(shop, asked({"contains": "علی 12"})) == ALL
    assert who(shop, asked({"is_not": CITY["c2"], "contains": "رضا"})) == {"c5"}
    if place != "tag":  # some other tag of theirs passes
        assert who(shop, asked({"not_in": [CITY["c1"]]})) == {"c5"}


def test_an_event_is_the_same_event_in_every_spelling(shop: Database) -> None:
    for text in CITY.values():
        assert who(shop, {"did": text}) == ALL
        assert who(shop, {"did": {"event": text, "where": {"کالا": {"ends_with": "علي 12"}}}}) == ALL
        assert who(shop, {"after_event": {"did": text}}) == ALL
    assert who(shop, {"did": {"event": OTHER, "where": {"کالا": "كوچه ي رضا 12"}}}) == {"c5"}


def test_what_is_kept_is_what_was_given(shop: Database) -> None:
    """Matching folds; the store, and whatever is shown from it, does not."""
    with shop.read() as connection:
        cities: dict[str, str] = dict(
            connection.exec_driver_sql("SELECT customer_id, city FROM customer").all()
        )
        tags = connection.exec_driver_sql("SELECT customer_id, tag FROM customer_tag").all()
        events: dict[str, str] = dict(
            connection.exec_driver_sql("SELECT customer_id, event FROM event").all()
        )
    kept = CITY | {"c5": OTHER}
    assert cities == kept
    assert {customer: tag for customer, tag in tags if tag != "vip"} == kept
    assert events == kept


def test_numbers_in_rules_may_be_persian(shop: Database) -> None:
    assert who(shop, {"orders": {"count": "۱", "within": "۶۰ days"}}) == ALL | {"c5"}
    assert who(shop, {"spend": {"total": {"at_least": "۱۰٫۰۰"}}}) == ALL | {"c5"}
    assert who(shop, {"spend": {"total": {"more_than": "١٠"}}}) == set()


# -- the calendar ------------------------------------------------------------------------------

JALALI = Calendar("Asia/Tehran", "jalali")


@pytest.mark.parametrize(
    ("rule", "english"),
    [
        ("last_purchase: {within: 3 months}",
         "last purchase between 1404-10-05 13:30 and 1405-01-05 13:30 (within 3 months)"),
        ("last_purchase: {before: ۱۴۰۴-۱۲-۲۹}", "last purchase before 1404-12-29"),
        ("signed_up: {after: 1405-01-01}", "signed up on or after 1405-01-01"),
        ("subscription: {expires: {in_next: 1 month}}", None),
        ("birthday: {today: true}", "birthday today (1405-01-05)"),
    ],
)  # fmt: skip
def test_sentences_have_the_brands_dates(rule: str, english: str | None) -> None:
    scope = Scope(NOW, JALALI, "IRR")
    told = condition(rule, "IRR", JALALI).english(scope)
    assert english is None or told == english
    assert "2026" not in told
    assert "1405-" in told or "1404-" in told


# -- the terminal ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("city is تهران and at least 2 orders", "city is \u2068تهران\u2069 and at least 2 orders"),
        ("one of تهران, شیراز (2)", "one of \u2068تهران, شیراز\u2069 (2)"),
        (f"«علی{ZWNJ}رضا» has 3", f"«\u2068علی{ZWNJ}رضا\u2069» has 3"),
        ("is \u2068تهران 5\u2069 and رضا", "is \u2068تهران 5\u2069 and \u2068رضا\u2069"),
    ],
)
def test_a_run_of_persian_is_kept_in_its_place(text: str, expected: str) -> None:
    assert in_place(text) == expected
    assert in_place(expected) == expected  # once is enough
    assert cell_len(in_place(text)) == cell_len(text)  # and takes no room


def test_isolating_and_folding_lose_nothing() -> None:
    assert isolated("Sara") == "Sara"
    assert isolated("سارا").strip("\u2068\u2069") == "سارا"
    assert {fold(text) for text in CITY.values()} == {"کوچه ی علی 12"}


@pytest.fixture
def rekindle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rekindle:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_NOW", "2026-03-25T10:00:00Z")
    monkeypatch.setenv("REKINDLE_BRAND__TIMEZONE", "Asia/Tehran")
    monkeypatch.setenv("REKINDLE_BRAND__CALENDAR", "jalali")

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def project(rekindle: Rekindle) -> Rekindle:
    """A shop with Persian names, ids and rules."""
    init(Path())
    for file in Path("rules").glob("*.yaml"):
        file.unlink()
    Path("rules/hello.yaml").write_text(
        "campaign: hello\ndescribe: مشتریان تهران که تازه خرید کرده‌اند.\nschedule: daily at ۱۰:۰۰\n"
        f"audience:\n  all:\n    - city: [{CITY['c2']}]\n    - signed_up: {{after: ۱۴۰۴-۰۱-۰۱}}\n"
        "reenter: always\nsteps: [{email: onboarding/welcome}]\n",
        "utf-8",
    )
    people = [
        f"مشتری-{n},p{n}@example.com,{name},{CITY['c1']},yes,2026-01-01,fa"
        for n, name in enumerate((f"علی{ZWNJ}رضا", "مُحَمَّد", "Arash", "ساراﷺ", ""))
    ]
    header = "customer_id,email,first_name,city,email_consent,created_at,language"
    Path("customers.csv").write_text("\n".join([header, *people]), "utf-8")
    assert rekindle("import", "customers", "customers.csv")[0] == 0
    return rekindle


#: What of a line a terminal could move: right-to-left letters that stand between no marks.
LOOSE = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


def loose(text: str) -> list[str]:
    outside, before = text, ""
    while outside != before:  # marks within marks
        outside, before = re.sub("\u2068[^\u2068\u2069]*\u2069", "", outside), outside
    return [line for line in outside.splitlines() if LOOSE.search(line)]


@pytest.mark.parametrize(
    "words",
    [
        ("audience", "hello"),
        ("preview", "hello"),
        ("preview", "hello", "--list", "will_send"),
        ("rules", "describe", "hello"),
    ],
    ids=" ".join,
)
def test_nothing_is_moved_by_what_runs_the_other_way(words: tuple[str, ...], project: Rekindle) -> None:
    code, out, _ = project(*words)
    assert code == 0
    assert "\u2068" in out
    assert loose(out) == []


def test_the_ledger_and_what_is_paused(project: Rekindle) -> None:
    assert project("run", "hello")[0] == 0
    out = project("deliveries")[1]
    assert out.count("مشتری") == 5
    assert loose(out) == []
    project("pause", "hello", "--reason", "تعطیلات نوروز")
    out = project("status")[1]
    assert "تعطیلات نوروز" in out
    assert loose(out) == []


def test_a_sentence_of_the_rule_is_jalali_and_shows_the_text_as_written(project: Rekindle) -> None:
    out = project("audience", "hello")[1]
    assert "5 customers match" in out
    assert "signed up on or after 1404-01-01" in out
    assert CITY["c2"] in out  # not the folded one, nor the one that the customers have
    assert "مشتریان تهران که تازه خرید کرده‌اند." in project("rules", "describe", "hello")[1]


def test_preview_and_status_are_on_the_brands_calendar(project: Rekindle) -> None:
    assert "Preview for Wed 5 Farvardin 1405, 13:" in project("preview", "hello")[1]
    assert "10:00 on Thu 6 Farvardin 1405" in project("status")[1]
    assert json.loads(project("preview", "hello", "--json")[1])["brand"]["calendar"] == "jalali"


def test_a_table_keeps_its_columns(project: Rekindle) -> None:
    """Every row of `status` has its columns where the heading has them."""
    head, first, *_ = project("status")[1].splitlines()
    at = head.index("next run")
    assert cell_len(first[:at]) == at
    assert first[at - 1] == " " != first[at]


def test_a_mistake_is_pointed_at(project: Rekindle) -> None:
    Path("rules/bad.yaml").write_text(
        "segment: bad\ndescribe: نام\naudience: {city: {is: تهران, شروع: x}}\n", "utf-8"
    )
    code, _, err = project("check")
    assert code == 2
    assert "unknown key '\u2068شروع\u2069'" in err
    line, caret, *_ = err.partition("rules/bad.yaml:3")[2].splitlines()[1:]
    start = caret.index("^")
    assert line[start:].startswith(("تهران", "شروع"))  # where the run of Persian begins, turned round or not
