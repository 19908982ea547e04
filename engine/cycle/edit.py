"""What an edit does: a campaign against its last run, and its rule against the one that ran.

Both rules are evaluated at the same instant on the same rows, so that what differs is the edit's doing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from engine import clock, document
from engine.compose.library import Library
from engine.cycle import edit_words as words
from engine.cycle.edit_lines import changed_lines
from engine.cycle.edit_past import Past, Ruled, abandoned, pasts, read_again
from engine.cycle.edit_sets import MOVES, Sets, because, pinned
from engine.cycle.occasions import Occasion
from engine.cycle.plan import Plan, scope
from engine.cycle.versions import template_texts
from engine.errors import Problems
from engine.policy.entry import Moment
from engine.rules.campaign import Campaign
from engine.rules.condition import Condition, Reading
from engine.rules.loader import RuleBook
from engine.settings import Settings

#: How many people are named for each number, and for how many of them the clause that made the difference.
NAMED, EXPLAINED = 20, 5


@dataclass(frozen=True)
class Desk:
    """What an edit is looked at with; `listed` is the number that everybody behind it is asked of."""

    settings: Settings
    book: RuleBook
    library: Library
    segments: Mapping[str, Condition]
    moment: Moment
    listed: str | None = None

    @property
    def reading(self) -> Reading:
        return Reading(self.settings.brand.reckoning, self.settings.brand.currency)


@dataclass
class Edit:
    """One campaign against its last run, before anybody is counted; `old` and `now` where they differ."""

    campaign: Campaign
    past: Past | None = None
    state: str = "first_run"
    notes: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    old: Ruled | None = None
    now: Ruled | None = None


def look(
    connection: Connection, occasions: Sequence[Occasion], versions: Mapping[str, str], desk: Desk
) -> dict[str, Edit]:
    """What was edited of each of these campaigns since its last run, by its name."""
    found = {one.campaign.name: Edit(one.campaign) for one in occasions}
    last = pasts(connection, found, desk.moment)
    for name, one in found.items():
        one.past = last.get(name)
        _look(one, versions[name], desk)
    _find_renamed(connection, [one for one in found.values() if one.past is None], desk)
    return found


def before(edits: Mapping[str, Edit]) -> dict[str, Condition]:
    """The rules as they ran, where they were edited since: the plan asks them in passing."""
    return {name: pinned(one.old) for name, one in edits.items() if one.old is not None}


def told(
    connection: Connection, edits: Mapping[str, Edit], plans: Sequence[Plan], verdicts: Table, desk: Desk
) -> dict[str, dict[str, Any]]:
    """What each edit does, as `preview --json` shows it, by the campaign's name."""
    numbers = {name: number for number, name in enumerate(edits)}  # as the plan's
    shown = {}
    for name, one in edits.items():
        matched = sum(plan.matched for plan in plans if plan.entry.campaign == name)
        shown[name] = _shown(one, matched, desk)
        if one.old is not None:
            shown[name] |= _moved(connection, one, Sets(verdicts, numbers[name]), desk)
    return shown


def _look(one: Edit, version: str, desk: Desk) -> None:
    """Whether it is the rule that ran, another, or one that cannot be compared."""
    if one.past is None:
        return
    if one.past.version == version:
        one.state = "unchanged"
        return
    now = Ruled(one.campaign.audience, {name: desk.segments[name] for name in sorted(one.campaign.segments)})
    try:
        old = read_again(one.past, desk.reading)
    except Problems as problems:
        one.state = "unreadable"
        one.notes.append(words.unreadable(problems))
        return
    one.state = "same_rule" if old == now else "changed"
    if old != now:
        one.old, one.now = old, now


