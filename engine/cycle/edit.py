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
from engine.cycle.edit_sets import MOVES, Pair, Sets, because, compare
from engine.cycle.plan import Plan, scope
from engine.cycle.versions import template_texts
from engine.errors import Problems
from engine.policy.entry import Moment
from engine.rules.campaign import Campaign
from engine.rules.condition import Condition, Reading
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.vocabulary import Channel

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
class _Edit:
    """One campaign's edit on its way to what `preview --json` shows."""

    campaign: Campaign
    version: str
    channel: Channel
    matched: int
    past: Past | None = None
    state: str = "first_run"
    sentences: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    pair: Pair | None = None


def edits(
    connection: Connection, plans: Sequence[Plan], verdicts: Table, desk: Desk
) -> dict[str, dict[str, Any]]:
    """What became of each planned campaign since its last run, by its name."""
    found = _planned(plans)
    last = pasts(connection, found, desk.moment)
    for one in found.values():
        one.past = last.get(one.campaign.name)
        _look(one, desk)
    _find_renamed(connection, [one for one in found.values() if one.past is None], desk)
    changed = [one for one in found.values() if one.pair is not None]
    within = scope(desk.segments, desk.moment, desk.settings)
    compare(connection, [one.pair for one in changed if one.pair is not None], within, verdicts)
    shown = {one.campaign.name: _shown(one, desk) for one in found.values()}
    for number, one in enumerate(changed):
        shown[one.campaign.name] |= _moved(connection, one, Sets(verdicts, number), desk)
    return shown


def _planned(plans: Sequence[Plan]) -> dict[str, _Edit]:
    """A campaign's zones together."""
    found: dict[str, _Edit] = {}
    for plan in plans:
        entry = plan.entry
        one = found.setdefault(entry.campaign, _Edit(plan.campaign, entry.version, entry.channel, 0))
        one.matched += plan.matched
    return found


def _look(one: _Edit, desk: Desk) -> None:
    """Whether it is the rule that ran, another, or one that cannot be compared."""
    if one.past is None:
        return
    one.sentences.append(words.last_run(one.past, one.matched, desk.moment.calendar))
    if one.past.version == one.version:
        one.state = "unchanged"
        return
    now = Ruled(one.campaign.audience, {name: desk.segments[name] for name in sorted(one.campaign.segments)})
    try:
        old = read_again(one.past, desk.reading)
    except Problems as problems:
        one.state = "unreadable"
        one.sentences.append(words.unreadable(one.past, problems))
        return
    one.state = "same_rule" if old == now else "changed"
    one.pair = None if old == now else Pair(old, now)


def _find_renamed(connection: Connection, firsts: Sequence[_Edit], desk: Desk) -> None:
    """A first run whose rule ran under a name that is gone: its people would be written to again."""
    gone = abandoned(connection, {*desk.book.campaigns, *desk.book.faults}, desk.moment) if firsts else []
    rules = [(past, _but_for_its_name(past.document)) for past in gone]
    for one in firsts:
        mine = _but_for_its_name(one.campaign.source)
        renamed = next((past for past, rule in rules if rule and rule == mine), None)
        one.sentences.append(words.first(renamed, desk.moment.calendar))
        if renamed is not None and one.campaign.reenter != "always":
            one.alarms.append(words.RENAMED)


def _but_for_its_name(source: str) -> dict[str, Any] | None:
    try:
        value = document.parse(source, "").value
    except Problems:
        return None
    return {key: value[key] for key in value if key not in ("campaign", "describe")}


def _shown(one: _Edit, desk: Desk) -> dict[str, Any]:
    past = one.past
    lines = _lines(past, one.campaign) if past else []
    templates = _templates(past, one.campaign, desk.library) if past else []
    if one.state == "same_rule":
        one.sentences.append(words.same_rule(bool(lines or templates)))
    return {
        "state": one.state,
        "sentences": one.sentences,
        "alarms": one.alarms,
        "last_run": past and {
            "slot": past.slot,
            "as_of": clock.iso(past.at),
            "version": past.version,
            "matched": past.matched,
            "will_send": past.will_send,
        },
        "matched": one.matched,
        **dict.fromkeys(MOVES),
        "names": {},
        "lines": lines,
        "templates": templates,
    }  # fmt: skip


def _moved(connection: Connection, one: _Edit, sets: Sets, desk: Desk) -> dict[str, Any]:
    """Whom a changed rule lets in and leaves out."""
    if one.pair is None or one.past is None:
        return {}
    counts = sets.counts(connection)
    now = counts["stayed"] + counts["entered"]
    turned = words.turned_round(one.past, one.campaign.source, one.campaign.segments)
    return {
        "sentences": [words.last_run(one.past, now, desk.moment.calendar), words.moves(counts)],
        "alarms": [*turned, *words.strangers(counts)],
        "matched": now,
        **{str(move): count for move, count in counts.items()},
        "names": _names(connection, one.pair, sets, one.channel, desk),
    }


def _names(
    connection: Connection, pair: Pair, sets: Sets, channel: Channel, desk: Desk
) -> dict[str, list[dict[str, Any]]]:
    """Who moved; a few of them with what the rule asks that does not hold for them."""
    within = scope(desk.segments, desk.moment, desk.settings)
    names: dict[str, list[dict[str, Any]]] = {}
    for move in MOVES:
        limit = None if move == desk.listed else NAMED
        names[move] = sets.people(connection, move, channel, limit)
        if move != "stayed":
            refusing = pair.old if move == "entered" else pair.new
            few = names[move][:EXPLAINED]
            told = because(connection, refusing, within, [one["customer_id"] for one in few])
            for one in few:
                one["because"] = told.get(one["customer_id"], "")
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
