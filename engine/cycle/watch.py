"""An eye on the answers: a channel that gives none, a campaign whose messages are all refused alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.outbox.transitions import Claimed
from engine.vocabulary import Receipt, Verdict

#: So many doubts in a row are the channel's fault.
DOUBTS = 5
#: So many refusals alike, none of them about the address, are the message's fault.
ALIKE = 5


@dataclass
class _Refusals:
    said: tuple[str, str] = ("", "")
    count: int = 0


@dataclass
class Watch:
    """Over one dispatch. Not locked: who hands over answers does so one at a time."""

    #: Campaigns that must not go on, and why.
    stopped: dict[str, str] = field(default_factory=dict)
    _doubts: dict[str, int] = field(default_factory=dict)
    _refusals: dict[str, _Refusals] = field(default_factory=dict)

    def take(self, row: Claimed, receipt: Receipt) -> Receipt | None:
        """Notes an answer. Returns the trouble of its channel, if it shows one."""
        self._alike(row.campaign, receipt)
        doubts = self._doubts.get(row.channel, 0) + 1 if receipt.verdict is Verdict.UNKNOWN else 0
        self._doubts[row.channel] = doubts
        if receipt.verdict is Verdict.HALT or receipt.channel_wide:
            return receipt
        if doubts >= DOUBTS:
            self._doubts[row.channel] = 0
            told = f"{doubts} messages in a row were not answered: {receipt.detail}"
            return Receipt(Verdict.LATER, code="silent", detail=told, channel_wide=True)
        return None

    def _alike(self, campaign: str, receipt: Receipt) -> None:
        refused = receipt.verdict is Verdict.REFUSED and not (receipt.bad_address or receipt.opted_out)
        seen = self._refusals.setdefault(campaign, _Refusals())
        if not refused:
            if receipt.verdict is Verdict.ACCEPTED:
                seen.count = 0
            return
        said = (receipt.code, receipt.detail)
        seen.count = seen.count + 1 if said == seen.said else 1
        seen.said = said
        if seen.count >= ALIKE and campaign not in self.stopped:
            words = ": ".join(filter(None, said))
            self.stopped[campaign] = f"{seen.count} messages in a row were refused alike: {words}"


def why(trouble: Receipt) -> str:
    """A channel's trouble in words."""
    return f"{trouble.code}: {trouble.detail}".strip(": ")
