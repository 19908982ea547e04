"""The keys without which nothing can be sent, nor believed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.channels.channel import open_line
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel

#: By which the providers' calls are believed.
_HOOKS = {
    "sendgrid": "SENDGRID_WEBHOOK_PUBLIC_KEY",
    "twilio": "TWILIO_AUTH_TOKEN",
    "webhook": "WEBHOOK_SECRET",
}
_WHERE = "in the environment, or as a file of that name in REKINDLE_SECRETS_DIR"


@EXAMINATIONS.register("keys")
class Keys(Examination):
    family = "installation"
    means = "Every provider has its keys, those of the calls by which it tells us things included."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for channel in Channel:
            chosen: ChannelSettings = getattr(patient.settings.channels, channel.value)
            missing = list(_missing(channel, chosen, patient))
            for key in missing:
                told = f"{channel.value} by {chosen.provider} lacks {key}: it cannot send"
                yield Finding("broken", told, f"set {key}, {_WHERE}", 1)
            key = _HOOKS.get(chosen.provider, "")
            if key and key not in missing and not patient.settings.secret(key):
                told = f"without {key} all that {chosen.provider} tells is refused: bounces, complaints, STOP"
                yield Finding("warning", told, f"set {key} (docs/web.md, What the providers need)", 1)


def _missing(channel: Channel, chosen: ChannelSettings, patient: Patient) -> Iterator[str]:
    try:
        line = open_line(channel, chosen, patient.settings.secret, patient.settings.root)
    except YoursToFix:  # `rules` tells
        return
    yield from line.lacks
    line.close()
