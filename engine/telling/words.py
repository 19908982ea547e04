"""A preview in plain words: what each gate means and what to do about it, shared by page and terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from rich.cells import cell_len, set_cell_size

from engine.clock import parse_instant
from engine.durations import Calendar
from engine.text import isolated as isolated
from engine.text import single_line
from engine.vocabulary import EXCLUDING, Gate

#: Marks that would reach beyond the text they stand in, the isolates that we set ourselves among them.
_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
#: These hold a run until they end; `approve` only waives the guards over its size and its data.
_NOT_APPROVABLE = re.compile(
    r"\bpaused\b|\bstarts on\b|\bended on\b|\bhas run already\b|\bcannot be written\b"
)

_ADDRESS = {"email": "email address", "sms": "phone number"}
_BY = {"email": "by email", "sms": "by SMS"}


@dataclass(frozen=True, slots=True)
class Words:
    """How one gate is told to a marketer. `{address}`, `{by}` and `{until}` are filled in."""

    label: str
    meaning: str
    remedy: str


GATES: Mapping[Gate, Words] = {
    Gate.ALREADY_ENROLLED: Words(
        "Already in this campaign",
        "They are in this campaign now, came into it not long ago, or share their {address} with someone "
        "who did.",
        "Nothing: this keeps people from getting the same message twice. `reenter` in the rule says how "
        "soon they may come back.",
    ),
    Gate.NO_ADDRESS: Words(
        "No usable {address}",
        "There is none on record, or what is on record cannot be one.",
        "Correct it where your customer data comes from, and import the customers again.",
    ),
    Gate.NO_CONSENT: Words(
        "No consent",
        "They have not agreed to hear from you {by}, or have taken it back.",
        "Leave them. If they did agree, and it is written down elsewhere, import it: "
        "`rekindle import consents FILE`.",
    ),
    Gate.SUPPRESSED: Words(
        "Must not be used",
        "Their {address} bounced, they complained or answered STOP, or somebody put it on the list.",
        "Leave them: to write again harms how mailboxes see all of your messages.",
    ),
    Gate.DUPLICATE_ADDRESS: Words(
        "Shares an address",
        "Several customers have the same {address}. One of them gets the message: the one who ordered last.",
        "Nothing. If they are one and the same person, merge the records in your shop.",
    ),
    Gate.FREQUENCY_CAP: Words(
        "Heard enough lately",
        "They have had, or are about to get, as many messages as you allow in so many days, from all "
        "campaigns together.",
        "Nothing: they are asked again at the next run. The limit is `policy.caps` in config.yaml; who goes "
        "first is the campaigns' `priority`.",
    ),
    Gate.HOLDOUT: Words(
        "Left alone to compare",
        "Picked by chance from those who could be written to. They get nothing, so that the report can show "
        "what the messages are worth.",
        "Do not write to them in other ways, or the comparison is worth nothing. The share is `holdout`.",
    ),
    Gate.QUIET_HOURS: Words(
        "Wait out the quiet hours",
        "It is late where they live. Their message is ready and goes out when their quiet hours end{until}.",
        "Nothing: they are written to without anybody's doing. The hours are `policy.quiet_hours`.",
    ),
}

_MATCH = Words("Match the rule", "", "")
_NEXT = Words("Written to now", "They passed every question, and the next run writes to them.", "")
_HELD_BACK = Words("Would be written to", "They are next, but nothing goes out while the run is held.", "")

Kind = Literal["all", "out", "wait", "send"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the funnel. `start` and `width` are shares of all who matched, 0 to 1."""

    key: str
    kind: Kind
    label: str
    count: int
    start: float
    width: float
    meaning: str
    remedy: str
    people: Sequence[Mapping[str, Any]]

    @property
    def more(self) -> int:
        """How many there are beyond the people that are listed."""
        return self.count - len(self.people)


def reckoning(brand: Mapping[str, Any]) -> Calendar:
    """The zone and the calendar that the brand's dates are shown in."""
    return Calendar(brand["timezone"], brand.get("calendar", "gregorian"))


def funnel(campaign: Mapping[str, Any], calendar: Calendar) -> list[Row]:
    """All who matched, what each gate takes away, who waits and who is left, in the gates' order."""
    left = campaign["matched"]
    rows = [_row(campaign, "matched", "all", left, 0, _MATCH)]
    for gate in (*EXCLUDING, Gate.QUIET_HOURS):
        waits = gate is Gate.QUIET_HOURS
        count = campaign["deferred" if waits else "excluded"].get(gate.value, 0)
        left -= count
        words = _filled(gate, campaign, calendar)
        rows.append(_row(campaign, gate.value, "wait" if waits else "out", count, left, words))
    last = _HELD_BACK if campaign["held"] else _NEXT
    return [*rows, _row(campaign, "will_send", "send", campaign["will_send"], 0, last)]


def _row(campaign: Mapping[str, Any], key: str, kind: Kind, count: int, left: int, words: Words) -> Row:
    whole = campaign["matched"] or 1
    people = campaign["names"].get(key, ())
    return Row(
        key, kind, words.label, count, left / whole, count / whole, words.meaning, words.remedy, people
    )


