"""What an SMS costs at its longest, and what has no place in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from jinja2 import nodes

from engine.compose import sms
from engine.compose.estimate import Estimate
from engine.compose.expressions import TooMuch
from engine.compose.lint_about import About
from engine.compose.longest import TURNS
from engine.compose.page import Page, shown
from engine.errors import Place, Problem

_TAG = re.compile(
    r"</?(a|b|br|div|em|i|p|span|strong|table|td|tr|u|ul|li)\b[^<>]*>|&(nbsp|amp|quot);", re.IGNORECASE
)
_SHORTER = "shorten it, or raise channels.sms.max_segments"
#: Values of a fixed length are never to blame.
_FIXED = ("brand.", "links.", "message.", "now")


def problems(page: Page, about: About) -> Iterator[Problem]:
    """Everything wrong with an SMS as an SMS."""
    place = Place(shown(page.path))
    text = "".join(_static(page.root.body.body)).strip()
    if text.startswith("---"):
        yield Problem(place, "an SMS has no front matter; these lines would be sent", "begin with the text")
    yield from _markup(page)
    line = _opt_out(page, about)
    cost = sms.count(sms.with_opt_out(text, line))
    if not text and page.is_blank:
        yield Problem(place, "nothing stands in this SMS, and nothing is sent", "write its text")
    most = about.settings.channels.sms.max_segments
    if cost.parts > most:
        who = "the fixed text and the opt-out line make" if line else "the fixed text alone makes"
        what = f"{who} {cost.parts} SMS ({cost.units} characters), at most {most} are sent"
        yield Problem(place, what, _SHORTER)
        return
    yield from _odd(place, text, cost)
    yield from _at_its_longest(page, about, most)


def _opt_out(page: Page, about: About) -> str:
    """The line that is added by itself."""
    channel = about.settings.channels.sms
    line = channel.opt_out_lines.get(about.language(page).partition("-")[0], channel.opt_out_line)
    return line if about.kind == "marketing" else ""


def _markup(page: Page) -> Iterator[Problem]:
    for number, line in enumerate(page.root.source.lines, 1):
        found = _TAG.search(line)
        if found:
            place = Place(page.root.source.file, number, found.start() + 1)
            yield Problem(
                place,
                f"an SMS is plain text: {found.group()} would be sent as it stands",
                "take it out",
                "warning",
            )
            return


def _odd(place: Place, text: str, cost: sms.Segments) -> Iterator[Problem]:
    """One letter outside of the plain alphabet, that costs a whole SMS."""
    odd = sms.culprits(text)
    if odd and len(odd) <= len(text) // 20 and text.isprintable():
        plain = sms.count(re.sub(f"[{re.escape(odd)}]", "'", text))
        if plain.parts < cost.parts:
            what = f"{odd!r} makes this {cost.parts} SMS instead of {plain.parts}"
            yield Problem(place, what, "use plain letters and straight quotes", "warning")


def _at_its_longest(page: Page, about: About, most: int) -> Iterator[Problem]:
    estimate = Estimate(page, about.given(page))
    try:
        text = estimate.whole([page.root.body]).changed(_tidy)
    except TooMuch:
        return
    line = _opt_out(page, about)
    cost = text.changed(lambda one: sms.with_opt_out(one, line)).parts if line else text.parts
    if cost.parts > most:
        what = f"this can make {cost.parts} SMS ({cost.units} characters); more than {most} are not sent"
        told = _blame(estimate.used, about, page)
        yield Problem(Place(shown(page.path)), f"{told}{what}", _hint(estimate.used), "warning")


def _tidy(text: str) -> str:
    return "\n".join(row.rstrip() for row in text.strip().splitlines())


def _blame(used: Iterable[str], about: About, page: Page) -> str:
    """The values that are so long, and whether they were measured."""
    values, measured = about.given(page).values, about.audience.longest
    lengths = {name: _length(values[name]) for name in used if name in values and not name.startswith(_FIXED)}
    longest_first = sorted(lengths, key=lambda name: (-lengths[name], name))[:3]
    if not longest_first:
        return ""
    said = " and ".join(f"{name} of {lengths[name]} letters" for name in longest_first)
    known = all(name in measured for name in longest_first)
    said += f" and {TURNS} turns of each loop" if page.root.body.find(nodes.For) else ""
    return f"with the longest values there are ({said}) " if known else f"with a {said} "


def _length(values: Sequence[str]) -> int:
    return max((len(value) for value in values), default=0)


def _hint(used: Iterable[str]) -> str:
    names = sorted(name for name in used if name.startswith("customer.") and not name.endswith("tags"))
    cut = f", or cut a value, as in {{{{ ({names[0]} | default(''))[:12] }}}}" if names else ""
    return f"shorten it{cut}"


def _static(body: Iterable[nodes.Node]) -> Iterator[str]:
    """The text that stands fixed in these nodes; of several branches the longest."""
    for node in body:
        if isinstance(node, nodes.Output):
            yield from (text.data for text in node.nodes if isinstance(text, nodes.TemplateData))
        elif isinstance(node, nodes.If):
            branches = [node.body, *(other.body for other in node.elif_), node.else_]
            yield max(("".join(_static(branch)) for branch in branches), key=len)
        elif not isinstance(node, nodes.Macro) and isinstance(getattr(node, "body", None), list):
            yield from _static(node.body)  # type: ignore[attr-defined]
