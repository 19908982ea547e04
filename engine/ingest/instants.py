"""Dates and times as files write them, as milliseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from engine.durations import JALALI_YEARS, Calendar
from engine.ingest.memo import Memo
from engine.ingest.tally import Unreadable
from engine.store.types import to_millis
from engine.text import fold

_DAY = 86_400_000
_EPOCH_DAY = 719_163
_EARLIEST, _LATEST = 1900, 2200
_DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?!\d)")
_TIME = re.compile(
    r"[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:(Z|z)|\s?([+-])(\d\d):?(\d\d)?)?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")


class Instants:
    """Reads instants in the brand's zone and calendar.

    A date is its midnight; a time without an offset is local; years outside 1900 to 2200 are no
    dates of a shop, and neither are bare numbers, whose unit nobody can know.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        # A history repeats its days and its minutes: with an offset, each part stands for itself.
        self._days = Memo(self._day)
        self._minutes = Memo(self._minute)
        self._ends = Memo(self._end)
        self._whole = Memo(self._carefully)

    def parse(self, text: str) -> int:
        """Milliseconds since 1970. Raises Unreadable."""
        try:
            return self._days[text[:10]] + self._minutes[text[10:16]] + self._ends[text[16:]]
        except LookupError:
            return self._whole[text]

    def column(self, texts: list[str]) -> list[int | None]:
        """Milliseconds since 1970, None where empty; LookupError where a text needs care."""
        days, minutes, ends = self._days, self._minutes, self._ends
        return [days[text[:10]] + minutes[text[10:16]] + ends[text[16:]] if text else None for text in texts]

    @staticmethod
    def _day(text: str) -> int:
        """Midnight UTC of a date in ten Latin characters; LookupError sends the text the careful way."""
        if not text.isascii() or len(text) != 10 or text[4] != "-":
            raise LookupError
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise LookupError from None
        if not _EARLIEST <= day.year <= _LATEST:
            raise LookupError
        return (day.toordinal() - _EPOCH_DAY) * _DAY

    def _minute(self, text: str) -> int:
        """`T10:30` since midnight; LookupError as above."""
        form = _TIME.fullmatch(text)
        if form is None or len(text) != 6:
            raise LookupError
        return self._since_midnight(form)

    def _end(self, text: str) -> int:
        """`:15Z` or `+02:00` as milliseconds that come on top; LookupError as above."""
        form = _TIME.fullmatch("T00:00" + text)
        if form is None or not (form[5] or form[6] or self.calendar.timezone == "UTC"):
            raise LookupError
        return self._since_midnight(form)

    @staticmethod
    def _since_midnight(form: re.Match[str]) -> int:
        hour, minute, second = int(form[1]), int(form[2]), int(form[3] or 0)
        ahead, minutes = int(form[7] or 0), int(form[8] or 0)
        if hour > 23 or minute > 59 or second > 59 or ahead > 23 or minutes > 59:
            raise LookupError
        offset = (ahead * 60 + minutes) * (-1 if form[6] == "-" else 1)
        fraction = int((form[4] or "").ljust(3, "0")[:3])
        return ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction

    def _carefully(self, given: str) -> int:
        text = fold(given).strip()
        if _NUMBER.match(text):
            raise Unreadable("is a number, not a date; write 2026-03-21 or 2026-03-21T10:00:00Z", given)
        form = _DATE.match(text)
        if form is None:
            raise Unreadable("is not a date; write 2026-03-21 or 2026-03-21T10:00:00Z", given)
        day = self.day(form, given)
        midnight = (day.toordinal() - _EPOCH_DAY) * _DAY
        rest = text[form.end() :]
        time = _TIME.fullmatch(rest) if rest else _TIME.fullmatch("T00:00")
        if time is None:
            raise Unreadable("has no time of day after its date; write 2026-03-21T10:00:00Z", given)
        try:
            millis = midnight + self._since_midnight(time)
        except LookupError:
            raise Unreadable("has no such time of day", given) from None
        return millis if time[5] or time[6] else self._local(millis)

    def day(self, form: re.Match[str], given: str) -> date:
        """The Gregorian day of a matched date."""
        year, month, day = int(form[1]), int(form[3]), int(form[4])
        jalali = self.calendar.kind == "jalali" and year in JALALI_YEARS
        if not jalali and not _EARLIEST <= year <= _LATEST:
            hint = "; a Jalali date needs brand.calendar: jalali" if year in JALALI_YEARS else ""
            raise Unreadable(f"is outside the years {_EARLIEST} to {_LATEST}{hint}", given)
        try:
            if jalali:
                return (
                    self.calendar.date(f"{year:04}-{month:02}-{day:02}").astimezone(self.calendar.zone).date()
                )
            return date(year, month, day)
        except ValueError:
            raise Unreadable("is no day of the calendar", given) from None

    def _local(self, millis: int) -> int:
        """The instant at which the brand's clocks show it: the first of two, else by the offset before."""
        naive = datetime.fromtimestamp(millis // 1000, UTC).replace(tzinfo=self.calendar.zone)
        return to_millis(naive.astimezone(UTC)) + millis % 1000


def read_day(text: str, instants: Instants) -> date:
    """The day that a date, or a date with a time after it, names. Raises Unreadable."""
    folded = fold(text)
    form = _DATE.match(folded)
    if form is None:
        raise Unreadable("is not a date; write 2026-03-21", text)
    return instants.day(form, text)
