"""When a clause may turn by the mere passing of time: nothing new has to happen for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.durations import Calendar, Duration
from engine.rules.forms import Form

_TICK = timedelta(milliseconds=1)
#: What lies outside is "always there", or means that it never ends.
_EARLIEST, _LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
#: A calendar length forth and back again comes out at most so far from where it began.
_SLACK = timedelta(days=5)


def turns(form: Form, times: Sequence[datetime], now: datetime, calendar: Calendar) -> set[datetime]:
    """The instants after `now` at which some time of the customer's crosses a bound of the form."""
    return later(times, set(lengths(form)), now, calendar)


def later(
    times: Sequence[datetime], spans: Iterable[Duration], now: datetime, calendar: Calendar
) -> set[datetime]:
    """The same for given lengths. What lies ahead, such as an expiry, also turns as it comes."""
    times = [at for at in times if _EARLIEST < at < _LATEST]
    found = {at + tick for at in times for tick in (timedelta(), _TICK)}
    for span in spans:
        for at in times:
            found.update(crossings(at, span, calendar))
    return {one for one in found if one > now}


def lengths(form: Any) -> Iterator[Duration]:
    """Every length in a form, those of the conditions in it left out: they are asked themselves."""
    for value in form.__dict__.values():
        yield from _in(value)


def _in(value: Any) -> Iterator[Duration]:
    from engine.rules.condition import Condition  # which asks us

    if isinstance(value, Duration):
        yield value
    elif isinstance(value, Form) and not isinstance(value, Condition):
        yield from lengths(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _in(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _in(one)


def crossings(at: datetime, span: Duration, calendar: Calendar) -> list[datetime]:
    """The first instants from which `span` ago is not before `at`, is after it, and `span` ahead is after."""
    before, after = calendar.back(at, span), calendar.ahead(at, span)
    return [
        _first(lambda now: calendar.back(now, span) >= at, after),
        _first(lambda now: calendar.back(now, span) > at, after),
        _first(lambda now: calendar.ahead(now, span) > at, before),
    ]


def _first(holds: Callable[[datetime], bool], near: datetime) -> datetime:
    """The first millisecond near that instant from which it holds."""
    low, high = max(near, _EARLIEST) - _SLACK, min(near, _LATEST) + _SLACK
    while high - low > _TICK:
        middle = low + (high - low) // _TICK // 2 * _TICK
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
