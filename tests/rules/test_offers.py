"""Offers in rule files: what they say, and what campaigns may promise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import YoursToFix
from engine.rules.offer import Offer
from tests.rules.test_loader import READING, book, campaign

COMEBACK = """offer: comeback
describe: 15% off the next order
discount: {percent: 15}
code: {unique: "BACK-????-????"}
expires: {after: 14 days}
budget: {codes: 5000}
"""


def test_what_an_offer_says(tmp_path: Path) -> None:
    found = book(tmp_path, comeback=COMEBACK)
    assert found.problems == ()
    offer = found.offer("comeback")
    assert isinstance(offer, Offer)
    assert offer.discount.percent == 15
    assert offer.code.unique == "BACK-????-????"
    assert offer.budget is not None
    assert offer.budget.codes == 5000
    assert offer.expires is not None
    start = datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert offer.expires.of(start, READING.calendar) == datetime(2026, 3, 15, 10, tzinfo=UTC)


def test_a_campaign_knows_what_it_promises(tmp_path: Path) -> None:
    promised = campaign("win-back").replace("{email: x}", "{email: x, offer: comeback}")
    found = book(tmp_path, comeback=COMEBACK, win_back=promised)
    assert found.problems == ()
    chosen = found.campaign("win-back")
    assert chosen.steps[0].offer == "comeback"
    assert {name: offer.source for name, offer in chosen.offers.items()} == {"comeback": COMEBACK}


ONE_OF = (
    "a discount is one of {percent: 15}, {amount: 10.00, currency: GBP}, {free_shipping: true} and "
    '{gift: "A tea towel"}'
)
BROKEN = {
    "percent: 15}\ncode": (
        "percent: 15, gift: tea}\ncode",
        f"3:11: error: {ONE_OF}",
    ),
    "percent: 15": ("percent: 0", "3:21: error: percent is 0 and must be more than 0"),
    "BACK-????-????": (
        "BACK-??",
        "4:16: error: 'BACK-??' has fewer than 8 question marks, and could be guessed",
    ),
    'unique: "BACK-????-????"': (
        "pool: ../codes.csv",
        "4:14: error: '../codes.csv' is not a file of this project; write it like 'codes/comeback.csv'",
    ),
    "after: 14 days": (
        "after: 14 days, at: 2026-12-31",
        "5:10: error: one of them is enough: write {after: 14 days} or {at: 2026-12-31}",
    ),
    "codes: 5000": ("codes: 0", "6:17: error: codes is 0 and must be at least 1"),
    "budget:": ("bugdet:", "6:1: error: unknown key 'bugdet' (did you mean 'budget'?)"),
}


@pytest.mark.parametrize("right", BROKEN)
def test_a_broken_offer_is_told_in_a_sentence(tmp_path: Path, right: str) -> None:
    wrong, told = BROKEN[right]
    found = book(tmp_path, comeback=COMEBACK.replace(right, wrong))
    assert [str(problem).removeprefix("rules/comeback.yaml:") for problem in found.problems] == [told]


def test_an_unknown_offer_names_the_nearest(tmp_path: Path) -> None:
    promised = campaign("win-back", "offered: {offer: comebak}")
    promised = promised.replace("{email: x}", "{email: x, offer: come-back}")
    found = book(tmp_path, comeback=COMEBACK, win_back=promised)
    told = [str(problem) for problem in found.problems]
    assert told == [
        "rules/win-back.yaml:3:29: error: there is no offer 'comebak' (did you mean 'comeback'?)",
        "rules/win-back.yaml:5:27: error: there is no offer 'come-back' (did you mean 'comeback'?)",
    ]


def test_a_campaign_whose_offer_is_broken_cannot_run(tmp_path: Path) -> None:
    promised = campaign("win-back").replace("{email: x}", "{email: x, offer: comeback}")
    found = book(tmp_path, comeback=COMEBACK.replace("percent", "per_cent"), win_back=promised)
    assert "win-back" not in found.campaigns
    assert any("offer 'comeback' cannot be used" in str(problem) for problem in found.problems)


def test_an_offer_is_no_campaign(tmp_path: Path) -> None:
    found = book(tmp_path, comeback=COMEBACK)
    with pytest.raises(YoursToFix, match="'comeback' is an offer, and this asks for a campaign"):
        found.campaign("comeback")
