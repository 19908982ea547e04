"""The address in every letter: https, and our own pages answer there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from engine.channels.http import Answer, Broken, Wire
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well
from engine.vocabulary import Channel

_PATIENCE = 10.0
#: No token of ours: the page behind it says so, with this header.
_NOWHERE, _OURS = "u/doctor", "X-Robots-Tag"
_SERVE = "run `rekindle serve` or `rekindle daemon --serve` behind it (docs/web.md, Behind a web server)"


@EXAMINATIONS.register("public_url")
class PublicUrl(Examination):
    family = "outside"
    means = "brand.public_url is https, and our pages answer there: every opt-out leads to it."
    asks_store = False
    asks_outside = True

    def examine(self, patient: Patient) -> Iterator[Finding]:
        brand, sends = patient.settings.brand, _sends(patient)
        if not brand.can_be_reached:
            told = f"brand.public_url is still the placeholder {brand.public_url}"
            mend = "put in the address where customers reach you: links and opt-outs lead there"
            yield Finding("broken" if sends else "warning", told, mend, 1)
            return
        if urlsplit(brand.public_url).scheme != "https":
            told = f"{brand.public_url} is not https: mailboxes show no unsubscribe button for it (RFC 8058)"
            yield Finding("warning", told, "put a web server with a certificate before it (docs/web.md)", 1)
        yield _asked(brand.public_url.rstrip("/"))


def _sends(patient: Patient) -> bool:
    """Whether any message leaves this machine."""
    channels = patient.settings.channels
    return any(getattr(channels, channel.value).provider != "file" for channel in Channel)


def _asked(base: str) -> Finding:
    wire = Wire(_PATIENCE)
    try:
        return _judged(base, wire.ask("GET", f"{base}/{_NOWHERE}"))
    except Broken as broken:
        told = f"{base} does not answer: {broken.receipt.detail}"
        return Finding("warning", told, f"{_SERVE}; or ask from elsewhere, if this machine may not", 1)
    finally:
        wire.close()


def _judged(base: str, answer: Answer) -> Finding:
    if answer.status == 404 and answer.headers.get(_OURS):
        return well(f"{base} answers")
    if answer.status == 503 and answer.headers.get(_OURS):
        return Finding(
            "broken", f"{base} answers that it cannot now: its store is away", "rekindle status", 1
        )
    return Finding("broken", f"{base} answers with {answer.status}, and not as our pages do", _SERVE, 1)
