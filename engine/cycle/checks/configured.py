"""What the config still lacks: placeholders, providers that there are not, senders, imports of nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from engine.channels.channel import PROVIDERS, open_line, own_settings
from engine.errors import Problem, YoursToFix
from engine.settings import ChannelSettings, Settings
from engine.text import did_you_mean
from engine.vocabulary import Channel

_PLACEHOLDER = re.compile(r"\byour (street|town|city|address)\b|placeholder", re.IGNORECASE)
_NOWHERE = re.compile(r"(^|\.)(example(\.(com|net|org))?|invalid|test|localhost)$", re.IGNORECASE)


def configured(settings: Settings) -> Iterator[Problem]:
    """What is to be mended in config.yaml, though it can be read."""
    yield from _brand(settings)
    yield from _channels(settings)
    yield from _imports(settings)


def _brand(settings: Settings) -> Iterator[Problem]:
    """What `init` filled in for the law's sake, and nobody has put right yet."""
    address, url = settings.brand.postal_address, settings.brand.public_url
    if not address.strip() or _PLACEHOLDER.search(address):
        what = "is still the placeholder" if address.strip() else "is empty"
        hint = "put in your own: the law asks for it at the foot of every marketing email"
        place = settings.place("brand", "postal_address")
        yield Problem(place, f"brand.postal_address {what}", hint, "warning")
    if _NOWHERE.search(urlsplit(url).hostname or ""):
        hint = "put in the address where customers reach you: links and opt-outs lead there"
        place = settings.place("brand", "public_url")
        yield Problem(place, f"brand.public_url is still the placeholder {url}", hint, "warning")


def _channels(settings: Settings) -> Iterator[Problem]:
    for channel in Channel:
        chosen: ChannelSettings = getattr(settings.channels, channel.value)
        place = settings.place("channels", channel.value, "provider")
        if chosen.provider not in PROVIDERS:
            hint = did_you_mean(chosen.provider, PROVIDERS)
            yield Problem(place, f"there is no provider {chosen.provider!r}", hint)
            continue
        try:
            own_settings(PROVIDERS[chosen.provider].own, chosen)
            if chosen.provider != "file":
                open_line(channel, chosen, settings.secret, settings.root).close()
        except YoursToFix as error:
            yield Problem(settings.place("channels", channel.value), str(error))
        yield from _sender(settings, channel, chosen)


def _sender(settings: Settings, channel: Channel, chosen: ChannelSettings) -> Iterator[Problem]:
    place, name = settings.place("channels", channel.value, "from"), f"channels.{channel.value}"
    if chosen.provider != "file" and _NOWHERE.search(parseaddr(chosen.sender)[1].rpartition("@")[2]):
        hint = "put in the address that your customers know"
        yield Problem(place, f"{name}.from is still the placeholder {chosen.sender}", hint, "warning")
    if chosen.redirect_to:
        place = settings.place("channels", channel.value, "redirect_to")
        told = f"every message goes to {chosen.redirect_to} instead of to the customer"
        yield Problem(place, told, f"that is {name}.redirect_to, for staging", "hint")


def _imports(settings: Settings) -> Iterator[Problem]:
    if not settings.imports:
        return
    from engine.ingest import importable  # phone numbers and the like take their time to load

    known = importable()
    for kind in settings.imports:
        if kind not in known:
            place = settings.place("import", kind)
            yield Problem(place, f"{kind!r} is nothing that can be imported", did_you_mean(kind, known))
