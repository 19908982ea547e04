"""Charts as SVG: read in black and white, drawn without a script, written into the page itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 20, 34


@dataclass(frozen=True, slots=True)
class Point:
    """One place of a chart: its name below, its value, and how that is written."""

    name: str
    value: float
    text: str
    #: Drawn open or dashed: its time is not over.
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its interval, and the wider one that may be looked at every day."""

    name: str
    value: float
    low: float
    high: float
    text: str
    wide: tuple[float, float] | None = None


def line(points: Sequence[Point], title: str) -> Markup:
    """A curve with every point marked and labelled."""
    if len(points) < 2:
        return Markup("")
    top = _ceiling(max(point.value for point in points))
    places = [
        (_across(number, len(points) - 1), _up(point.value, top)) for number, point in enumerate(points)
    ]
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places))
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{"open" if point.unfinished else "dot"}"/>'
        f'<text x="{x:.1f}" y="{y - 9:.1f}" class="mid value">{escape(point.text)}</text>'
        f"{_below(point.name, x)}"
        for (x, y), point in zip(places, points, strict=True)
    )
    return _svg(f'{_ground()}<path d="{path}" class="curve"/>{marks}', title)


def bars(points: Sequence[Point], title: str) -> Markup:
    """Columns with their values above; hatched where the time is not over."""
    if not points:
        return Markup("")
    top = _ceiling(max(point.value for point in points))
    room = (_WIDTH - _LEFT - _RIGHT) / len(points)
    drawn = []
    for number, point in enumerate(points):
        x, y = _LEFT + room * (number + 0.5), _up(point.value, top)
        wide, base = room * 0.62, _HEIGHT - _BOTTOM
        drawn.append(
            f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{base - y:.1f}" '
            f'class="{"hatched" if point.unfinished else "bar"}"/>'
            f'<text x="{x:.1f}" y="{y - 5:.1f}" class="mid value">{escape(point.text)}</text>'
            f"{_below(point.name, x)}"
        )
    return _svg(_ground() + "".join(drawn), title)


def spark(values: Sequence[float], title: str) -> Markup:
    """A small curve without an axis: what moved."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    reach = (high - low) or 1.0
    step = 116 / (len(values) - 1)
    places = [(2 + step * number, 26 - 22 * (value - low) / reach) for number, value in enumerate(values)]
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(places))
    x, y = places[-1]
    inner = f'<path d="{path}" class="curve thin"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" class="dot"/>'
    return Markup(
        f'<svg viewBox="0 0 122 30" class="spark" role="img" aria-label="{escape(title)}">{inner}</svg>'
    )


def intervals(spans: Sequence[Span], title: str, zero: str) -> Markup:
    """Estimates over one axis with a line at zero: what lies clear of the line is no chance."""
    if not spans:
        return Markup("")
    ends = [end for span in spans for end in (span.low, span.high, *(span.wide or ()))]
    low, high = min(0.0, *ends), max(0.0, *ends)
    reach = (high - low) or 1.0
    left, right, row = 190, 150, 34
    height = row * len(spans) + 30

    def x(value: float) -> float:
        return float(left + (value - low) / reach * (_WIDTH - left - right))

    axis = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{height - 22}" class="zero"/>'
    drawn = [axis, f'<text x="{x(0):.1f}" y="{height - 6}" class="mid">{escape(zero)}</text>']
    for number, span in enumerate(spans):
        y = 20 + row * number
        if span.wide:
            first, last = (x(end) for end in span.wide)
            drawn.append(f'<line x1="{first:.1f}" x2="{last:.1f}" y1="{y}" y2="{y}" class="wide"/>')
        drawn.append(
            f'<line x1="{x(span.low):.1f}" x2="{x(span.high):.1f}" y1="{y}" y2="{y}" class="span"/>'
            f'<rect x="{x(span.value) - 4:.1f}" y="{y - 6}" width="8" height="12" class="estimate"/>'
            f'<text x="{left - 10}" y="{y + 4}" class="end name">{escape(span.name)}</text>'
            f'<text x="{_WIDTH - right + 12}" y="{y + 4}" class="value">{escape(span.text)}</text>'
        )
    return _svg("".join(drawn), title, height)


def _svg(inner: str, title: str, height: int = _HEIGHT) -> Markup:
    told = escape(title)
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} {height}" class="chart" role="img" aria-label="{told}">'
        f"<title>{told}</title>{inner}</svg>"
    )


def _below(name: str, x: float) -> str:
    """A name under its place, in one line or two."""
    return "".join(
        f'<text x="{x:.1f}" y="{_HEIGHT - 18 + 14 * number}" class="mid">{escape(part)}</text>'
        for number, part in enumerate(name.split("\n"))
    )


def _ground() -> str:
    y = _HEIGHT - _BOTTOM
    return f'<line x1="{_LEFT - 20}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" class="axis"/>'


def _across(number: int, last: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT - 20) * number / max(1, last)


def _up(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * max(0.0, value) / top


def _ceiling(value: float) -> float:
    """A little above the highest, and never nothing."""
    return value * 1.06 if value > 0 else 1.0
