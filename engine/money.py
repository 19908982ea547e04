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
#: Commas only where thousands (or lakhs) are parted: `12,50` is twelve and a half to many, and refused.
_PLAIN = re.compile(r"[+-]?(?:(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d*)?|\.\d+)\Z")
_BLANKS = dict.fromkeys(map(ord, " \u00a0\u202f"))


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has."""
    return _EXPONENTS.get(currency, 2)


def to_minor(text: str, currency: str) -> tuple[int, bool]:
    """The amount in minor units, and whether it had to be rounded (half to even).

    Takes Latin, Persian and Arabic digits and thousands separators. Raises ValueError for
    anything that is not a finite decimal number.
    """
    try:
        exact = Decimal(plain(text)).scaleb(exponent(currency))
        whole = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    except InvalidOperation:
        raise ValueError(f"{text!r} is too large an amount") from None
    if abs(whole) >= 2**53:
        raise ValueError(f"{text!r} is too large an amount")
    return int(whole), whole != exact


def plain(text: str) -> str:
    """The digits of a decimal number as Decimal and float take them.

    Raises ValueError for anything else, NaN and infinity among it.
    """
    cleaned = fold(text.strip()).replace("\u2212", "-").translate(_BLANKS)
    if not _PLAIN.match(cleaned):
        raise ValueError(f"{text!r} is not an amount")
    return cleaned.replace(",", "")


def to_decimal(minor: int, currency: str) -> str:
    """The amount as a plain decimal, `1234` pence as `12.34`."""
    return str(Decimal(minor).scaleb(-exponent(currency)).quantize(Decimal(1).scaleb(-exponent(currency))))
