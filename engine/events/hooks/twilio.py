"""Twilio's calls: the status of a message, and messages that people send, a STOP among them.

Signed by HMAC over the address that was called and the form's fields.
https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from engine.events.hook import HOOKS, Call, Forged, Hook, Told
from engine.events.stop_words import is_stop
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
_SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_GOODBYE = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Message>'
    "You will get no more messages from us. / دیگر پیامی از ما نمی‌گیرید."
    "</Message></Response>"
)


@HOOKS.register("twilio")
class TwilioHook(Hook):
    """The key is TWILIO_AUTH_TOKEN."""

    def events(self, call: Call) -> list[Event]:
        form = self._proved(call)
        if form.get("MessageStatus") or form.get("SmsStatus", "received") != "received":
            return _status(form, call)
        return _stop(form, call)

    def _proved(self, call: Call) -> dict[str, str]:
        from twilio.request_validator import RequestValidator, get_signature_algorithm

        token, signature = self.key("TWILIO_AUTH_TOKEN"), call.headers.get("x-twilio-signature", "")
        settings = call.headers.get("x-twilio-webhooks-signature-settings", "")
        try:
            form = dict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True))
            algorithm = get_signature_algorithm(settings)
            genuine = RequestValidator(token).validate(call.url, form, signature, algorithm)
        except (ValueError, TypeError):
            raise Forged("the call is malformed") from None
        if not (signature and genuine):
            raise Forged("the signature is not Twilio's")
        return form

    def listed(self, found: Told, at: datetime) -> list[Event]:
        return _said(found.provider_id, found.status, found.code, found.token, "", at)

    def answer(self, events: Sequence[Event], new: int) -> tuple[str, str]:
        """A STOP is answered once."""
        stopped = any(one.kind is EventKind.STOPPED and not one.token for one in events)
        return (_GOODBYE if stopped and new else _SILENCE), "text/xml"


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


def _stop(form: Mapping[str, str], call: Call) -> list[Event]:
    """What a person wrote to us. Only a STOP is for us; Twilio may have recognised it itself."""
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    asked = form.get("OptOutType") == "STOP" or is_stop(form.get("Body", ""))
    if not (asked and sid and form.get("From")):
        return []
    return [
        Event(
            fingerprint=f"twilio:{sid}:stop",
            kind=EventKind.STOPPED,
            at=call.at,
            channel=Channel.SMS,
            address=form["From"],
            provider="twilio",
            provider_id=sid,
        )
    ]
