"""What `check` says of offers, of the campaigns that promise them and of the letters that show them."""

from __future__ import annotations

from pathlib import Path

from engine.compose.library import Texts
from engine.cycle.check import check
from engine.rules.loader import load
from engine.settings import Brand, Settings
from tests.check.projects import NOW, campaign
from tests.test_broken import READING

SHOWS = "---\nsubject: x\n---\n{{ offer.code }}"
OFFER = "offer: comeback\ndescribe: x\ndiscount: {percent: 15}\ncode: {unique: BACK-????-????}\n"


def told(
    folder: Path, letter: str, step: str = "email: x\n    offer: comeback", offer: str = OFFER
) -> list[str]:
    rules = folder / "rules"
    rules.mkdir()
    text = campaign("one").replace("email: onboarding/welcome", step)
    assert step in text
    (rules / "one.yaml").write_text(text)
    (rules / "comeback.yaml").write_text(offer)
    settings = Settings(brand=Brand(timezone="Europe/London", currency="GBP"), root=folder)
    found = check(settings, load(rules, READING), Texts({"x.email.j2": letter}), NOW)
    return [str(problem) for problem in found if "offer" in str(problem) or "code" in str(problem)]


def test_a_promise_that_is_shown_is_no_problem(tmp_path: Path) -> None:
    assert told(tmp_path, SHOWS) == []


def test_a_code_that_nobody_would_see(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, "---\nsubject: x\n---\nHello")
    assert (
        "warning: the letter never shows the code of 'comeback' (write {{ offer.code }} into it)" in problem
    )


def test_a_letter_that_speaks_of_what_nobody_promises(tmp_path: Path) -> None:
    letter, unused = told(tmp_path, SHOWS, step="email: x")
    assert "error: the letter speaks of an `offer`, and this step promises none" in unused
    assert "hint: no campaign promises the offer 'comeback'" in letter


def test_a_letter_that_asks_first(tmp_path: Path) -> None:
    letter = "---\nsubject: x\n---\n{% if offer %}{{ offer.code }}{% endif %}"
    (unused,) = told(tmp_path, letter, step="email: x")
    assert "no campaign promises" in unused


def test_an_offer_that_is_over(tmp_path: Path) -> None:
    (problem,) = told(tmp_path, SHOWS, offer=OFFER + "expires: {at: 2020-01-01}\n")
    assert "warning: offer 'comeback' ended on 2020-01-01" in problem


def test_a_pool_that_is_missing_or_empty(tmp_path: Path) -> None:
    pooled = OFFER.replace("unique: BACK-????-????", "pool: codes/x.csv")
    (problem,) = told(tmp_path, SHOWS, offer=pooled)
    assert "warning: the codes in x.csv cannot be read: No such file or directory" in problem
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes/x.csv").write_text("code\n")
    settings = Settings(brand=Brand(timezone="Europe/London", currency="GBP"), root=tmp_path)
    found = check(settings, load(tmp_path / "rules", READING), Texts({"x.email.j2": SHOWS}), NOW)
    assert any("there is no code in codes/x.csv" in str(one) for one in found)
