"""What was written differently: lines of a rule, and tests that were turned round."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cycle.edit_lines import OPPOSITES, changed_lines, turned


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": {"within": "3 days"}}, {"a": {"older_than": "3 days"}},
         ["`a`: `within: 3 days` became `older_than: 3 days`"]),
        ({"all": [{"x": {"at_least": 1}}, {"y": {"before": "2026-01-01"}}]},
         {"all": [{"y": {"after": "2026-01-01"}}, {"x": {"at_least": 1}}]},
         ["`y`: `before: 2026-01-01` became `after: 2026-01-01`"]),
        ([{"country": "GB"}], {"country": {"is_not": "GB"}}, []),
        ({"any": [{"country": "GB"}]}, {"none": [{"country": "GB"}]}, ["`any: ...` became `none: ...`"]),
        ({"offered": {"redeemed": False}}, {"offered": {"redeemed": True}},
         ["`offered`: `redeemed: false` became `redeemed: true`"]),
        ({"a": {"at_least": 1}}, {"a": {"at_least": 2}}, []),
        ({"a": {"at_least": 1}}, {"a": {"more_than": 1}}, []),
    ],
)  # fmt: skip
def test_a_turned_test_is_seen_wherever_it_stands(old: Any, new: Any, told: list[str]) -> None:
    assert list(turned(old, new)) == told


@pytest.mark.parametrize(("one", "other"), sorted(OPPOSITES))
def test_turning_round_is_seen_in_both_directions(one: str, other: str) -> None:
    assert list(turned({one: 3}, {other: 3})) == [f"`{one}: 3` became `{other}: 3`"]
    assert (other, one) in OPPOSITES


LINES = st.lists(st.sampled_from(["a: 1", "b: 2", "  - c", "# note", ""]), max_size=8).map("\n".join)


@given(LINES, LINES)
def test_the_changed_lines_make_the_new_rule_of_the_old(old: str, new: str) -> None:
    def kept(text: str) -> list[str]:
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    found = changed_lines(old, new)
    gone = [line["line"] for line in found if line["sign"] == "-"]
    come = [line["line"] for line in found if line["sign"] == "+"]
    left = [line for number, line in enumerate(old.splitlines(), 1) if number not in gone]
    right = [line for number, line in enumerate(new.splitlines(), 1) if number not in come]
    assert kept("\n".join(left)) == kept("\n".join(right))
    assert (found == []) == (kept(old) == kept(new))
