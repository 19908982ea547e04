"""Everything that reading a kind's columns needs: the brand's ways, and parsers that remember."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from engine.ingest.amounts import Amounts, Rounded, read_currency
from engine.ingest.emails import Emails
from engine.ingest.instants import Instants
from engine.ingest.memo import Memo
from engine.ingest.notes import Notes
from engine.ingest.people import Birthdays
from engine.ingest.phones import Phones
from engine.ingest.sheet import Sheet
from engine.ingest.tally import Unreadable
from engine.settings import Brand
from engine.store.types import to_millis


class Reading:
    """One import's parsers. `now` is the moment of the import."""

    def __init__(self, brand: Brand, now: datetime) -> None:
        self.brand = brand
        self.now = to_millis(now)
        self.instants = Instants(brand.reckoning)
        self.notes = Notes(self.instants)
        self.emails = Emails()
        self.phones = Phones(brand.country)
        self._amounts: dict[str, Amounts] = {}

    @cached_property
    def birthdays(self) -> Birthdays:
        return Birthdays(self.brand.reckoning, self.instants)

    def currencies(self, sheet: Sheet) -> list[str]:
        """Each row's currency, the brand's where none is given."""
        if not sheet.has("currency"):
            return [self.brand.currency] * len(sheet)
        read = sheet.read("currency", Memo(read_currency).__getitem__)
        return [currency or self.brand.currency for currency in read]

    def amounts(self, currency: str) -> Amounts:
        """The reader of that currency's amounts."""
        found = self._amounts.get(currency)
        if found is None:
            found = self._amounts[currency] = Amounts(currency)
        return found

    def money(self, sheet: Sheet, name: str, currencies: list[str]) -> list[int | None]:
        """A column of amounts in minor units; rounding is counted."""
        texts = sheet.texts(name)
        if len(set(currencies)) == 1:
            minor = sheet.read(name, self.amounts(currencies[0]).__getitem__, texts)
        else:
            minor = [
                self._amount(sheet, index, name, text, currency)
                for index, (text, currency) in enumerate(zip(texts, currencies, strict=True))
            ]
        if not any(self.amounts(currency).rounds for currency in set(currencies)):
            return minor
        sheet.tally.counts["rounded"] += sum(type(amount) is Rounded for amount in minor)
        return [None if amount is None else int(amount) for amount in minor]

    def _amount(self, sheet: Sheet, index: int, name: str, text: str, currency: str) -> int | None:
        try:
            return self.amounts(currency)[text] if text else None
        except Unreadable as fault:
            sheet.drop(index, fault.told(name), f"{name} {fault.what}")
            return None
