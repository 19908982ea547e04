"""The words of `schedule:`: "daily at 10:00", "every saturday at 11:30", a crontab line, or a mapping."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.document import Document, Path_
from engine.durations import Calendar, zone
from engine.errors import Problem, Problems, YoursToFix
from engine.rules import crontab
from engine.rules.schedule import RECIPIENT, Schedule
from engine.rules.timetable import LAST_DAY, Cron, Every, Once, Timetable, ever, together
from engine.shape import validate
from engine.text import did_you_mean, latin_digits, nearest

EXAMPLES = (
    "daily at 10:00",
    "every saturday at 11:30",
    "every 15 minutes",
    "monthly on the 1st at 9:00",
    "0 10 * * *",
)
FORMS = ", ".join(map(repr, EXAMPLES[:-1])) + f" or a crontab line such as {EXAMPLES[-1]!r}"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {day[:length]: day for day in WEEK for length in (3, 4, 5)} | {day: day for day in WEEK}
#: Friday is the day off where the calendar is Jalali.
WEEKDAYS = {"gregorian": WEEK[:5], "jalali": ("saturday", "sunday", *WEEK[:4])}
#: What else may stand where a day of the week is looked for.
KNOWN = ("daily", "every day", "hourly", "monthly", *WEEK)
ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "last": "last"}
_INTERVAL = re.compile(r"every (?:(\d+) )?(minute|hour|second|day|week|month)s?")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))? ?(am|pm)?\Z")
_BARE_TIME = re.compile(r"(.*?)[ ,]*((?:\d{1,2}:\d{2}(?: ?[ap]m)?(?:, ?| and | )?)+)\Z")
_MONTHLY = re.compile(r"(?:monthly|every month)(?: on)?(?: the)?\b *(.*)")
_LIST = re.compile(r"\s*(?:,|&|\band\b)\s*(?:on )?(?:the )?|\s+")
_CRONTAB = re.compile(r"@|[\d*][\d*/,-]* +[\d*]")


class Mapping_(BaseModel):
    """The mapping form of a schedule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str | None = Field(
        default=None,
        description="A crontab line, or words such as 'daily at 10:00'.",
        examples=["0 10 * * *", "daily at 10:00"],
    )
    once: str | None = Field(
        default=None,
        description="One date and time; the campaign runs then and never again.",
        examples=["2026-12-20 18:00"],
    )
    timezone: str = Field(
        default="",
        description="`recipient` for each customer's own clock, or a zone; the brand's without it.",
        examples=["recipient", "Europe/London"],
    )


def read(document: Document, path: Path_, calendar: Calendar) -> Schedule:
    """The schedule that stands at `path`. Raises Problems."""
    value = document.value
    for step in path:
        value = value[step]
    if isinstance(value, dict):
        return _mapping(document, path, calendar)
    try:
        return words(value, calendar)
    except ValueError as error:
        raise Problems([Problem(document.place(path), str(error))]) from None


def words(value: Any, calendar: Calendar) -> Schedule:
    """The schedule of a text. Raises ValueError with what would work."""
    if not isinstance(value, str) or not value.strip():
        kinds = {bool: str(value).lower(), list: "a list"}
        shown = "empty" if value in (None, "") else kinds.get(type(value), repr(value))
        raise ValueError(f"schedule cannot be {shown}; write {FORMS}")
    text = " ".join(latin_digits(value).lower().replace("،", ",").split()).removesuffix(" at")
    if _CRONTAB.match(text):
        return Schedule(value, f"by the crontab line {text}", crontab.timetable(text))
    return Schedule(value, _english(text), _timetable(text, calendar))


def _mapping(document: Document, path: Path_, calendar: Calendar) -> Schedule:
    form = validate(Mapping_, document, path)
    try:
        given = [key for key in ("cron", "once") if getattr(form, key) is not None]
        if len(given) != 1:
            raise ValueError("a schedule takes either `cron` or `once`" + (", not both" if given else ""))
        where, path = path, (*path, given[0])
        made = words(form.cron, calendar) if form.cron is not None else _once(str(form.once), calendar)
        path = (*where, "timezone")
        return _zoned(made, form.timezone)
    except ValueError as error:
        raise Problems([Problem(document.place(path), str(error))]) from None


