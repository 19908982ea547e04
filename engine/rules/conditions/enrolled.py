"""Which campaigns they went through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, and_, case

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given
from engine.rules.messages import CampaignName, Filters, dated
from engine.rules.scope import Scope
from engine.rules.sources import PASSAGES, enrollment
from engine.rules.time_test import Window
from engine.vocabulary import EnrollmentState

_TOLD = {
    None: "entered",
    "active": "is inside",
    "finished": "finished",
    "exited": "left early",
    "holdout": "is held out of",
}


@CONDITIONS.register("enrolled")
class Enrolled(Window, Condition):
    """Some passage through a campaign that began in the window, of that state; holdouts are passages too."""

    key: ClassVar[str] = "enrolled"
    example: ClassVar[str] = "enrolled: {campaign: win-back, state: finished, within: 1 year}"

    campaign: Given[CampaignName] = None
    state: Given[Literal["active", "finished", "exited", "holdout"]] = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"campaign": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"type": "string"}]

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        filters = [*dated(self, enrollment.c.entered_at, scope), *self._of()]
        if self.state is not None:
            filters.append(_state(scope) == self.state)
        return scope.facts.count(PASSAGES, *filters) > 0

    def _of(self) -> Filters:
        return [enrollment.c.campaign == self.campaign] if self.campaign is not None else []

    def campaigns(self) -> set[str]:
        return {self.campaign} if self.campaign is not None else set()

    def english(self, scope: Scope) -> str:
        told = f"{_TOLD[self.state]} {self.campaign or 'some campaign'}"
        when = self.words(scope)
        return " ".join(filter(None, [told, "and entered" if when and self.state else "", when]))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        filters = [*dated(Window(), enrollment.c.entered_at, scope), *self._of()]
        return {"last": scope.facts.latest(PASSAGES, enrollment.c.entered_at, *filters)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        what = self.campaign or "any campaign"
        return f"last entered {what} {scope.told(row['last'])}" if row["last"] else f"never entered {what}"

    def hopeless(self, scope: Scope) -> bool:
        return self.barren(scope)


def _state(scope: Scope) -> ColumnElement[Any]:
    """The state; of a past moment, whoever left at or after it was still inside."""
    if not scope.cut_ledger:
        return enrollment.c.state
    inside = and_(enrollment.c.ended_at >= scope.horizon, enrollment.c.state != EnrollmentState.HOLDOUT.value)
    return case((inside, EnrollmentState.ACTIVE.value), else_=enrollment.c.state)
