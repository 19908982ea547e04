"""Where a customer lives and what they speak; birthdays; what they agreed to."""

from __future__ import annotations

import json
import re
from zoneinfo import available_timezones

from engine.countries import country_code
from engine.durations import Calendar
from engine.ingest.instants import Instants, read_day
from engine.ingest.tally import Unreadable
from engine.store.types import ALWAYS, to_millis
from engine.text import fold
from engine.vocabulary import Channel, ConsentStatus

ALWAYS_MILLIS = to_millis(ALWAYS)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?\Z", re.IGNORECASE | re.ASCII)
_NO_YEAR = re.compile(r"(?:--)?(\d{1,2})[-/](\d{1,2})\Z", re.ASCII)

_YES = "yes y true t 1 on subscribed opted_in opted-in opt-in optin بله آری".split()
_NO = "no n false f 0 off unsubscribed opted_out opted-out opt-out optout خیر نه".split()
_CONSENT = dict.fromkeys(_YES, ConsentStatus.SUBSCRIBED) | dict.fromkeys(_NO, ConsentStatus.UNSUBSCRIBED)


def read_country(text: str) -> str:
    """An ISO 3166 alpha-2 code. Raises Unreadable."""
    code = country_code(text)
    if code is None:
        raise Unreadable("is no country that is known here; write a code like GB", text)
    return code


def read_language(text: str) -> str:
    """The primary language tag: `fa-IR` is `fa`. Raises Unreadable."""
    form = _LANGUAGE.match(text)
    if form is None:
        raise Unreadable("is no language; write a code like en or fa", text)
    return form[1].lower()


def read_timezone(text: str) -> str:
    """An IANA zone. Raises Unreadable."""
    if text not in available_timezones():
        raise Unreadable("is no time zone; write one like Europe/London", text)
    return text


def read_consent(text: str) -> str:
    """A yes or a no. Raises Unreadable."""
    status = _CONSENT.get(fold(text).lower())
    if status is None:
        raise Unreadable("is neither yes nor no; write subscribed or unsubscribed", text)
    return str(status)


def read_tags(text: str) -> str | None:
    """A list of tags with `;` between, each once, as JSON; None where there is none."""
    tags = dict.fromkeys(tag.strip() for tag in text.split(";") if tag.strip())
    return json.dumps(list(tags), ensure_ascii=False) if tags else None


def read_channel(text: str) -> str:
    """A channel's name. Raises Unreadable."""
    try:
        return str(Channel(text.lower()))
    except ValueError:
        raise Unreadable(f"is no channel; write {' or '.join(Channel)}", text) from None


class Birthdays:
    """Reads birthdays: the day, and month * 100 + day in the brand's calendar."""

    def __init__(self, calendar: Calendar, instants: Instants) -> None:
        self.calendar = calendar
        self.instants = instants

    def parse(self, text: str) -> tuple[str, int]:
        """`('1990-03-21', 321)`, or `('--03-21', 321)` where the year is not told. Raises Unreadable."""
        form = _NO_YEAR.match(fold(text))
        if form:
            month, day = int(form[1]), int(form[2])
            if not 1 <= month <= 12 or not 1 <= day <= 31:
                raise Unreadable("is no day of the calendar", text)
            return f"--{month:02}-{day:02}", month * 100 + day
        born = read_day(text, self.instants)
        if self.calendar.kind == "jalali":
            from persiantools.jdatetime import JalaliDate

            local = JalaliDate(born)  # type: ignore[no-untyped-call]
            return born.isoformat(), local.month * 100 + local.day
        return born.isoformat(), born.month * 100 + born.day