def _zoned(schedule: Schedule, timezone: str) -> Schedule:
    if not timezone:
        return schedule
    if isinstance(schedule.table, Once) and schedule.timezone:
        raise ValueError("the time of `once` has an offset already, so it takes no timezone")
    if timezone != RECIPIENT:
        try:
            zone(timezone)
        except YoursToFix as error:
            near = nearest(timezone, [RECIPIENT])
            told = f"{timezone!r} is no zone; did you mean {near!r}?" if near else str(error)
            raise ValueError(told) from None
    whose = "by the recipient's clock" if timezone == RECIPIENT else f"in {timezone}"
    return Schedule(schedule.written, f"{schedule.english}, {whose}", schedule.table, timezone)


def _once(text: str, calendar: Calendar) -> Schedule:
    cleaned = latin_digits(" ".join(text.split()))
    day, _, time = cleaned.replace("T", " ").partition(" ")
    if not time and _TIME.match(day.lower()):
        raise ValueError(f"{text!r} needs a day; write it like '2026-12-20 {day}'")
    if not time:
        raise ValueError(f"{text!r} needs a time; write it like '{day} 18:00'")
    try:
        if _TIME.match(time.lower()):
            midnight = calendar.date(day).astimezone(calendar.zone).replace(tzinfo=None)
            hour, minute = _time(time.lower())
            return Schedule(text, f"once, on {cleaned}", Once(midnight.replace(hour=hour, minute=minute)))
        instant = datetime.fromisoformat(cleaned)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a date and time; write it like '2026-12-20 18:00'") from None
    if instant.tzinfo is None or instant.second or instant.microsecond:
        raise ValueError(f"{text!r} is finer than a minute; write it like '{day} 18:00'")
    return Schedule(text, f"once, on {cleaned}", Once(instant.astimezone(UTC).replace(tzinfo=None)), "UTC")


def _english(text: str) -> str:
    return text if text.startswith(("every", "daily", "hourly", "weekly", "monthly")) else f"every {text}"


def _timetable(text: str, calendar: Calendar) -> Timetable:
    interval = _INTERVAL.fullmatch("every hour" if text == "hourly" else text)
    if interval:
        return _interval(text, int(interval[1] or 1), interval[2])
    days, times = _split(text)
    tables: list[Timetable] = []
    for hour, minute in [_time(one) for one in re.split(r", ?| and | ?& ?| (?=\d)", times) if one]:
        for fields in _days(days, calendar):
            month_day = fields.pop("jalali_day", 0)
            tables.append(Cron(Cron.of(**fields, hour=hour, minute=minute).trigger, int(month_day)))
    table = together(tables)
    if not ever(table):
        raise ValueError(f"{text!r} never comes: there is no such day")
    return table


def _interval(text: str, count: int, unit: str) -> Timetable:
    if unit == "second":
        raise ValueError("a schedule cannot be finer than a minute; write 'every 5 minutes'")
    if unit in ("minute", "hour"):
        minutes = count * (60 if unit == "hour" else 1)
        if not 1 <= minutes <= 7 * 24 * 60:
            raise ValueError(f"{text!r} is not between a minute and a week; write {FORMS}")
        return Every.of(minutes)
    if count == 1:
        day = {"day": "", "week": " on monday", "month": " on the 1st"}[unit]
        raise ValueError(f"{text!r} does not say when; write '{text}{day} at 10:00'")
    raise ValueError(f"{text!r} is not a schedule that works; write {FORMS}")


def _split(text: str) -> tuple[str, str]:
    """The days and the times: "every saturday at 11:30" is "every saturday" and "11:30"."""
    days, at, times = text.partition(" at ")
    if not at:
        form = _BARE_TIME.match(text)
        if form is None:
            _known_words(text)
            likely = "every monday" if text == "every" else text
            raise ValueError(f"{text!r} does not say at what time; write '{likely} at 10:00'")
        days, times = form[1], form[2]
    if days in ("", "at"):
        raise ValueError(f"{text!r} does not say on which days; write 'daily at {times.strip()}'")
    return days, times


