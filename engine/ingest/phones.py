"""Phone numbers in E.164, the one form that the ledger is keyed by.

phonenumbers decides. It takes 20 microseconds for it, so that plain spellings of ordinary numbers are
read here by its own tables, where nothing but its answer can come out; a test holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumberDesc,
    PhoneNumberFormat,
    ValidationResult,
)

from engine.text import latin_digits

#: A spreadsheet's ways: an apostrophe before the plus, a decimal after a number.
_SPREADSHEET = re.compile(r"'?(\+?\d+)(?:\.0)?\Z", re.ASCII)
_PLAIN = re.compile(r"\+?[0-9]{4,15}\Z")


class Phones:
    """Normalises numbers; None for one that cannot be called."""

    def __init__(self, home: str) -> None:
        self.home = home

    def parse(self, text: str, country: str | None) -> str | None:
        """The number as dialled in that country, else in the brand's."""
        region = country or self.home or None
        if _PLAIN.match(text) and (quick := _quick(text, region)):
            return quick
        digits = latin_digits(text)
        spreadsheet = _SPREADSHEET.match(digits)
        digits = spreadsheet[1] if spreadsheet else digits
        plain = digits.replace(" ", "").replace("-", "")
        quick = _quick(plain, region) if _PLAIN.match(plain) else None
        return quick or _asked(digits, region) or self._from_abroad(digits)

    @staticmethod
    def _from_abroad(digits: str) -> str | None:
        """00 is how most of the world begins an international number, whatever the customer's country."""
        return _asked("+" + digits[2:], None) if digits.startswith("00") else None


def _asked(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    if not possible or number.extension:
        return None
    address = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # Digits that are nobody's number may lose another national prefix each time they are read.
    return address if text == address or _asked(address, None) == address else None


def _quick(plain: str, region: str | None) -> str | None:
    """E.164 where the digits can mean only one thing; None sends the text to phonenumbers."""
    if plain[0] == "+":
        plan = _abroad(plain[1:4])
        return plan.subscriber(plain[1 + len(plan.code) :]) if plan else None
    plan = _plan(region) if region else None
    return plan.national(plain) if plan else None


@cache
def _abroad(digits: str) -> _Plan | None:
    """The plan of the country whose code the three digits begin with; no code begins another one."""
    codes = (digits[:length] for length in (1, 2, 3) if digits[0] != "0")
    regions = next(filter(None, (COUNTRY_CODE_TO_REGION_CODE.get(int(code)) for code in codes)), None)
    return _plan(regions[0]) if regions else None


@dataclass(frozen=True)
class _Plan:
    """One region's numbering, out of phonenumbers' tables."""

    code: str
    prefix: str
    number: re.Pattern[str]
    lengths: frozenset[int]
    strips: re.Pattern[str]
    abroad: re.Pattern[str]

    @classmethod
    def of(cls, metadata: PhoneMetadata, general: PhoneNumberDesc) -> Self:
        parsing = metadata.national_prefix_for_parsing
        plain = (
            parsing and parsing == metadata.national_prefix and not metadata.national_prefix_transform_rule
        )
        return cls(
            str(metadata.country_code),
            parsing if parsing and plain else "",
            re.compile(f"(?:{general.national_number_pattern})\\Z"),
            frozenset(general.possible_length),
            re.compile(parsing or r"(?!)"),
            re.compile(metadata.international_prefix or r"(?!)"),
        )

    def subscriber(self, digits: str) -> str | None:
        """The number that these digits are after the country's code, if no prefix could be meant."""
        fits = len(digits) in self.lengths and self.number.match(digits) and not self.strips.match(digits)
        return f"+{self.code}{digits}" if fits else None

    def national(self, digits: str) -> str | None:
        """The number that these digits are when dialled at home, with the national prefix or without."""
        if self.abroad.match(digits) or digits.startswith(self.code):
            return None
        if self.prefix and digits.startswith(self.prefix):
            return None if self.number.match(digits) else self.subscriber(digits[len(self.prefix) :])
        return self.subscriber(digits)


@cache
def _plan(region: str) -> _Plan | None:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    general = metadata.general_desc if metadata else None
    if metadata is None or general is None or not general.national_number_pattern:
        return None
    main = COUNTRY_CODE_TO_REGION_CODE[metadata.country_code or 0][0]  # its lengths are what counts
    shared = _plan(main) if main != region else None
    plan = _Plan.of(metadata, general)
    return replace(plan, lengths=plan.lengths & shared.lengths) if shared else plan
