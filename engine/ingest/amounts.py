"""Amounts and quantities as files write them."""

from __future__ import annotations

from decimal import Decimal

from engine import money
from engine.ingest.memo import Memo
from engine.ingest.tally import Unreadable

#: Whole numbers below it are exact as floating point, which JSON and quantities are read as.
LARGEST = 2**53


class Rounded(int):
    """Minor units of an amount that was finer than they are."""


class Amounts(Memo[int]):
    """Amounts of one currency in minor units: `amounts[text]`. Raises Unreadable."""

    def __init__(self, currency: str) -> None:
        super().__init__(self._read)
        self.currency = currency
        self.rounds = False  # whether one ever had to be rounded
        self.exponent = money.exponent(currency)

    def _read(self, text: str) -> int:
        whole, _, cents = text.partition(".")
        if (
            self.exponent == len(cents) == 2
            and len(whole) < 14
            and (whole + cents).isdecimal()
            and text.isascii()
        ):
            return int(whole + cents)
        try:
            minor, rounded = money.to_minor(text, self.currency)
        except ValueError as error:
            raise Unreadable(str(error).removeprefix(f"{text!r} "), text) from None
        self.rounds = self.rounds or rounded
        return Rounded(minor) if rounded else minor


def read_number(text: str) -> float:
    """A finite decimal number, in Latin, Persian or Arabic digits. Raises Unreadable."""
    return float(read_decimal(text))


def read_decimal(text: str) -> Decimal:
    """As `read_number`, exactly."""
    try:
        number = Decimal(money.plain(text))
    except ValueError:
        raise Unreadable("is not a number", text) from None
    if abs(number) >= LARGEST:
        raise Unreadable("is too large a number", text)
    return number


def read_currency(text: str) -> str:
    """An ISO 4217 code. Raises Unreadable."""
    code = text.upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unreadable("is not a currency; write a code like EUR", text)
    return code
