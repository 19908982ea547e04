"""What an edit does, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine import document
from engine.cycle.edit_lines import turned
from engine.cycle.edit_past import Past
from engine.cycle.edit_sets import Move
from engine.durations import Calendar
from engine.errors import Problems

Counts = Mapping[Move, int]
#: Where less than this part of the old audience stays, these are other people.
_FEW = 5


def last_run(past: Past, now: int, calendar: Calendar) -> str:
    """What matched then and what matches now; more orders move it as well as an edit does."""
    then = f"The last run, {_day(past.at, calendar)}, matched {_people(past.matched) or 'nobody'}"
    if not now:
        return f"{then}, as now." if not past.matched else f"{then}; nobody matches now."
    return f"{then}; {now:,} {'matches' if now == 1 else 'match'} now{_times(past.matched, now)}."


def _times(then: int, now: int) -> str:
    if not then or then == now:
        return ""
    if now >= 2 * then:
        return f", {round(now / then):,} times as many"
    return f", {round(100 * now / then)}% of that" if 2 * now <= then else ""


def first(renamed: Past | None, calendar: Calendar) -> str:
    if renamed is None:
        return "First run: there is nothing to compare with."
    ran = f"`{renamed.campaign}` ran the same rule, last on {_day(renamed.at, calendar)}"
    return f"First run under this name; {ran}, and is in no rule file any more."


RENAMED = (
    "A new name is a new campaign: whoever had its message under the old name can get it again. "
    "Give it its old name back, unless that is meant"
)


def unreadable(problems: Problems) -> str:
    first = problems.problems[0]
    hint = f" ({first.hint})" if first.hint else ""
    why = f"{first.place.file}:{first.place.line}: {first.message}{hint}"
    return f"The rule that ran cannot be read any more, so people are not compared: {why}."


def same_rule(rewritten: bool) -> str:
    """What is said of an edit that left the audience alone: `rewritten` are other lines or templates."""
    return "Whom it is for is as it was." if rewritten else "Only comments were edited."


def moves(counts: Counts) -> str:
    """How many stay, leave and enter, of whom the two rules match at this instant."""
    was = counts["left"] + counts["stayed"]
    if not counts["left"] and not counts["entered"]:
        same = f"the same {_people(was)}" if was else "nobody, as the rule that ran"
        return f"The audience is written differently, and matches {same}."
    enter = _verb(counts["entered"], "enter")
    if not was:
        return f"The rule that ran matches nobody today: {enter}."
    stay, leave = _verb(counts["stayed"], "stay"), _verb(counts["left"], "leave")
    return f"Of {_people(was)} whom the rule that ran matches today, {stay} and {leave}; {enter}."


def strangers(counts: Counts) -> list[str]:
    """Where nearly everybody is replaced, or nobody left, a sentence that says so."""
    was, now = counts["left"] + counts["stayed"], counts["stayed"] + counts["entered"]
    if was and not now:
        return [f"Nobody is left of {_people(was)} whom the rule that ran matches today"]
    if not was or not counts["entered"] or counts["stayed"] * _FEW >= was:
        return []
    stay, enter = _verb(counts["stayed"], "stay"), _verb(counts["entered"], "enter")
    return [f"These are other people: of {was:,} {stay}, and {enter}"]


def turned_round(past: Past, source: str, segments: Mapping[str, str]) -> list[str]:
    """Each test of the rule or of a segment whose meaning was turned round."""
    pairs = [("", past.document, source)]
    pairs += [(f"segment {name}, ", past.segments.get(name, text), text) for name, text in segments.items()]
    return [
        f"Turned round? {where}{told}"
        for where, old, new in pairs
        if old != new
        for told in turned(_audience(old), _audience(new))
    ]


def _audience(source: str) -> object:
    return document.parse(source, "").value.get("audience")


def _day(instant: datetime, calendar: Calendar) -> str:
    return calendar.show(instant.replace(second=0, microsecond=0))


def _people(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}" if number else ""


def _verb(number: int, verb: str) -> str:
    return f"{'1' if number else 'nobody'} {verb}s" if number < 2 else f"{number:,} {verb}"
