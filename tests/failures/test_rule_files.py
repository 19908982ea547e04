"""Rule files that are wrong in ways of their own."""

import re
from pathlib import Path

import pytest

from tests.daemon.shop import Shop
from tests.test_broken import BROKEN, told_of_rules

#: The traps that the matrix names, each an exhibit with the words that are told of it.
TRAPS = (
    "a-tab", "bad-indent", "bomb", "alias", "no-such-day",
    "brackets-by-the-hundred", "big-number", "itself", "duplicate-key", "norway",
    "sexagesimal", "leading-zero", "not-a-number", "misspelt-key",
    "condition-unknown", "template-misspelt", "signed-up-negative",
)  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_each_trap_of_yaml_is_told(trap: str, tmp_path: Path) -> None:
    """With its place and no traceback; tests/test_broken.py holds every exhibit to its words."""
    exhibit = BROKEN / "rules" / f"{trap}.txt"
    first = told_of_rules(exhibit, tmp_path).splitlines()[0]
    assert re.match(r"rules/\S+:\d+:\d+: error: ", first), first


def test_an_empty_audience_is_a_run_with_nobody(small_shop: Shop) -> None:
    small_shop.campaign(schedule="daily at 10:00")
    rule = (small_shop.root / "rules/hello.yaml").read_text().replace("everyone: true", "country: NZ")
    small_shop.write("rules/hello.yaml", rule)
    small_shop.customers(2)
    report = small_shop.app().run(["hello"])
    assert [plan.matched for plan in report.plans] == [0]
    assert set(small_shop.runs().values()) == {"open"}
    assert small_shop.deliveries() == []
