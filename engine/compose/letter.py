"""From a delivery to a letter for the renderer, and from what it rendered to a message for the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import iso
from engine.compose.library import Library
from engine.compose.links import Links
from engine.settings import Settings
from engine.text import single_line
from engine.vocabulary import Channel, Letter, Message, Rendered

_RIGHT_TO_LEFT = frozenset("ar ckb dv fa he ku ps sd ug ur yi".split())


@dataclass(frozen=True, slots=True)
class Addressed:
    """What the ledger knows of one message: its delivery, the template's name, and where it goes."""

    delivery_id: str
    channel: Channel
    template: str
    address: str
    kind: str = "marketing"


def direction(language: str) -> str:
    """`rtl` for the languages that run from right to left, else `ltr`."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


class Composer:
    """Writes letters in the brand's name. It decides nothing and reads no store."""

    def __init__(self, settings: Settings, library: Library, links: Links) -> None:
        self._settings = settings
        self._library = library
        self._links = links
        self._messages: dict[tuple[str, str], dict[str, Any]] = {}
        brand = settings.brand
        self._brand = {
            "name": brand.name,
            "postal_address": brand.postal_address,
            "public_url": brand.public_url,
            "currency": brand.currency,
            "locale": brand.locale,
            "timezone": brand.timezone,
            "show_tomans": brand.show_tomans,
        }

    def letter(self, to: Addressed, context: Mapping[str, Any], now: datetime) -> Letter:
        """The letter in the customer's language, or the nearest that there is.

        `context` is what `contexts` found, with `offer` and `event` where there are such. Raises
        YoursToFix when there is no such template.
        """
        customer = context.get("customer", {})
        wanted = str(customer.get("language") or self._settings.brand.locale)
        path = self._library.find(to.template, to.channel, wanted)
        names = {
            **context,
            "brand": self._brand,
            "links": self._links.all(to.delivery_id),
            "message": self._message(path, to.channel, to.kind),
            "now": iso(now),
        }
        return Letter(path, to.channel, names)

    def _message(self, path: str, channel: Channel, kind: str) -> dict[str, Any]:
        """What templates know as `message`: the same for all who get this file."""
        if (path, kind) not in self._messages:
            self._messages[path, kind] = self._made_message(path, channel, kind)
        return self._messages[path, kind]

    def _made_message(self, path: str, channel: Channel, kind: str) -> dict[str, Any]:
        language = self._library.language(path, self._settings.brand.locale)
        known: dict[str, Any] = {
            "language": language,
            "direction": direction(language),
            "channel": str(channel),
        }
        if channel is Channel.SMS:
            sms = self._settings.channels.sms
            line = sms.opt_out_lines.get(language.partition("-")[0], sms.opt_out_line)
            known["opt_out_line"] = line if kind == "marketing" else ""
            known["max_segments"] = sms.max_segments
        return known

    def message(self, to: Addressed, letter: Letter, rendered: Rendered, token: str) -> Message:
        """The message as it goes out. `token` is the attempt's. For what was rendered without an error."""
        email = to.channel is Channel.EMAIL
        customer = letter.context.get("customer", {})
        return Message(
            token=token,
            channel=to.channel,
            to=to.address,
            to_name=_name(customer) if email else "",
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            language=letter.context["message"]["language"],
            headers=self._headers(letter) if email and to.kind == "marketing" else (),
            segments=rendered.segments,
        )

    def _headers(self, letter: Letter) -> tuple[tuple[str, str], ...]:
        sender = self._settings.channels.email.sender
        return self._links.headers(letter.context["links"]["unsubscribe"], sender)


def _name(customer: Mapping[str, Any]) -> str:
    """First and last name on one line, for the To header."""
    names = (str(customer.get(part) or "") for part in ("first_name", "last_name"))
    return single_line(" ".join(" ".join(names).split()))
