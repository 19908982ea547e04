"""What the DNS says of the domain that emails come from: SPF, DKIM, DMARC."""

from __future__ import annotations

from collections.abc import Iterator

from engine.channels.mime import sender_address
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well
from engine.cycle.doctor.names import Silent, texts
from engine.errors import YoursToFix

#: What SendGrid's domain authentication sets up.
_SELECTORS = {"sendgrid": ("s1", "s2")}
_SPF = "let the DNS say who may send for the domain, as your provider's pages show: v=spf1 include:... ~all"
_DMARC = "start with the TXT record v=DMARC1; p=none; rua=mailto:... at _dmarc of the domain"
_DKIM = "put the key that your provider shows into the DNS, or its selector into channels.email.dkim_selector"


@EXAMINATIONS.register("sender_domain")
class SenderDomain(Examination):
    family = "outside"
    means = "The domain of channels.email.from says by SPF, DKIM and DMARC that it is you who write."
    asks_store = False
    asks_outside = True

    def examine(self, patient: Patient) -> Iterator[Finding]:
        email = patient.settings.channels.email
        if email.provider == "file":
            yield well("no email leaves this machine")
            return
        try:
            domain = sender_address(email.sender).rpartition("@")[2]
        except YoursToFix as error:
            yield Finding("broken", str(error), "rekindle check", 1)
            return
        selectors = (email.dkim_selector,) if email.dkim_selector else _SELECTORS.get(email.provider, ())
        try:
            found = [*_spf(domain), *_dmarc(domain), *_dkim(domain, selectors)]
        except Silent as error:
            yield Finding("unasked", f"the DNS was not asked about {domain}: {error}")
            return
        yield from found or [well(f"{domain}: SPF, DMARC{' and DKIM' if selectors else ''} are there")]
        if not selectors:
            told = "the key's selector is not known: DKIM was not asked"
            yield Finding("unasked", told, "name it: channels.email.dkim_selector")


def _spf(domain: str) -> Iterator[Finding]:
    records = [one for one in texts(domain) if one.lower().split(" ")[0] == "v=spf1"]
    if not records:
        yield Finding("warning", f"{domain} has no SPF record", _SPF, 1)
    elif len(records) > 1:
        told = f"{domain} has {len(records)} SPF records, which counts as an error (RFC 7208)"
        yield Finding("warning", told, "make one of them", len(records))
    elif "+all" in records[0].lower().split():
        yield Finding("warning", f"the SPF record of {domain} lets everybody send: +all", _SPF, 1)


def _dmarc(domain: str) -> Iterator[Finding]:
    """At the domain, or at the one above that it belongs to (RFC 7489)."""
    above = domain.split(".", 1)[1] if domain.count(".") > 1 else domain
    for name in dict.fromkeys((domain, above)):
        if any(one.lower().replace(" ", "").startswith("v=dmarc1") for one in texts(f"_dmarc.{name}")):
            return
    yield Finding("warning", f"{domain} has no DMARC record: large mailboxes refuse bulk mail", _DMARC, 1)


def _dkim(domain: str, selectors: tuple[str, ...]) -> Iterator[Finding]:
    names = [f"{selector}._domainkey.{domain}" for selector in selectors]
    if names and not any("p=" in one for name in names for one in texts(name)):
        yield Finding("warning", f"there is no DKIM key at {' or '.join(names)}", _DKIM, 1)
