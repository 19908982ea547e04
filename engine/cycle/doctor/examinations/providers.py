"""Each channel's provider: it can be reached, and takes our key."""

from __future__ import annotations

from collections.abc import Iterator

from engine.channels.channel import open_line
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Receipt, Verdict

#: Nobody waits longer than that at a terminal, in seconds.
_PATIENCE = 10.0
_AWAY = "look whether this machine is on the network and may reach that server; messages wait meanwhile"
_ODD = "look at the provider's own status page, and at the address that it is called by"


@EXAMINATIONS.register("providers")
class Providers(Examination):
    family = "outside"
    means = "Each channel's provider can be reached and takes our key; no message is sent for it."
    asks_store = False
    asks_outside = True

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for channel in Channel:
            chosen: ChannelSettings = getattr(patient.settings.channels, channel.value)
            name = f"{channel.value} by {chosen.provider}"
            quick = chosen.model_copy(update={"timeout": min(chosen.timeout, _PATIENCE)})
            try:
                line = open_line(channel, quick, patient.settings.secret, patient.settings.root)
            except YoursToFix as error:
                yield Finding("broken", f"{name}: {error}", "rekindle check", 1)
                continue
            receipt = line.probe()
            line.close()
            yield _finding(channel, name, receipt)


def _finding(channel: Channel, name: str, receipt: Receipt | None) -> Finding:
    if receipt is None:
        return Finding("unasked", f"{name} cannot be asked without sending")
    told = f"{name}: {receipt.detail or receipt.code}"
    match receipt.verdict:
        case Verdict.ACCEPTED:
            return well(told)
        case Verdict.HALT | Verdict.REFUSED:
            mend = f"mend the key or the setting; if that paused the channel, rekindle resume {channel.value}"
            return Finding("broken", told, mend, 1)
        case Verdict.LATER:
            return Finding(
                "warning", f"{name} cannot be reached now: {receipt.detail or receipt.code}", _AWAY, 1
            )
    return Finding("warning", told, _ODD, 1)
