"""What an edit does, in the terminal and on the page; and everybody behind a number, in columns."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from engine.cli.preview_edit import listing
from tests.cli.previews import PERSIAN, campaign, edit
from tests.cli.test_preview_page import EVIL, page
from tests.cli.test_preview_text import NAMES, shown

TURNED = edit(
    state="changed",
    sentences=["The last run, 2011-12-09 10:00, matched 80 people; 1,912 match now, 24 times as many."],
    alarms=["Turned round? `orders count`: `at_least: 3` became `less_than: 3`"],
    left=72,
    stayed=12,
    entered=1900,
    names={
        "left": [
            {"customer_id": "7", "name": PERSIAN, "to": None, "because": "less than 3 orders (4 orders)"}
        ],
        "entered": [
            {
                "customer_id": "8",
                "name": "Anna",
                "to": "a@x.example",
                "because": "at least 3 orders (1 order)",
            }
        ],
    },
    lines=[
        {"of": "rules/win-back.yaml", "sign": "-", "line": 9, "text": "  - orders: {count: {at_least: 3}}"},
        {"of": "rules/win-back.yaml", "sign": "+", "line": 9, "text": "  - orders: {count: {less_than: 3}}"},
    ],
    templates=[{"path": "templates/a.email.j2", "change": "added"}],
)


def test_an_edit_shows_who_moves_why_and_by_which_lines() -> None:
    lines = shown(campaign(edit=TURNED), width=100)
    assert lines[3] == " LOOK TWICE  Turned round? `orders count`: `at_least: 3` became `less_than: 3`"
    start = lines.index(TURNED["sentences"][0])
    assert lines[start + 1 : start + 14] == [
        "  rules/win-back.yaml:",
        "  -   9  - orders: {count: {at_least: 3}}",
        "  +   9  - orders: {count: {less_than: 3}}",
        "  templates/a.email.j2 was added",
        "",
        f"  - Leave                        72  ▒                   \u2068{PERSIAN}\u2069 +71",
        "    Stay                         12   █",
        "  = Enter                     1,900   █████████████████  Anna +1,899",
        "  They leave, for the rule asks now:",
        f"    \u2068{PERSIAN}\u2069  less than 3 orders (4 orders)",
        "  They enter; the rule that ran asked:",
        "    Anna  at least 3 orders (1 order)",
        "",
    ]


@pytest.mark.parametrize("width", [40, 80])
def test_a_reason_that_is_too_long_stays_in_its_column(width: int) -> None:
    who = {"customer_id": "7", "name": "Anna", "to": None, "because": " ".join(["word"] * 40)}
    lines = shown(campaign(edit=TURNED | {"names": {"left": [who]}}), width=width)
    told = [line for line in lines if "word word" in line]
    assert len(told) > 1
    assert {line.index("word") for line in told} == {10}
    assert all(cell_len(line) <= width for line in told)


def test_a_campaign_with_nobody_is_shown_where_an_edit_emptied_it() -> None:
    emptied = edit(alarms=["Nobody is left of 84 people"], left=84, stayed=0, entered=0)
    text = "\n".join(
        shown(campaign(), campaign("emptied", matched=0, edit=emptied), campaign("b", matched=0))
    )
    assert " LOOK TWICE  Nobody is left of 84 people" in text
    assert "Nobody to write to: b" in text


def test_everybody_behind_a_number_is_listed_in_columns() -> None:
    people = [*NAMES, {"customer_id": "1234567", "name": "李小龍", "to": "d@example.com"}]
    lines = list(listing(campaign(names={"holdout": people}), "holdout"))
    assert lines == [
        "win-back: holdout: 4",
        f"  1        \u2068{PERSIAN}\u2069    a@example.com",
        "  2        Anna Lindqvist  b@example.com",
        "  3",
        "  1234567  李小龍          d@example.com",
    ]
    assert len({cell_len(line.partition("@")[0]) for line in lines if "@" in line}) == 1


def test_those_who_enter_are_listed_from_the_edit() -> None:
    assert list(listing(campaign(edit=TURNED), "entered")) == [
        "win-back: entered: 1",
        "  8  Anna  a@x.example",
    ]


def test_an_edit_is_a_picture_with_the_people_and_the_lines_behind_it(tmp_path: Path) -> None:
    who = {"customer_id": "7", "name": PERSIAN, "to": None, "because": f"fewer than 3 orders {EVIL}"}
    one = edit(
        sentences=["The last run matched 80 people."],
        alarms=["Turned round? `at_least: 3` became `less_than: 3`"],
        left=30,
        stayed=50,
        entered=20,
        names={"left": [who]},
        lines=[{"of": "rules/win-back.yaml", "sign": "-", "line": 9, "text": EVIL}],
        templates=[{"path": "templates/a.email.j2", "change": "taken away"}],
    )
    found = page(tmp_path, campaign(edit=one))
    assert "Look twice Turned round? at_least: 3 became less_than: 3" in found.text
    assert "The last run matched 80 people." in found.text
    assert f"− 9 {EVIL}" in found.text
    assert "templates/a.email.j2 was taken away" in found.text
    assert "Leave −30" in found.text
    assert "and 29 more: rekindle preview win-back --list left" in found.text
    assert f"For example, {PERSIAN} leaves. The rule asks now: fewer than 3 orders {EVIL}" in found.text
    assert not found.every("script")
    bars = [str(one["style"]) for one in found.every("span") if "bar" in str(one.get("class"))][:3]
    assert bars == [
        "margin-inline-start:0.00%;width:30.00%",
        "margin-inline-start:30.00%;width:50.00%",
        "margin-inline-start:80.00%;width:20.00%",
    ]


def test_without_an_edit_there_is_no_picture_of_one(tmp_path: Path) -> None:
    found = page(tmp_path, campaign())
    assert "The last run, 2011-12-09 10:00, matched 80 people; 84 match now." in found.text
    assert "Look twice" not in found.text
    assert "Leave" not in found.text
