"""Whatever stands in a rule file, the answer is a book with problems: never an exception."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import document
from engine.durations import Calendar
from engine.rules.campaign import Campaign, Segment
from engine.rules.compiler import select_ids
from engine.rules.condition import CONDITIONS
from engine.rules.forms import Reading
from engine.rules.loader import RuleBook, load
from engine.rules.schema import example as example_of
from engine.rules.scope import Scope
from tests.conftest import ROOT
from tests.test_check import NOW

READING = Reading(Calendar("Europe/London"), "GBP")
TEXTS = [path.read_text("utf-8") for path in sorted((ROOT / "rules").rglob("*.yaml"))]
BROKEN = [path.read_text("utf-8", "replace") for path in (ROOT / "tests/broken/rules").glob("*.yaml")]
VALUES = [document.parse(text, "x").value for text in TEXTS]
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**15, 0.5, -0.0, [], {}, [[]], [{}], {"": ""}, [1, "a", None],
    "", " ", "none", "x", "10%", "30 days", "0 days", "999999 years", "10:00", "\u202e",
    "2026-03-21", "۱۴۰۵-۰۹-۳۰", "9999-12-31", "0001-01-01",
    {"is": None}, {"all": []}, {"between": [1, 2]}, {"at_least": "x"}, {"in": []}, {"exists": "no"},
)  # fmt: skip


def loaded(text: str) -> RuleBook:
    with TemporaryDirectory() as folder:
        (Path(folder) / "x.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
        return load(Path(folder), READING)


def answered(text: str) -> None:
    """A book that holds the rule, or says why not, in words that can be written out."""
    book = loaded(text)
    told = [str(problem) for problem in book.problems]
    assert "\n".join(told).encode("utf-8") is not None
    assert all(problem.place.line >= 1 and problem.place.column >= 1 for problem in book.problems)
    assert book.segments or book.campaigns or any(problem.level == "error" for problem in book.problems)
    all_usable(book)


def all_usable(book: RuleBook) -> None:
    """What is in the book can be asked: its statement, its English, its next occasion."""
    rules: list[Segment | Campaign] = [*book.segments.values(), *book.campaigns.values()]
    for rule in rules:
        usable(rule, book)


def usable(rule: Segment | Campaign, book: RuleBook) -> None:
    segments = {name: one.condition for name, one in book.segments.items()}
    scope = Scope(as_of=NOW, calendar=READING.calendar, currency="GBP", segments=segments)
    assert rule.clause.english(scope)
    assert select_ids(rule.clause, scope) is not None
    assert rule.clause.hopeless(scope) in (True, False)
    if isinstance(rule, Campaign):
        rule.schedule.latest(NOW, "Europe/London")
        rule.schedule.next(NOW, "Asia/Tehran")


@settings(max_examples=60, deadline=None)
@given(
    text=st.sampled_from(TEXTS + BROKEN),
    at=st.integers(0, 2000),
    cut=st.integers(0, 40),
    put=st.text(max_size=8) | st.sampled_from("{ } [ ] : - \t * & ! | > % @ ` ' \" # , ? \n".split(" ")),
)
@example(text="segment: x\naudience: \x85", at=0, cut=0, put="")
@example(text="segment: x\naudience: {country: \ud800}", at=0, cut=0, put="")
@example(text="\ufeffsegment: x\naudience: {country: GB}", at=0, cut=0, put="")
@example(text="%YAML 9.9\n---\nsegment: x", at=0, cut=0, put="")
@example(text="%TAG ! !\nsegment: x", at=0, cut=0, put="")
@example(text="!!binary x", at=0, cut=0, put="")
@example(text="[" * 3000, at=0, cut=0, put="")
@example(text="a: " * 3000, at=0, cut=0, put="")
@example(text="segment: " + "9" * 5000, at=0, cut=0, put="")
@example(text="? segment\n: x", at=0, cut=0, put="")
def test_text_with_a_piece_changed(text: str, at: int, cut: int, put: str) -> None:
    at = min(at, len(text))
    changed = text[:at] + put + text[at + cut :]
    book = loaded(changed)
    all_usable(book)
    assert "\n".join(map(str, book.problems)).encode("utf-8") is not None


def paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, one in inner for path in paths(one, (*here, key)))]


def changed_at(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed_at(value[path[0]], path[1:], new)
    return copy


EXAMPLES = [{"segment": "x", "audience": {key: example_of(CONDITIONS[key])}} for key in CONDITIONS]
CHANGES = [(value, path) for value in VALUES + EXAMPLES for path in paths(value)]


@settings(max_examples=150, deadline=None)
@given(change=st.sampled_from(CHANGES), new=st.sampled_from(ODD) | st.text(max_size=10) | st.floats())
def test_a_value_changed_for_an_odd_one(change: tuple[Any, tuple[str | int, ...]], new: Any) -> None:
    value, path = change
    answered(json.dumps(changed_at(value, path, new), ensure_ascii=True))
