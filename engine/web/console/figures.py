"""Numbers and dates as the page's reader writes them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clock import parse_instant
from engine.compose.filters import number_of, shown_day
from engine.durations import Calendar
from engine.telling import words as english
from engine.text import persian_digits

_DAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")


@dataclass(frozen=True)
class Figures:
    """In Persian with Persian digits and Jalali dates; else as the brand's calendar has it."""

    language: str
    calendar: Calendar

    @property
    def persian(self) -> bool:
        return self.language == "fa"

    def number(self, value: int) -> str:
        return number_of(value, self.persian)

    def people(self, count: int) -> str:
        return f"{self.number(count)} نفر" if self.persian else english.plural(count, "person", "people")

    def when(self, iso: str) -> str:
        """`10:00 on Sat 10 Dec 2011`; `شنبه ۱۹ آذر ۱۳۹۰، ۱۰:۰۰`."""
        if not self.persian:
            return english.moment(iso, self.calendar)
        local = parse_instant(iso).astimezone(self.calendar.zone)
        day = shown_day(local.date(), persian=True)
        return f"{_DAYS[local.weekday()]} {day}، {persian_digits(f'{local:%H:%M}')}"

    def text(self, text: str) -> str:
        """What we wrote ourselves, its digits in the reader's own."""
        return persian_digits(text) if self.persian else text
