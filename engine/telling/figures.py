"""Numbers, money and dates of a report as people read them, in the brand's language and calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from engine.clock import parse_instant
from engine.durations import Calendar
from engine.money import exponent
from engine.telling.persian import MONTHS, PHRASES

_PERSIAN = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")
_NOTHING = "–"


class Figures:
    """How this brand's reports write."""

    def __init__(self, brand: Mapping[str, Any]) -> None:
        self.brand = brand
        self.calendar = Calendar(brand["timezone"], brand["calendar"])
        self.persian = str(brand["locale"]).lower().startswith("fa")
        self.currency = str(brand["currency"])
        self.tomans = bool(brand.get("show_tomans")) and self.currency == "IRR"

    @property
    def language(self) -> str:
        return "fa" if self.persian else "en"

    @property
    def direction(self) -> str:
        return "rtl" if self.persian else "ltr"

    def say(self, text: str, **values: Any) -> str:
        """The phrase in the brand's language, with its values filled in."""
        found = PHRASES.get(text, text) if self.persian else text
        return found.format(**values) if values else found

    def digits(self, text: str) -> str:
        """With the digits of the language."""
        return text.translate(_PERSIAN) if self.persian else text

    def count(self, number: float | None) -> str:
        return _NOTHING if number is None else self.digits(f"{number:,.0f}")

    def number(self, value: float | None, decimals: int = 1) -> str:
        if value is None:
            return _NOTHING
        return self.signed("−" if value < 0 else "", self.digits(f"{abs(value):,.{decimals}f}"))

    def signed(self, sign: str, number: str) -> str:
        """The number behind its sign, which must not change sides between words from right to left."""
        return f"\u2066{sign}{number}\u2069" if sign and self.persian else sign + number

    def percent(self, value: float | None, decimals: int = 1) -> str:
        return _NOTHING if value is None else self.digits(f"{value:,.{decimals}f}%")

    def money(self, value: float | str | None, currency: str | None = None, whole: bool = False) -> str:
        """`1,234.50 EUR`; rials as tomans where the brand says so. One place converts."""
        if value is None:
            return _NOTHING
        own = currency or self.currency
        amount, places = Decimal(str(value)), 0 if whole else exponent(own)
        if own == "IRR" and self.tomans:
            return self.digits(f"{amount / 10:,.0f}") + " " + self.say("tomans")
        return self.digits(f"{amount:,.{places}f}") + " " + self.say(own)

    def value(self, value: float | None, unit: str) -> str:
        """A metric's value in its unit."""
        if unit == "money":
            return self.money(value)
        if unit == "percent":
            return self.percent(value)
        if unit == "days":
            return _NOTHING if value is None else self.say("{number} days", number=self.number(value))
        return self.number(value, 2 if unit == "number" else 0)

    def change(self, change: float | None, unit: str) -> str:
        """By how much it moved, with its sign."""
        if change is None:
            return ""
        sign = "+" if change > 0 else "−" if change < 0 else "±"
        if unit == "percent":
            return self.say("{number} points", number=self.signed(sign, self.number(abs(change))))
        number, _, rest = self.value(abs(change), unit).partition(" ")
        return f"{self.signed(sign, number)} {rest}".rstrip()

    def turn(self, metric: Mapping[str, Any]) -> str:
        """Whether that change is for the `better` or the `worse`; empty where neither or nothing moved."""
        change, better = metric.get("change"), metric["better"]
        if not change or not better or not round(change, 3):
            return ""
        return "better" if (change > 0) == (better == "higher") else "worse"

    def day(self, instant: str | datetime) -> str:
        """`21 March 2026`."""
        moment = parse_instant(instant) if isinstance(instant, str) else instant
        day, month, year = self.calendar.named(moment)
        return self.digits(f"{day} {self._month(month)} {year}")

    def month(self, first: str) -> str:
        """`Mar 2026`, of a row's month."""
        _, month, year = self.calendar.named(self.calendar.date(first))
        return self.digits(f"{self._month(month) if self.persian else month[:3]} {year}")

    def short_month(self, first: str, year: bool = False) -> str:
        """`Mar`, and the year in a second line where one begins."""
        _, month, of_year = self.calendar.named(self.calendar.date(first))
        told = self._month(month) if self.persian else month[:3]
        return self.digits(f"{told}\n{of_year}") if year or month in ("January", "Farvardin") else told

    def _month(self, name: str) -> str:
        return MONTHS.get(name, name) if self.persian else name

    def period(self, start: str, end: str) -> str:
        """From the first day to the last one."""
        last = parse_instant(end) - timedelta(milliseconds=1)
        return self.say("{first} to {last}", first=self.day(start), last=self.day(last))
