"""Whose birthday it is, or will be in some days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, and_, case, true

from engine.durations import Duration
from engine.rules.birthdays import birthdays, day_of, days, today
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, Length, total
from engine.rules.scope import Scope
from engine.rules.sources import customer


def _only_true(value: Any) -> Any:
    if value is not True:
        raise ValueError("today can only be true; for other days write `in_next: 7 days`")
    return value


@CONDITIONS.register("birthday")
class Birthday(Condition):
    """The customer's birthday is today, or in the next days; `in_next: 7 days` is today and the six after.

    Which day it is, the customer's own time zone says, else the brand's; the brand's calendar counts.
    Whoever was born on 29 February has their birthday on the 28th in other years.
    """

    key: ClassVar[str] = "birthday"
    example: ClassVar[str] = "birthday: {in_next: 7 days}"

    in_next: Given[Length] = None
    today: Annotated[Literal[True] | None, BeforeValidator(_only_true)] = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"today": True} if value == "today" else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"const": "today"}]

    @field_validator("in_next")
    @classmethod
    def _whole_days(cls, length: Duration | None) -> Duration | None:
        if length is not None and length.seconds % 86_400:
            raise ValueError(f"a birthday is a whole day, and {str(length)!r} is not; write it like '7 days'")
        return length

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.in_next is None and self.today is None:
            raise ValueError("birthday needs to know when: `today: true` or `in_next: 7 days`")
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        born, zone = customer.c.birthday_mmdd, customer.c.timezone
        here = today(scope.as_of, scope.calendar.timezone)
        kept = {day: self._kept(day, scope) for day in (here.day, *here.elsewhere)}
        local = [(zone.in_(names), born.in_(kept[day])) for day, names in here.elsewhere.items()]
        # Few were born on these days; only they need be asked where that is.
        some = born.in_(sorted({one for those in kept.values() for one in those}))
        return total(and_(some, case(*local, else_=born.in_(kept[here.day])) if local else true()))

    def _kept(self, day: Any, scope: Scope) -> list[int]:
        """The birthdays that somebody has from their local day on."""
        length = None if self.today else self.in_next
        return [one for each in days(day, length, scope.calendar) for one in birthdays(each, scope.calendar)]

    def turns(self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope) -> Iterable[datetime]:
        """The local midnights of three years at which it begins to hold, or ends."""
        zone = ZoneInfo(row["zone"]) if row["zone"] in available_timezones() else scope.calendar.zone
        first = scope.as_of.astimezone(zone).date()
        held = row["born"] in self._kept(first, scope)
        for day in (first + timedelta(days=n) for n in range(1, min(1100, (date.max - first).days))):
            if (row["born"] in self._kept(day, scope)) != held:
                held = not held
                yield datetime.combine(day, time(), zone).astimezone(UTC)

    def english(self, scope: Scope) -> str:
        first = today(scope.as_of, scope.calendar.timezone).day
        told = days(first, None if self.today else self.in_next, scope.calendar)
        if self.today or len(told) == 1:
            return "birthday today" + ("" if scope.undated else f" ({self._day(first, scope)})")
        if scope.undated or not told:
            return f"birthday in the next {self.in_next}"
        between = f"between {self._day(told[0], scope)} and {self._day(told[-1], scope)}"
        return f"birthday {between} (in the next {self.in_next})"

    @staticmethod
    def _day(day: Any, scope: Scope) -> str:
        return scope.show(datetime.combine(day, time(), scope.calendar.zone))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"born": customer.c.birthday_mmdd, "zone": customer.c.timezone}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        first = day_of(scope.as_of, row["zone"], scope.calendar.timezone)
        year = days(first, Duration(366, "day"), scope.calendar)
        ahead = [n for n, day in enumerate(year) if row["born"] in birthdays(day, scope.calendar)]
        if not ahead:
            return "birthday not known"
        told = f"next birthday {self._day(year[ahead[0]], scope)}"
        return f"{told}, {_ahead(ahead[0])}"

    def hopeless(self, scope: Scope) -> bool:
        return not self.today and self.in_next is not None and not self.in_next.count


def _ahead(count: int) -> str:
    return "today" if not count else f"in {count} day{'' if count == 1 else 's'}"
