"""The keys by which calls of the providers are believed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient
from engine.settings import ChannelSettings
from engine.vocabulary import Channel

_KEYS = {
    "sendgrid": "SENDGRID_WEBHOOK_PUBLIC_KEY",
    "twilio": "TWILIO_AUTH_TOKEN",
    "webhook": "WEBHOOK_SECRET",
}


@EXAMINATIONS.register("hook_keys")
class HookKeys(Examination):
    family = "installation"
    means = "What the providers tell us can be believed: the keys of their calls are set."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for channel in Channel:
            chosen: ChannelSettings = getattr(patient.settings.channels, channel.value)
            key = _KEYS.get(chosen.provider)
            if key and not patient.settings.secret(key):
                told = f"without {key} all that {chosen.provider} tells is refused: bounces, complaints, STOP"
                yield Finding("warning", told, f"set {key} (docs/web.md, What the providers need)", 1)
