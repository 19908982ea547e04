"""What templates may do with values: dates, money and numbers in the language of the letter.

Values come as plain data, instants as ISO 8601 text. A Persian letter gets Jalali dates and Persian
digits; every other language gets dates in English, the only names of months that we have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Undefined, pass_context, pass_eval_context
from jinja2.exceptions import FilterArgumentError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape

from engine.money import to_decimal
from engine.text import persian_digits

_MONTHS = "January February March April May June July August September October November December".split()
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
_PERSIAN_UNITS = {"IRR": "ریال", "EUR": "یورو", "GBP": "پوند", "USD": "دلار"}
_NO_BREAK = "\u00a0"
_PERSIAN_MARKS = str.maketrans({",": "٬", ".": "٫"})
#: First-strong isolate and its end: the name, price or code between them keeps its own direction.
_ISOLATE, _END = "\u2068", "\u2069"


def _part(context: Context, name: str) -> Mapping[str, Any]:
    found = context.get(name)
    return found if isinstance(found, dict) else {}


def is_persian(language: str) -> bool:
    return language == "fa" or language.startswith(("fa-", "fa_"))


def _persian(context: Context) -> bool:
    return is_persian(_part(context, "message").get("language", "en"))


def _given(value: Any, name: str) -> Any:
    """The value, unless there is none: a missing one fails as any missing name does."""
    if isinstance(value, Undefined):
        str(value)
    if value is None:
        raise FilterArgumentError(f"{name} was given nothing")
    return value


@pass_context
def date_(context: Context, value: Any) -> str:
    """`21 March 2026`; in a Persian letter `۱ فروردین ۱۴۰۵`. The day is the brand's, not the reader's."""
    return shown_day(_day(context, _given(value, "date"), "date"), _persian(context))


@pass_context
def days_ago(context: Context, value: Any) -> int:
    """How many days before the letter's own day that day was."""
    return (_today(context) - _day(context, _given(value, "days_ago"), "days_ago")).days


@pass_context
def days_until(context: Context, value: Any) -> int:
    """How many days after the letter's own day that day will be."""
    return (_day(context, _given(value, "days_until"), "days_until") - _today(context)).days


@pass_context
def money(context: Context, value: Any, currency: str = "") -> str:
    """An amount in minor units: `€12.34`; in a Persian letter `۱۲٬۳۴۰ تومان`. Else the brand's currency."""
    if isinstance(_given(value, "money"), bool) or not isinstance(value, int):
        raise FilterArgumentError("money needs an amount in minor units, a whole number")
    brand = _part(context, "brand")
    code = str(currency or brand.get("currency") or "")
    return price(value, code, _persian(context), tomans=bool(brand.get("show_tomans")))


def price(minor: int, currency: str, persian: bool, tomans: bool) -> str:
    """The one place where rials become tomans."""
    if currency == "IRR" and tomans:
        return _with_unit(_plain(Decimal(minor) / 10), "تومان" if persian else "tomans", persian)
    amount = _grouped(to_decimal(minor, currency))
    if persian:
        return _with_unit(amount, _PERSIAN_UNITS.get(currency, currency), persian)
    sign, digits = ("-", amount[1:]) if amount.startswith("-") else ("", amount)
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{amount}{_NO_BREAK}{currency}".strip()


@pass_context
def number(context: Context, value: Any) -> str:
    """`1,234.5`; in a Persian letter `۱٬۲۳۴٫۵`."""
    if isinstance(_given(value, "number"), bool) or not isinstance(value, int | float):
        raise FilterArgumentError("number needs a number")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise FilterArgumentError("number needs a finite number")
    return number_of(value, _persian(context))


def number_of(value: float, persian: bool) -> str:
    """A number in groups of three."""
    shown = _plain(Decimal(repr(value)))
    return _in_persian(shown) if persian else shown


@pass_eval_context
def ltr(evaluation: EvalContext, value: Any) -> str:
    """Keeps a name, price or code in its own direction within a line that runs the other way."""
    shown = _given(value, "ltr")
    if evaluation.autoescape:
        return Markup("<bdi>") + escape(shown) + Markup("</bdi>")
    return f"{_ISOLATE}{shown}{_END}"


def _today(context: Context) -> date:
    now = context.get("now")
    if now is None:
        raise FilterArgumentError("this letter has no day of its own")
    return _day(context, now, "now")


def _day(context: Context, value: Any, name: str) -> date:
    if not isinstance(value, str):
        raise FilterArgumentError(f"{name} needs a date or an instant, as text")
    try:
        return _local_day(value, str(_part(context, "brand").get("timezone") or "UTC"))
    except (ValueError, OverflowError):
        raise FilterArgumentError(f"{name} cannot read this value as a date") from None


@lru_cache(maxsize=4096)
def _local_day(text: str, timezone: str) -> date:
    """A bare date is that day; an instant is the day it falls on in the zone."""
    if len(text) == 10:
        return date.fromisoformat(text)
    instant = datetime.fromisoformat(text)
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return instant.astimezone(ZoneInfo(timezone)).date()


@lru_cache(maxsize=4096)
def shown_day(day: date, persian: bool) -> str:
    if not persian:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    import persiantools.jdatetime as persian_dates  # only for those who need it: it takes its time to load

    dates: Any = persian_dates
    jalali = dates.JalaliDate(day, locale="fa")
    return persian_digits(f"{jalali.day} {jalali.strftime('%B')} {jalali.year}")


def _plain(value: Decimal) -> str:
    """In groups of three, without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return _grouped(text.rstrip("0").rstrip(".") if "." in text else text)


def _grouped(decimal: str) -> str:
    whole, point, rest = decimal.partition(".")
    return f"{int(whole):,}{point}{rest}" if not whole.startswith("-") else "-" + _grouped(decimal[1:])


def _in_persian(shown: str) -> str:
    return persian_digits(shown).translate(_PERSIAN_MARKS)


def _with_unit(amount: str, unit: str, persian: bool) -> str:
    return f"{_in_persian(amount) if persian else amount}{_NO_BREAK}{unit}"


#: Ours, by the names that templates use.
FILTERS: dict[str, Callable[..., Any]] = {
    "date": date_,
    "days_ago": days_ago,
    "days_until": days_until,
    "ltr": ltr,
    "money": money,
    "number": number,
}
#: Jinja's own that stay. Left out: `attr` (reaches anything), `random` (a retry must say the same), `pprint`.
KEPT = frozenset(
    "abs batch capitalize center count d default dictsort e escape filesizeformat first float forceescape "
    "format groupby indent int items join last length list lower map max min reject rejectattr replace "
    "reverse round safe select selectattr slice sort string striptags sum title tojson trim truncate unique "
    "upper urlencode urlize wordcount wordwrap xmlattr".split()
)
