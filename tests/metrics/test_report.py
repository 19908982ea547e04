"""`report` as people meet it: in the terminal, as JSON, as a page."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.__main__ import metrics_page
from engine.app import init
from engine.cli.program import run
from engine.cli.report_text import show, sparkline
from engine.telling.figures import Figures
from engine.telling.report_page import page
from tests.conftest import ROOT

VOID = {"meta", "br", "link", "img", "rect", "line", "path", "circle"}


class Nesting(HTMLParser):
    """Every element closes in its turn; nothing points outside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert name not in ("src", "href", "onclick", "onload"), (tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: str) -> Nesting:
    reader = Nesting()
    reader.feed(html)
    assert reader.open == []
    assert not reader.names & {"script", "iframe", "link", "object"}
    assert "http:" not in html
    assert "https:" not in html
    return reader


def rekindle(capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0) -> str:
    code = run(list(words))
    told = capsys.readouterr()
    assert code == expect, told.err
    return told.out if expect == 0 else told.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    init(tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    monkeypatch.setenv("REKINDLE_NOW", "2011-12-01T00:00:00Z")
    monkeypatch.setenv("REKINDLE_BRAND__CURRENCY", "GBP")
    monkeypatch.setenv("REKINDLE_BRAND__TIMEZONE", "UTC")
    return tmp_path / "shop"


@pytest.fixture
def gifts(
    folder: Path,
    store_url: str,
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Path:
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    for kind in ("customers", "orders"):
        rekindle(capsys, "import", kind, str(shared_data / "online_retail_dev" / f"{kind}.csv.gz"))
    results = folder / "results.csv"
    rows = [
        f"{n},<spring> & co,{'control' if n % 2 else 'letter'},{int(n % 5 == 0)},{n % 5 * 3}"
        for n in range(600)
    ]
    results.write_text("\n".join(["customer_id,campaign,arm,converted,revenue", *rows]))
    rekindle(capsys, "import", "outcomes", str(results))
    return folder


def test_a_real_shop_s_report(gifts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("report", "--from", "2011-09-01", "--to", "2011-12-01")
    found = json.loads(rekindle(capsys, *asked, "--json", "--html", "out/report.html"))
    assert (found["from"], found["before_from"]) == ("2011-09-01T00:00:00Z", "2011-06-01T00:00:00Z")
    assert found["metrics"]["average_order_value"]["parts"]["orders"] == sum(
        row["orders"] for row in found["months"][-3:]
    )
    show(found)
    told = capsys.readouterr().out
    assert "Your Shop: 1 September 2011 to 30 November 2011" in told
    assert "customer retention rate" in told
    assert "<spring> & co (ran elsewhere)" in told
    assert "It cannot be told from nothing." in told

    html = (gifts / "out" / "report.html").read_text("utf-8")
    reader = read(html)
    assert "&lt;spring&gt; &amp; co" in html
    assert reader.names >= {"svg", "table", "rect", "path", "circle"}
    assert "1 September 2011 to 30 November 2011" in "".join(reader.texts)


def test_the_same_in_persian_stands_from_right_to_left(
    gifts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_BRAND__LOCALE", "fa")
    monkeypatch.setenv("REKINDLE_BRAND__CALENDAR", "jalali")
    found = json.loads(rekindle(capsys, "report", "--from", "1390-06-01", "--to", "1390-09-01", "--json"))
    assert found["before_from"] == "2011-05-22T00:00:00Z"
    html = page(found)
    reader = read(html)
    assert '<html lang="fa" dir="rtl">' in html
    told = " ".join(reader.texts)
    assert "۱ شهریور ۱۳۹۰ تا ۳۰ آبان ۱۳۹۰" in told
    english = re.findall(r"[A-Za-z]{4,}", " ".join(_shown(html)))
    assert set(english) <= {"spring", "letter", "control", "Your", "Shop"}, sorted(set(english))


def _shown(html: str) -> list[str]:
    """What a reader sees, but for formulas and sources, which stay as they were published."""
    body = re.sub(r'<(td|bdi)( dir="ltr"[^>]*)?>.*?</\1>|<style>.*?</style>', " ", html, flags=re.DOTALL)
    return re.findall(r">([^<]+)<", body)


def test_whoever_is_forgotten_is_exported_before_and_counted_without_a_name_after(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "results.csv"
    file.write_text(
        "customer_id,campaign,arm,converted,revenue\nann,spring,A,1,12.50\nbob,spring,control,0,\n"
    )
    rekindle(capsys, "import", "outcomes", str(file))
    held = json.loads(rekindle(capsys, "customer", "export", "ann"))["outcomes"]
    assert [(one["campaign"], one["arm"], one["revenue"]) for one in held] == [("spring", "A", "12.50")]
    before = json.loads(rekindle(capsys, "report", "--json"))["outcomes"]
    rekindle(capsys, "customer", "erase", "ann", "--yes")
    assert json.loads(rekindle(capsys, "report", "--json"))["outcomes"] == before
    told = rekindle(capsys, "customer", "export", "ann", expect=2)
    assert "ann" in told


def test_the_page_on_metrics_is_the_one_that_the_code_makes() -> None:
    assert metrics_page() == (ROOT / "docs" / "metrics.md").read_text("utf-8"), "run `make docs`"


def test_an_empty_store_is_told_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rekindle(capsys, "db", "upgrade")
    assert "nothing to count yet: no order or subscription" in rekindle(capsys, "report")
    read(page(json.loads(rekindle(capsys, "report", "--json"))))


def test_a_period_that_cannot_be_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rekindle(capsys, "db", "upgrade")
    told = rekindle(capsys, "report", "--from", "2011-12-01", "--to", "2011-11-01", expect=2)
    assert "the report's period is empty: 2011-12-01 is not before 2011-11-01" in told
    assert "longer than a century" in rekindle(capsys, "report", "--from", "1700-01-01", expect=2)
    assert "--to: 'soon' is not a date" in rekindle(capsys, "report", "--to", "soon", expect=2)


def test_rials_are_shown_in_tomans_where_the_brand_says_so() -> None:
    brand = {"timezone": "Asia/Tehran", "calendar": "jalali", "locale": "fa", "currency": "IRR"}
    assert Figures({**brand, "show_tomans": True}).money("1250000") == "۱۲۵٬۰۰۰ تومان"
    assert Figures({**brand, "show_tomans": False}).money("1250000") == "۱٬۲۵۰٬۰۰۰ ریال"


def test_a_sparkline_goes_from_the_least_to_the_most() -> None:
    assert sparkline([1, 2, 3]) == "▁▅█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([]) == ""
