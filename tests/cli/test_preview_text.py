"""The preview in the terminal: columns that keep their places, whatever the width and the script."""

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from engine.cli.preview_text import abbreviated, bar, people, show
from engine.durations import Calendar
from engine.telling import words
from engine.telling.words import isolated
from tests.cli.previews import GATES, PERSIAN, campaign, preview, sample

NAMES = [
    {"customer_id": "1", "name": PERSIAN, "to": "a@example.com"},
    {"customer_id": "2", "name": "Anna Lindqvist", "to": "b@example.com"},
    {"customer_id": "3", "name": "", "to": None},
]


def shown(*campaigns: dict[str, Any], width: int = 80, limit: int = 4, **changes: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True)
    show(preview(*campaigns, **changes), console, limit)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_the_sentence_comes_before_the_funnel_and_the_samples_last() -> None:
    one = campaign(excluded={"no_consent": 3}, warnings=["12% have no first_name"])
    lines = shown(one)
    places = [
        next(number for number, line in enumerate(lines) if part in line)
        for part in (
            one["headline"],
            "12% have",
            "7 hours ago",
            "Match the rule",
            "No consent",
            "Anna, was it us?",
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_columns_keep_their_places(width: int) -> None:
    one = campaign(
        matched=12_345, excluded=dict.fromkeys(GATES, 40), quiet=7, names=dict.fromkeys(GATES, NAMES)
    )
    rows = [line for line in shown(one, width=width) if re.match(r"  (  |- |= )[A-Z][^:]{25}", line)]
    assert len(rows) == 10
    assert {line[:36].rstrip()[-1].isdigit() for line in rows} == {True}
    assert {cell_len(line[:36]) for line in rows} == {36}
    assert all(cell_len(line) <= width for line in rows if width >= 50)
    assert not any(line.endswith(" ") for line in rows)
    starts = {cell_len(line[: line.index("\u2068")]) for line in rows if "\u2068" in line}
    assert len(starts) == (1 if width >= 80 else 0)


def test_a_gate_that_left_nobody_out_is_not_listed() -> None:
    text = "\n".join(shown(campaign(excluded={"holdout": 8})))
    assert "Left alone to compare" in text
    assert "No consent" not in text


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(4, 40))
def test_a_bar_shows_whenever_there_is_somebody_and_never_leaves_its_column(
    refused: int, left: int, width: int
) -> None:
    one = campaign(matched=refused + left, excluded={"suppressed": refused})
    for row in words.funnel(one, Calendar("UTC")):
        drawn = bar(row, width)
        assert len(drawn) <= width
        assert bool(drawn.strip()) == bool(row.count)


@given(st.lists(st.text(max_size=30), max_size=20), st.integers(0, 40), st.integers(0, 60))
def test_names_fit_their_room_and_nobody_is_miscounted(names: list[str], more: int, room: int) -> None:
    listed = [{"customer_id": "7", "name": name, "to": None} for name in names]
    one = campaign(
        matched=len(names) + more, excluded={"suppressed": len(names) + more}, names={"suppressed": listed}
    )
    row = next(row for row in words.funnel(one, Calendar("UTC")) if row.key == "suppressed")
    text = people(row, room)
    assert cell_len(text) <= room
    assert text.count("\u2068") == text.count("\u2069")
    assert "\n" not in text


def test_right_to_left_text_is_isolated_and_cannot_break_out() -> None:
    assert isolated("Anna") == "Anna"
    assert isolated(PERSIAN) == f"\u2068{PERSIAN}\u2069"
    assert isolated(f"Dr. {PERSIAN}") == f"\u2068Dr. {PERSIAN}\u2069"
    text = "\n".join(shown(campaign(samples=[sample(name=f"\u2069\u202e{PERSIAN}")])))
    assert f"email to \u2068{PERSIAN}\u2069 anna@example.com" in text
    assert "\u202e" not in text


def test_a_name_is_no_markup() -> None:
    assert "[bold]Anna[/bold]" in "\n".join(shown(campaign(samples=[sample(name="[bold]Anna[/bold]")])))


def test_samples_are_cut_short_and_limited() -> None:
    long = sample(text="\n".join(f"line {number} " + "words " * 30 for number in range(9)))
    lines = shown(campaign(samples=[long, sample(customer_id="2"), sample(customer_id="3")]), limit=2)
    assert sum("was it us?" in line for line in lines) == 2
    assert sum("line " in line for line in lines) == 4
    assert max(cell_len(line) for line in lines) <= 80
    assert "..." in "".join(lines)


def test_an_sms_says_its_parts_and_a_failure_its_reason() -> None:
    sms = sample(
        channel="sms", to="+989125551234", subject="", preheader="", html="", text="سلام", segments=2
    )
    failed = sample(error="'order' has no 'total'", subject="", text="", html="")
    one = campaign(samples=[sms, failed], sms_segments=103)
    text = "\n".join(shown(one))
    assert "2 SMS parts" in text
    assert "103 SMS parts to pay for" in text
    assert "\u2068سلام\u2069" in text
    assert "not sent      'order' has no 'total'" in text
    assert text.count("subject") == 0


def test_a_held_run_stands_above_its_figures_with_the_command() -> None:
    lines = shown(campaign(held="84 people is more than its max_audience of 50"))
    held = next(number for number, line in enumerate(lines) if " HELD " in line)
    assert held < next(number for number, line in enumerate(lines) if "people today" in line)
    assert "rekindle approve win-back" in lines[held + 1]
    paused = "\n".join(shown(campaign(held="the campaign is paused: `rekindle resume win-back`")))
    assert "rekindle approve" not in paused


def test_several_campaigns_begin_with_the_total_and_end_with_those_that_reach_nobody() -> None:
    text = "\n".join(
        shown(
            campaign(),
            campaign("welcome", 0, samples=[]),
            campaign("capped", 9, excluded={"frequency_cap": 9}),
        )
    )
    assert "84 messages would go out now; it costs nothing" in text
    assert "Nobody to write to: welcome, capped (9 matched)" in text
    assert text.count("Match the rule") == 1


def test_one_campaign_with_nobody_is_shown_whole() -> None:
    assert any("Match the rule" in line for line in shown(campaign(matched=0, samples=[])))


def test_nothing_due_and_problems_in_files_are_told() -> None:
    problem = {
        "file": "rules/x.yaml",
        "line": 4,
        "column": 1,
        "level": "error",
        "message": "no",
        "hint": "yes?",
    }
    text = "\n".join(shown(problems=[problem]))
    assert "No campaign is due" in text
    assert "rules/x.yaml:4:1: error: no (yes?)" in text


@given(st.text(), st.integers(10, 80))
def test_any_text_fits_its_width(text: str, width: int) -> None:
    assert all(cell_len(line) <= width for line in abbreviated(text, width))
