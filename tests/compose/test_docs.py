"""docs/templates.md says what is so."""

import re

import pytest

from engine.compose.environment import MAX_RANGE
from engine.compose.filters import FILTERS
from engine.compose.known import NAMES
from engine.compose.library import Texts
from engine.compose.lint import problems
from engine.compose.lint_email import CLIPPED, LONG_SUBJECT
from engine.compose.longest import ASSUMED, OTHERS, TURNS
from engine.compose.worker import Limits
from tests.compose.conftest import LAYOUTS, ROOT, Render

PAGE = (ROOT / "docs" / "templates.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", [name for name, fields in NAMES.items() if fields])
def test_every_name_is_described_with_its_fields(name: str) -> None:
    hidden = {"opt_out_line", "max_segments"}
    assert set(re.findall(r"`(\w+)`", ROWS[name])) == set(NAMES[name] or ()) - hidden


def test_every_filter_of_ours_is_described() -> None:
    table = PAGE.partition("## Filters")[2].partition("## ")[0]
    described = "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", described)) == {*FILTERS, "default"}


def test_the_example_is_sound_and_renders(email: Render) -> None:
    example = PAGE.partition("```\n")[2].partition("```")[0]
    assert problems(Texts({"t.email.j2": example, **LAYOUTS}), "t", "email") == []
    body = example.split("---\n")[2]
    assert "your last order was on 20 March 2026" in email(body).text


def test_the_limits_are_the_ones_that_are_named() -> None:
    assert f"at most {MAX_RANGE:,} numbers" in PAGE
    assert (Limits().cpu_seconds, Limits().memory) == (2, 256)
    assert "two seconds\nand 256 MiB" in PAGE


def test_the_lengths_that_are_assumed_are_the_ones_that_are_named() -> None:
    rows = re.findall(r"^\| ((?:`[a-z_.]+` ?)+) \| (\d+) \|$", PAGE, re.MULTILINE)
    assert {name: int(length) for names, length in rows for name in re.findall(r"`(.*?)`", names)} == ASSUMED
    assert f"an offer or an event | {OTHERS} |" in PAGE
    assert (TURNS, LONG_SUBJECT, CLIPPED) == (5, 150, 102 * 1024)
    assert "five turns" in PAGE
    assert "150 letters" in PAGE
    assert "102 KB" in PAGE
