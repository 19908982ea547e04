"""docs/rules.md says what is so: it is made of the code, and what people would copy from it works."""

import re
from typing import Any

import pytest

from docs.__main__ import rules_page
from engine import document
from engine.recipes import recipes
from engine.rules.condition import CONDITIONS, Reading, parse
from engine.rules.drafts import draft_of
from engine.rules.time_test import TimeTest
from engine.shipped import starter
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_is_the_one_that_the_code_makes() -> None:
    assert rules_page() == PAGE, "run `make docs`"


def test_every_condition_has_its_chapter_with_what_it_takes() -> None:
    for key, kind in CONDITIONS.kinds.items():
        chapter = PAGE.partition(f"\n### {key}\n")[2].partition("\n### ")[0]
        assert kind.example in chapter
        assert "SELECT customer.customer_id" in chapter
        if kind.model_fields.keys() - {"parts", "holds"} and key not in ("segment", "everyone"):
            assert "| key | takes | meaning |" in chapter or "It takes a [" in chapter, key


def test_the_handwritten_table_of_times_knows_every_key() -> None:
    table = PAGE.partition("### Time test")[2].partition("### ")[0]
    for key in TimeTest.model_fields:
        assert f"`{key}: " in table


def test_the_cookbook_has_every_recipe() -> None:
    assert re.findall(r"^### Recipe: (.*)$", PAGE, re.MULTILINE) == list(recipes(starter()))


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_what_can_be_copied_works(text: str) -> None:
    value: Any = document.parse(text, "rules.md").value
    if {"campaign", "segment"} & set(value) and "audience" in value:
        assert draft_of(text, "rules.md", Reading()).faults == []
    elif "audience" in value:
        parse(document.parse(text, "rules.md"), ("audience",), Reading())
    else:
        parse(document.parse(text, "rules.md"), (), Reading())
