"""Twilio's calls: the status of a message, and messages that people send, a STOP among them.

Signed by HMAC over the address that was called and the form's fields.
https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from engine.events.hook import HOOKS, Call, Forged, Hook, Told
from engine.events.stop_words import Word, word
from engine.vocabulary import Channel, Event, EventKind

_KINDS = {
    "queued": EventKind.SENT,
    "accepted": EventKind.SENT,
    "sending": EventKind.SENT,
    "sent": EventKind.SENT,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.OPENED,
    "undelivered": EventKind.REJECTED,
    "failed": EventKind.REJECTED,
}
#: What a message that did not arrive says about its number: https://www.twilio.com/docs/api/errors
_CODES = {
    "21610": EventKind.STOPPED,
    "30003": EventKind.SOFT_BOUNCED,  # switched off, or out of reach
    "30005": EventKind.BOUNCED,
    "30006": EventKind.BOUNCED,
}
_BAD_ADDRESS = ("30005", "30006")
_XML = "text/xml"
_SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>{}</Message></Response>'
#: What people are answered, in both languages: who asked may know either.
_GOODBYE = "You will get no more messages from us. / دیگر پیامی از ما نمی‌گیرید."
_AGAIN = (
    "{brand}: you will get our messages again. Answer STOP to get no more. / "
    "دوباره پیام‌های ما را می‌گیرید. لغو۱۱"
)
_HELP = (
    "{brand}: answer STOP to get no more messages from us, START to get them again. {url} / "
    "برای لغو پیام‌ها ۱۱ و برای گرفتن دوبارهٔ آن‌ها «شروع» را بفرستید."
)
_SAID = {Word.STOP: EventKind.STOPPED, Word.START: EventKind.RESTARTED, Word.HELP: EventKind.ASKED}
#: Of a message that Twilio's Advanced Opt-Out has recognised, and answered by itself.
_ANSWERED = "answered by Twilio"


@HOOKS.register("twilio")
class TwilioHook(Hook):
    """The key is TWILIO_AUTH_TOKEN."""

    def events(self, call: Call) -> list[Event]:
        form = self._proved(call)
        if form.get("MessageStatus") or form.get("SmsStatus", "received") != "received":
            return _status(form, call)
        return _heard(form, call)

    def _proved(self, call: Call) -> dict[str, str]:
        from twilio.request_validator import RequestValidator, get_signature_algorithm

        token, signature = self.key("TWILIO_AUTH_TOKEN"), call.headers.get("x-twilio-signature", "")
        settings = call.headers.get("x-twilio-webhooks-signature-settings", "")
        try:
            # Strictly: signed are names and values in a row, so that `a&b` would pass for `a=b`.
            form = dict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True, strict_parsing=True))
            algorithm = get_signature_algorithm(settings)
            genuine = RequestValidator(token).validate(call.url, form, signature, algorithm)
        except (ValueError, TypeError):
            raise Forged("the call is malformed") from None
        if not (signature and genuine):
            raise Forged("the signature is not Twilio's")
        return form

    def listed(self, found: Told, at: datetime) -> list[Event]:
        return _said(found.provider_id, found.status, found.code, found.token, "", at)

    def answer(self, events: Sequence[Event], new: int, lifted: int = 0) -> tuple[str, str]:
        """A STOP, a START that set somebody free, and a HELP are answered once, unless Twilio does it."""
        words = {one.kind for one in events if not one.token and one.detail != _ANSWERED} if new else set()
        if EventKind.STOPPED in words:
            return self._message(_GOODBYE)
        if EventKind.RESTARTED in words and lifted:
            return self._message(_AGAIN)
        if EventKind.ASKED in words:
            return self._message(_HELP)
        return _SILENCE, _XML

    def _message(self, text: str) -> tuple[str, str]:
        told = " ".join(text.format(brand=self.brand, url=self.url).split())
        return _REPLY.format(escape(told)), _XML


def _status(form: Mapping[str, str], call: Call) -> list[Event]:
    status = form.get("MessageStatus") or form.get("SmsStatus", "")
    code, sid = form.get("ErrorCode", ""), form.get("MessageSid") or form.get("SmsSid", "")
    if status not in _KINDS or not sid:
        return []
    return _said(sid, status, code, call.query.get("attempt", "")[:100], form.get("To", ""), call.at)


def _said(sid: str, status: str, code: str, token: str, to: str, at: datetime) -> list[Event]:
    """What a status says. One that we do not know says at least that the message is there."""
    kind = _KINDS.get(status, EventKind.SENT)
    if kind is EventKind.REJECTED:
        kind = _CODES.get(code, kind)
    return [
        Event(
            fingerprint=f"twilio:{sid}:{status}:{code}",
            kind=kind,
            at=at,
            token=token,
            channel=Channel.SMS,
            address=to,
            provider="twilio",
            provider_id=sid,
            code=code[:20],
            bad_address=code in _BAD_ADDRESS,
        )
    ]


def _heard(form: Mapping[str, str], call: Call) -> list[Event]:
    """What a person wrote to us. Only these words are for us; Twilio may have recognised them itself."""
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    recognised = Word.__members__.get(form.get("OptOutType", ""))
    said = recognised or word(form.get("Body", ""))
    if not (said and sid and form.get("From")):
        return []
    return [
        Event(
            fingerprint=f"twilio:{sid}:{said.name.lower()}",
            kind=_SAID[said],
            at=call.at,
            channel=Channel.SMS,
            address=form["From"],
            provider="twilio",
            provider_id=sid,
            detail=_ANSWERED if recognised else "",
        )
    ]
