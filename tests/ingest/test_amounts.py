"""Amounts: integer minor units, whatever digits they were written in, and never a float."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ingest.amounts import Amounts, Rounded, read_currency, read_decimal, read_number
from engine.ingest.tally import Unreadable
from engine.text import persian_digits

CURRENCIES = {"GBP": 2, "IRR": 0, "JPY": 0, "KWD": 3}
AMOUNTS = st.decimals(-(10**10), 10**10, places=5, allow_nan=False)


@given(AMOUNTS, st.sampled_from(list(CURRENCIES)))
def test_an_amount_is_rounded_half_to_even_and_says_so(amount: Decimal, currency: str) -> None:
    exact = amount.scaleb(CURRENCIES[currency])
    read = Amounts(currency)[f"{amount:f}"]
    assert read == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    assert (type(read) is Rounded) == (read != exact)


@given(st.integers(-(10**12), 10**12), st.sampled_from(list(CURRENCIES)))
def test_every_spelling_is_the_same_amount(minor: int, currency: str) -> None:
    decimals = CURRENCIES[currency]
    plain = f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"
    grouped = f"{Decimal(minor).scaleb(-decimals):,.{decimals}f}"
    persian = persian_digits(plain).replace(".", "٫")
    arabic = grouped.translate(str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫"))
    for text in (
        plain,
        grouped,
        persian,
        arabic,
        persian_digits(grouped).replace(",", "٬").replace(".", "٫"),
    ):
        assert Amounts(currency)[text] == minor


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "inf",
        "-Infinity",
        "1e5",
        "12x",
        "£10",
        "1.2.3",
        "--1",
        "١٢-",
        ".",
        "²",
        "0x10",
        "12,50",
        "1.234,56",
        "1,2345",
        ",5",
        "1,,000",
    ],
)
def test_what_is_no_finite_decimal_is_refused(text: str) -> None:
    for read in (Amounts("GBP").__getitem__, read_number, read_decimal):
        with pytest.raises(Unreadable, match="is not a"):
            read(text)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("-12.50", -1250),
        ("\u221212.50", -1250),
        ("+3.00", 300),
        ("7", 700),
        (".5", 50),
        ("1,23,456.50", 12345650),
        ("1 234.50", 123450),
        ("1\u202f234", 123400),
    ],
)
def test_signs_and_short_forms(text: str, minor: int) -> None:
    assert Amounts("GBP")[text] == minor


def test_more_than_a_database_can_hold_exactly_is_refused() -> None:
    assert Amounts("GBP")["1000000000000.00"] == 10**14
    with pytest.raises(Unreadable, match="too large"):
        Amounts("GBP")["100000000000000.00"]


@given(st.text(max_size=30))
def test_no_text_is_a_bug(text: str) -> None:
    for read in (Amounts("GBP").__getitem__, read_number, read_decimal, read_currency):
        try:
            read(text)
        except Unreadable:
            pass