def _find_renamed(connection: Connection, firsts: Sequence[Edit], desk: Desk) -> None:
    """A first run whose rule ran under a name that is gone: its people would be written to again."""
    gone = abandoned(connection, {*desk.book.campaigns, *desk.book.faults}, desk.moment) if firsts else []
    rules = [(past, _but_for_its_name(past.document)) for past in gone]
    for one in firsts:
        mine = _but_for_its_name(one.campaign.source)
        renamed = next((past for past, rule in rules if rule and rule == mine), None)
        one.notes.append(words.first(renamed, desk.moment.calendar))
        if renamed is not None and one.campaign.reenter != "always":
            one.alarms.append(words.RENAMED)


def _but_for_its_name(source: str) -> dict[str, Any] | None:
    try:
        value = document.parse(source, "").value
    except Problems:
        return None
    return {key: value[key] for key in value if key not in ("campaign", "describe")}


def _shown(one: Edit, matched: int, desk: Desk) -> dict[str, Any]:
    past = one.past
    lines = _lines(past, one.campaign) if past else []
    templates = _templates(past, one.campaign, desk.library) if past else []
    then = [words.last_run(past, matched, desk.moment.calendar)] if past else []
    same = [words.same_rule(bool(lines or templates))] if one.state == "same_rule" else []
    return {
        "state": one.state,
        "sentences": [*then, *one.notes, *same],
        "alarms": one.alarms,
        "last_run": past and {
            "slot": past.slot,
            "as_of": clock.iso(past.at),
            "version": past.version,
            "matched": past.matched,
            "will_send": past.will_send,
        },
        "matched": matched,
        **dict.fromkeys(MOVES),
        "names": {},
        "lines": lines,
        "templates": templates,
    }  # fmt: skip


def _moved(connection: Connection, one: Edit, sets: Sets, desk: Desk) -> dict[str, Any]:
    """Whom a changed rule lets in and leaves out."""
    if one.past is None or one.old is None or one.now is None:
        return {}
    counts = sets.counts(connection)
    now = counts["stayed"] + counts["entered"]
    turned = words.turned_round(one.past, one.campaign.source, one.campaign.segments)
    return {
        "sentences": [words.last_run(one.past, now, desk.moment.calendar), words.moves(counts)],
        "alarms": [*turned, *words.strangers(counts)],
        "matched": now,
        **{str(move): count for move, count in counts.items()},
        "names": _names(connection, one, sets, desk),
    }


def _names(connection: Connection, one: Edit, sets: Sets, desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """Who moved; a few of them with what the rule asks that does not hold for them."""
    within = scope(desk.segments, desk.moment, desk.settings)
    names: dict[str, list[dict[str, Any]]] = {}
    for move in MOVES:
        limit = None if move == desk.listed else NAMED
        names[move] = sets.people(connection, move, one.campaign.steps[0].channel, limit)
        refusing = {"entered": one.old, "left": one.now}.get(move)
        if refusing is not None:
            few = names[move][:EXPLAINED]
            found = because(connection, refusing, within, [who["customer_id"] for who in few])
            for who in few:
                who["because"] = found.get(who["customer_id"], "")
    return names


def _lines(past: Past, campaign: Campaign) -> list[dict[str, Any]]:
    """The lines of the rule, and of the segments that it is made of, that were written differently."""
    pairs = [(campaign.file, past.document, campaign.source)]
    for name in sorted({*past.segments, *campaign.segments}):
        old, new = past.segments.get(name, ""), campaign.segments.get(name, "")
        pairs.append((f"segment {name}", old, new))
    return [{"of": name, **line} for name, old, new in pairs for line in changed_lines(old, new)]


def _templates(past: Past, campaign: Campaign, library: Library) -> list[dict[str, str]]:
    """The template files that were changed, added or taken away."""
    now = template_texts(campaign, library)
    return [
        {"path": f"templates/{path}", "change": _change(past.templates.get(path), now.get(path))}
        for path in sorted({*past.templates, *now})
        if past.templates.get(path) != now.get(path)
    ]


def _change(old: str | None, new: str | None) -> str:
    if old is None:
        return "added"
    return "taken away" if new is None else "changed"
