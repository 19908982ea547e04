"""Outcomes: who was in which arm of a campaign that ran elsewhere, and what they did."""

from __future__ import annotations

import re
from typing import Any

from engine.ingest.kind import KINDS, SMALL, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, upsert
from engine.ingest.strangers import make_room
from engine.ingest.tally import Tally, Unreadable
from engine.store.database import table
from engine.store.outcomes import Outcome
from engine.text import fold

_YES = dict.fromkeys("yes y true t 1 on بله آری".split(), 1)
_NO = dict.fromkeys("no n false f 0 off خیر نه".split(), 0)
#: How people call the customers who were left alone.
_LEFT_ALONE = re.compile(
    r"\b(control|hold ?out|no (e ?mails?|sms|messages?|mailing|contact|treatment|offer)|none"
    r"|not (contacted|sent)|untreated|baseline|شاهد|کنترل)\b"
)
#: The campaign's name where the file does not say.
UNNAMED = "imported"


@KINDS.register("outcomes")
class Outcomes(Kind):
    """One row a customer in a campaign. `holdout` says who was left alone; without it the arm's name does
    (control, holdout, no e-mail). A row without a `campaign` belongs to one called imported.
    """

    required = ("customer_id",)
    any_of = ("arm", "holdout")
    optional = ("campaign", "visited", "converted", "revenue", "currency")
    staged = {
        "customer_id": TEXT, "campaign": TEXT, "arm": TEXT, "holdout": SMALL, "visited": SMALL,
        "converted": SMALL, "revenue": WHOLE, "currency": TEXT,
    }  # fmt: skip
    key = ("customer_id", "campaign")

    def read(self, sheet: Sheet) -> list[list[Any]]:
        currencies = self.reading.currencies(sheet)
        revenue = self.reading.money(sheet, "revenue", currencies)
        arms = sheet.required("arm") if sheet.has("arm") else [""] * len(sheet)
        if sheet.has("holdout"):
            alone = [bool(one) for one in self._yes(sheet, "holdout")]
        else:
            alone = list(map(Memo(left_alone).__getitem__, arms))
        columns: list[list[Any]] = [
            sheet.ids("customer_id"),
            [campaign or UNNAMED for campaign in sheet.short("campaign")],
            [arm or ("holdout" if one else "treated") for arm, one in zip(arms, alone, strict=True)],
            [int(one) for one in alone],
            self._yes(sheet, "visited"),
            self._yes(sheet, "converted"),
            [(amount or 0) if sheet.has("revenue") else None for amount in revenue],
            currencies,
        ]
        return sheet.settle(columns)

    def _yes(self, sheet: Sheet, name: str) -> list[int | None]:
        """1, 0 where it is no or empty, and nothing where the file has no such column."""
        if not sheet.has(name):
            return [None] * len(sheet)
        return [one or 0 for one in sheet.read(name, Memo(read_yes).__getitem__)]

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        tally.created += make_room(stage)
        values: dict[str, Any] = {name: stage.c[name] for name in self.staged}
        for name in ("holdout", "visited", "converted"):
            values[name] = stage.c[name] == 1
        upsert(stage, table(Outcome), ["customer_id", "campaign"], values)


def left_alone(arm: str) -> bool:
    """Whether that is what people call a control group."""
    return bool(_LEFT_ALONE.search(fold(arm).lower().replace("-", " ").replace("_", " ")))


def read_yes(text: str) -> int:
    """1 or 0. Raises Unreadable."""
    word = fold(text).lower()
    found = _YES.get(word, _NO.get(word))
    if found is None:
        raise Unreadable("is neither yes nor no", text)
    return found
