"""Dates, money and numbers, in the language of the letter."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.exceptions import FilterArgumentError

from engine.compose.environment import environment
from engine.compose.filters import price
from engine.money import exponent
from engine.text import latin_digits
from tests.compose.conftest import Render, context

NBSP = "\u00a0"


def shown(text: str, language: str = "en", **over: Any) -> str:
    made = context(language) | over
    return environment({}, autoescape=False).from_string("{{ " + text + " }}").render(made)


def brand(**over: Any) -> dict[str, Any]:
    return {**context()["brand"], **over}


@pytest.mark.parametrize(
    ("text", "english", "persian"),
    [
        ("'2026-03-21' | date", "21 March 2026", "۱ فروردین ۱۴۰۵"),
        ("'2026-03-20T12:00:00Z' | date", "20 March 2026", "۲۹ اسفند ۱۴۰۴"),
        ("'2026-03-20T23:30:00Z' | date", "21 March 2026", "۱ فروردین ۱۴۰۵"),  # Berlin is an hour ahead
        ("'2026-03-21T00:30:00+03:30' | date", "20 March 2026", "۲۹ اسفند ۱۴۰۴"),
        ("'2025-03-20' | date", "20 March 2025", "۳۰ اسفند ۱۴۰۳"),  # a leap year's last day
        ("'0001-01-01T00:00:00Z' | date", "1 January 1", None),
        ("'2026-03-21T10:00:00.123Z' | date", "21 March 2026", "۱ فروردین ۱۴۰۵"),
    ],
)
def test_dates(text: str, english: str, persian: str | None) -> None:
    assert shown(text) == english
    if persian is not None:
        assert shown(text, "fa") == persian
        assert shown(text, "fa-ir") == persian


def test_a_day_is_the_brands_day() -> None:
    instant = "'2026-03-20T22:00:00Z' | date"
    assert shown(instant, brand=brand(timezone="UTC")) == "20 March 2026"
    assert shown(instant, brand=brand(timezone="Asia/Tehran")) == "21 March 2026"


@pytest.mark.parametrize(
    ("instant", "ago", "until"),
    [
        ("2026-03-25T09:00:00Z", 0, 0),
        ("2026-03-24T22:59:59Z", 1, -1),  # 23:59 the day before, in Berlin
        ("2026-03-24T23:00:00Z", 0, 0),
        ("2026-03-28T23:00:00Z", -4, 4),  # the clocks change on the 29th
        ("2026-04-01", -7, 7),
    ],
)
def test_days_are_counted_as_a_calendar_counts_them(instant: str, ago: int, until: int) -> None:
    assert shown(f"'{instant}' | days_ago") == str(ago)
    assert shown(f"'{instant}' | days_until") == str(until)


@pytest.mark.parametrize(
    ("text", "english", "persian"),
    [
        ("1234 | money", "€12.34", f"۱۲٫۳۴{NBSP}یورو"),
        ("123456789 | money('GBP')", "£1,234,567.89", f"۱٬۲۳۴٬۵۶۷٫۸۹{NBSP}پوند"),
        ("-500 | money('USD')", "-$5.00", f"-۵٫۰۰{NBSP}دلار"),
        ("0 | money", "€0.00", f"۰٫۰۰{NBSP}یورو"),
        ("1234 | money('JPY')", f"1,234{NBSP}JPY", f"۱٬۲۳۴{NBSP}JPY"),
        ("1234 | money('KWD')", f"1.234{NBSP}KWD", f"۱٫۲۳۴{NBSP}KWD"),
        ("1500000 | money('IRR')", f"1,500,000{NBSP}IRR", f"۱٬۵۰۰٬۰۰۰{NBSP}ریال"),
        ("-7 | money('JPY')", f"-7{NBSP}JPY", f"-۷{NBSP}JPY"),
        ("1234567.5 | number", "1,234,567.5", "۱٬۲۳۴٬۵۶۷٫۵"),
        ("-1000 | number", "-1,000", "-۱٬۰۰۰"),
        ("1e21 | number", "1,000,000,000,000,000,000,000", None),
        ("0.000001 | number", "0.000001", "۰٫۰۰۰۰۰۱"),
        ("3.0 | number", "3", "۳"),
    ],
)
def test_money_and_numbers(text: str, english: str, persian: str | None) -> None:
    assert shown(text) == english
    if persian is not None:
        assert shown(text, "fa") == persian


def test_rials_become_tomans_where_the_brand_says_so_and_only_rials() -> None:
    tomans = brand(currency="IRR", show_tomans=True)
    assert shown("1500000 | money", "fa", brand=tomans) == f"۱۵۰٬۰۰۰{NBSP}تومان"
    assert shown("1500000 | money", "en", brand=tomans) == f"150,000{NBSP}tomans"
    assert shown("1500005 | money", "en", brand=tomans) == f"150,000.5{NBSP}tomans"
    assert shown("1500 | money('EUR')", "en", brand=tomans) == "€15.00"
    assert shown("1500 | number", "en", brand=tomans) == "1,500"


CURRENCIES = st.sampled_from("EUR IRR JPY KWD CHF".split())


@given(st.integers(-(2**53), 2**53), CURRENCIES, st.booleans(), st.booleans())
def test_no_amount_changes_by_a_factor_of_ten(minor: int, currency: str, persian: bool, tomans: bool) -> None:
    """Read back, what is shown is the amount; in tomans a tenth of it."""
    text = latin_digits(price(minor, currency, persian, tomans)).replace("٬", "").replace("٫", ".")
    number = re.sub(r"[^\d.-]", "", text.replace(",", ""))
    is_toman = currency == "IRR" and tomans
    assert ("تومان" in text or "tomans" in text) == is_toman
    places = 1 if is_toman else exponent(currency)
    whole, _, rest = number.lstrip("-").partition(".")
    assert int(whole + rest.ljust(places, "0")) == abs(minor)
    assert number.startswith("-") == (minor < 0)


@pytest.mark.parametrize(
    "fault",
    ["'x' | date", "7 | date", "none | date", "'' | date", "'2026-02-30' | date", "'1.5' | money",
     "1.5 | money", "true | money", "none | money", "'7' | number", "true | number", "none | ltr",
     "none | days_ago", "'99999-01-01T00:00:00Z' | days_until"],
)  # fmt: skip
def test_what_cannot_be_shown_is_an_error(sms: Render, fault: str) -> None:
    error = sms("{{ " + fault + " }}").error
    assert error.startswith("render_error: t.sms.j2:1: ")
    assert re.search(r"date|money|number|days_|ltr", error)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_an_error(value: float) -> None:
    with pytest.raises(FilterArgumentError, match="finite"):
        shown("x | number", x=value)


@pytest.mark.parametrize("filter_", ["date", "money", "number", "ltr", "days_ago", "days_until"])
def test_a_missing_value_is_missing(sms: Render, filter_: str) -> None:
    assert sms("{{ customer.nothing | " + filter_ + " }}").error == "template_missing:nothing"
    assert sms("x{{ customer.nothing | default('') }}").text == "x"


def test_ltr_isolates_by_its_own_direction() -> None:
    code = "{{ code | ltr }}"
    assert environment({}, autoescape=False).from_string(code).render(code="A-1 <") == "\u2068A-1 <\u2069"
    assert environment({}, autoescape=True).from_string(code).render(code="A-1 <") == "<bdi>A-1 &lt;</bdi>"
    assert environment({}, autoescape=True).from_string("{{ 5 | ltr }}").render() == "<bdi>5</bdi>"


def test_our_filters_replace_none_of_jinjas() -> None:
    from engine.compose.filters import FILTERS

    assert not set(FILTERS) & set(Environment().filters)
