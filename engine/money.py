"""Money is integer minor units with a currency. It is never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from engine.text import fold

#: ISO 4217 currencies whose minor unit is not a hundredth. The rial's dinar is not in use.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF IRR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has."""
    return _EXPONENTS.get(currency, 2)


def to_minor(text: str, currency: str) -> tuple[int, bool]:
    """The amount in minor units, and whether it had to be rounded (half to even).

    Takes Latin, Persian and Arabic digits and thousands separators. Raises ValueError for
    anything that is not a finite decimal number.
    """
    cleaned = fold(text.strip()).replace(",", "").replace("\u2212", "-").replace(" ", "")
    if not _PLAIN.match(cleaned):
        raise ValueError(f"{text!r} is not an amount")
    try:
        exact = Decimal(cleaned).scaleb(exponent(currency))
        whole = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        raise ValueError(f"{text!r} is too large an amount") from None
    if abs(whole) >= 2**53:
        raise ValueError(f"{text!r} is too large an amount")
    return int(whole), whole != exact


def to_decimal(minor: int, currency: str) -> str:
    """The amount as a plain decimal, `1234` pence as `12.34`."""
    return str(Decimal(minor).scaleb(-exponent(currency)).quantize(Decimal(1).scaleb(-exponent(currency))))