def _known_words(text: str) -> None:
    first = text.split()[0]
    if first not in ("daily", "every", "each", "monthly", "weekly", "on", "weekdays") and first not in _SHORT:
        near = nearest(first, KNOWN)
        raise ValueError(
            f"{text!r} is not a schedule; " + (f"did you mean {near!r}?" if near else f"write {FORMS}")
        )


def _time(text: str) -> tuple[int, int]:
    form = _TIME.match({"noon": "12:00", "midnight": "00:00"}.get(text.strip(), text.strip()))
    if form is None:
        raise ValueError(f"{text!r} is not a time of day; write it like 10:00")
    hour, minute = int(form[1]), int(form[2] or 0)
    if form[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if form[3] == "pm" else 0)
    elif form[3]:
        hour = 99
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r} is not a time of day; it goes from 00:00 to 23:59")
    return hour, minute


def _days(text: str, calendar: Calendar) -> list[dict[str, Any]]:
    """CronTrigger's fields for those days, each with the day of a Jalali month where it needs one."""
    if text in ("daily", "every day", "each day"):
        return [{"day": "*"}]
    monthly = _MONTHLY.fullmatch(text)
    if monthly:
        return _month_days(text, monthly[1], calendar)
    bare = re.sub(r"^(?:weekly|every week|every|each)\b ?(?:on )?|^on ", "", text)
    if re.fullmatch(r"weekdays?", bare):
        return [{"day_of_week": ",".join(day[:3] for day in WEEKDAYS[calendar.kind])}]
    if not bare or re.match(r"\d", bare):
        what = "does not say on which days" if not bare else "does not work"
        raise ValueError(f"{text!r} {what}; write 'every monday at 10:00', or {FORMS}")
    chosen: list[str] = []
    for word in _LIST.split(re.sub(r" ?(?:-|–|\bto\b|\bthrough\b) ?", "-", bare)):
        chosen.extend(_week_days(word))
    return [{"day_of_week": ",".join(chosen)}]


def _week_days(word: str) -> list[str]:
    """`monday`, `mon`, `mondays` or `saturday-wednesday` as APScheduler's names."""
    ends = [_week_day(end) for end in word.split("-", 1)]
    span = (ends[-1] - ends[0]) % 7
    return [WEEK[(ends[0] + step) % 7][:3] for step in range(span + 1)]


def _week_day(word: str) -> int:
    day = _SHORT.get(word) or _SHORT.get(word.removesuffix("s"))
    if day is None:
        raise ValueError(f"{word!r} is not a day of the week; {did_you_mean(word, KNOWN)}")
    return WEEK.index(day)


def _month_days(text: str, days: str, calendar: Calendar) -> list[dict[str, Any]]:
    if not days:
        raise ValueError(f"{text!r} does not say on which day; write 'monthly on the 1st at 10:00'")
    position = re.fullmatch(r"(\w+) ([a-z]+)", days)
    if position and position[2] != "day" and position[2] != "and":
        return [_nth_week_day(position[1], position[2], calendar)]
    words = [word for word in _LIST.split(days) if word not in ("day", "")]
    return [_month_day(word, calendar) for word in words]


def _nth_week_day(nth: str, day: str, calendar: Calendar) -> dict[str, Any]:
    position = ORDINALS.get(nth, nth)
    if position not in ORDINALS.values():
        raise ValueError(f"{nth!r} is not one of first, second, third, fourth, fifth and last")
    if calendar.kind == "jalali":
        raise ValueError(f"'{nth} {day}' of a Jalali month does not work yet; write a day, as in 'the 1st'")
    return {"day": f"{position} {WEEK[_week_day(day)][:3]}"}


def _month_day(word: str, calendar: Calendar) -> dict[str, Any]:
    number = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", "1" if word == "first" else word)
    if word == "last":
        return {"day": "*", "jalali_day": LAST_DAY} if calendar.kind == "jalali" else {"day": "last"}
    if number is None or not 1 <= int(number[1]) <= 31:
        raise ValueError(f"{word!r} is not a day of the month; write 'the 1st', 'the 15th' or 'the last day'")
    if calendar.kind == "jalali":
        return {"day": "*", "jalali_day": int(number[1])}
    return {"day": int(number[1])}