def _filled(gate: Gate, campaign: Mapping[str, Any], calendar: Calendar) -> Words:
    words, channel = GATES[gate], channel_of(campaign)
    until = f", from {moment(campaign['until'], calendar)} on" if campaign.get("until") else ""
    address, by = _ADDRESS.get(channel, "address"), _BY.get(channel, "from here")
    blanks = {"address": address, "by": by, "until": until}
    return Words(words.label.format(**blanks), words.meaning.format(**blanks), words.remedy.format(**blanks))


def channel_of(campaign: Mapping[str, Any]) -> str:
    """The channel that the campaign writes by; empty when there are several or none is known."""
    known = list(campaign.get("channels") or {one["channel"]: 0 for one in campaign["samples"]})
    return known[0] if len(known) == 1 else ""


def verdict(campaign: Mapping[str, Any]) -> Literal["held", "nobody", "sends"]:
    """What the campaign comes to, in a word."""
    if campaign["held"]:
        return "held"
    return "sends" if campaign["will_send"] or sum(campaign["deferred"].values()) else "nobody"


def approvable(campaign: Mapping[str, Any]) -> bool:
    """Whether it is a guard that holds the run; a pause or a date is not approved away."""
    return bool(campaign["held"]) and not _NOT_APPROVABLE.search(campaign["held"])


def age(data_as_of: str | None, as_of: str) -> str:
    """How fresh the orders and events are: `Orders last came in 7 hours ago`."""
    if not data_as_of:
        return "No orders or events have come in yet"
    seconds = (parse_instant(as_of) - parse_instant(data_as_of)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count >= (2 if unit == "day" else 1):
            return f"Orders last came in {plural(count, unit)} ago"
    return "Orders came in just now"


def moment(iso: str, calendar: Calendar) -> str:
    """An instant on the brand's clock: `08:00 on Sun 11 Dec 2011`."""
    return f"{_clock(iso, calendar)} on {_day(iso, calendar)}"


def day_and_time(iso: str, calendar: Calendar) -> str:
    """An instant on the brand's clock with its zone: `Sat 10 Dec 2011, 10:00 (Europe/London)`."""
    return f"{_day(iso, calendar)}, {_clock(iso, calendar)} ({calendar.timezone})"


def _clock(iso: str, calendar: Calendar) -> str:
    return f"{parse_instant(iso).astimezone(calendar.zone):%H:%M}"


def _day(iso: str, calendar: Calendar) -> str:
    """`Sun 11 Dec 2011`, or `Sun 20 Azar 1390`."""
    instant = parse_instant(iso)
    day, month, year = calendar.named(instant)
    shown = month[:3] if calendar.kind == "gregorian" else month
    return f"{instant.astimezone(calendar.zone):%a} {day} {shown} {year}"


def plural(count: int, word: str, many: str = "") -> str:
    """`1 hour`, `7 hours`, `1,200 people`."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"


def costs(campaigns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sum for each currency, leaving out what costs nothing: `10.40 GBP`."""
    sums: dict[str, Decimal] = {}
    for campaign in campaigns:
        cost = campaign["cost"]
        try:
            sums[cost["currency"]] = sums.get(cost["currency"], Decimal(0)) + Decimal(cost["amount"])
        except InvalidOperation:
            continue
    return [f"{amount} {currency}" for currency, amount in sums.items() if amount]


def totals(preview: Mapping[str, Any]) -> str:
    """The whole preview in a sentence, held runs apart from what goes out."""
    going = [one for one in preview["campaigns"] if verdict(one) == "sends"]
    held = sum(verdict(one) == "held" for one in preview["campaigns"])
    now = sum(campaign["will_send"] for campaign in going)
    wait = sum(sum(campaign["deferred"].values()) for campaign in going)
    parts = [f"{plural(now, 'message')} would go out now"]
    parts += [f"{wait:,} would wait out the quiet hours"] if wait else []
    parts += [f"{plural(held, 'campaign is', 'campaigns are')} held"] if held else []
    cost = costs(going)
    sms = sum(campaign["sms_segments"] for campaign in going)
    free = f"it costs {plural(sms, 'SMS part')}" if sms else "it costs nothing"
    return ", ".join(parts) + (f"; together {' and '.join(cost)}" if cost else f"; {free}")


def one_line(text: Any) -> str:
    """The text on one line, without what a terminal or a file could not take."""
    return single_line(" ".join(str(text or "").split())).encode("utf-8", "replace").decode("utf-8")


def inert(text: Any) -> str:
    """A name or an address on one line, without marks that would turn what stands beside it around."""
    return one_line(text).translate(_BIDI)


def is_rtl(text: Any) -> bool:
    """Whether the text runs from right to left: as its first letter does."""
    for letter in str(text or ""):
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def cut(line: str, width: int) -> str:
    """The line, or as much of it as fits with an ellipsis behind."""
    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """A cell of a table: blanks stand behind it, whichever way it runs."""
    shown = cut(text, width)
    return isolated(shown) + " " * (width - cell_len(shown))
