"""What the gates know of a campaign at one slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.durations import Calendar, Duration
from engine.settings import Policy
from engine.vocabulary import Channel


@dataclass(frozen=True)
class Entry:
    """One campaign at one slot, asking to enroll its audience.

    `zone` limits it to the customers of one time zone, on recipient-zone runs. `reenter` is a
    length since the last entry, `always` or `never`. `alone` is False where the same plan has other
    slots of the campaign: nobody may enter by two of them.
    """

    campaign: str
    slot: str
    version: str
    channel: Channel
    template: str
    kind: str = "marketing"
    topic: str = ""
    reenter: Duration | str = "never"
    holdout: Decimal = Decimal(0)
    priority: int = 50
    promise: str = "at_most_once"
    zone: str | None = None
    send_by: datetime | None = None
    alone: bool = True

    @property
    def is_marketing(self) -> bool:
        return self.kind == "marketing"


@dataclass(frozen=True)
class Moment:
    """When and under which rules the gates are asked.

    `cut` is True where a past moment is asked for: the ledger is then read as it stood at `as_of`.
    `known` is given where a later instant is tried out: nothing has happened since.
    """

    as_of: datetime
    policy: Policy
    calendar: Calendar
    cut: bool = False
    known: datetime | None = None

    @property
    def horizon(self) -> datetime:
        """Orders from then on have not come."""
        return self.as_of if self.known is None else min(self.as_of, self.known)

    @property
    def cut_at(self) -> datetime | None:
        """The ledger's rows from then on have not happened; None: everything that is committed has."""
        return self.horizon if self.cut else None


def by_priority(entries: Sequence[Entry]) -> list[Entry]:
    """The order in which campaigns of one cycle are served under a frequency cap."""
    return sorted(entries, key=lambda entry: (-entry.priority, entry.campaign, entry.slot))
