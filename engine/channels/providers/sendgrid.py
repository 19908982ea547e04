"""Email over SendGrid's v3 API (`POST /v3/mail/send`), by its official SDK; one message a request.

`custom_args` carry the delivery and the attempt, which its events bring back; they hold no personal data.
"""

from __future__ import annotations

import json
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import python_http_client
from python_http_client.exceptions import HTTPError as Refusal
from python_http_client.exceptions import handle_error
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import (
    Category,
    Content,
    CustomArg,
    Email,
    Header,
    Mail,
    ReplyTo,
    To,
    TrackingSettings,
)
from sendgrid.helpers.mail.click_tracking import ClickTracking
from sendgrid.helpers.mail.open_tracking import OpenTracking

from engine import clock
from engine.channels.channel import (
    PROVIDERS,
    OnWire,
    Provider,
    ProviderSettings,
    Secret,
    discreet,
    own_settings,
)
from engine.channels.http import Answer, Broken, Wire, slow_down
from engine.channels.mime import Unencodable, sender_address, wire_address
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict

_HOST = "https://api.sendgrid.com"
_NO_KEY = Receipt(Verdict.HALT, code="key", detail="SENDGRID_API_KEY is not set")
_SCOPE = "mail.send"
#: Headers that the API sets itself, and refuses from us.
_RESERVED = {"subject", "from", "to", "reply-to", "content-type", "content-transfer-encoding"}


class SendGridSettings(ProviderSettings):
    """The key is the secret SENDGRID_API_KEY; SENDGRID_BASE_URL points elsewhere."""

    #: Their own pixel and link rewriting; ours does not need them.
    tracking: bool = False
    #: A 503 with Retry-After is documented as not accepted; by default it is a doubt like any 5xx.
    trust_503: bool = False


class _Line(python_http_client.Client):  # type: ignore[misc]
    """The SDK's client, over a wire that stays open and knows when the first byte has left."""

    def __init__(self, wire: Wire, **given: Any) -> None:
        super().__init__(**given)
        self._wire = wire
        self.on_wire: OnWire = lambda: None

    def _build_client(self, name: str | None = None) -> _Line:
        path = [*self._url_path, name] if name else self._url_path
        made = _Line(
            self._wire, host=self.host, version=self._version,
            request_headers=self.request_headers, url_path=path,
        )  # fmt: skip
        made.on_wire = self.on_wire
        return made

    def _make_request(self, opener: Any, request: Any, timeout: float | None = None) -> Any:
        answer = self._wire.ask(
            request.get_method(), request.full_url, self.on_wire,
            data=request.data, headers=dict(request.header_items()),
        )  # fmt: skip
        if answer.status < 300:
            return _Said(answer)
        said: Any = _Said(answer)
        raise handle_error(HTTPError(request.full_url, answer.status, "", answer.headers, said))  # type: ignore[arg-type]


class _Said:
    """An answer, as the SDK reads one."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def getcode(self) -> int:
        return self._answer.status

    def read(self, *_: object) -> bytes:
        return self._answer.text.encode()

    def info(self) -> Any:
        return self._answer.headers

    def close(self) -> None:
        return


@PROVIDERS.register("sendgrid")
class SendGridProvider(Provider):
    """One persistent connection to SendGrid."""

    channels = (Channel.EMAIL,)
    own = SendGridSettings
    keys = ("SENDGRID_API_KEY",)

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        super().__init__(settings, secret, root)
        self._own = own_settings(SendGridSettings, settings)
        sender_address(settings.sender)
        self._key = secret("SENDGRID_API_KEY")
        self._wire = Wire(settings.timeout)
        self._sdk = SendGridAPIClient(self._key or "none", host=self._host)
        self._sdk.client = _Line(
            self._wire, host=self._host, version=3, request_headers=self._sdk._default_headers
        )

    @property
    def _host(self) -> str:
        return (self.secret("SENDGRID_BASE_URL") or _HOST).rstrip("/")

    def probe(self) -> Receipt:
        """What the key may do (`GET /v3/scopes`)."""
        if not self._key:
            return _NO_KEY
        self._sdk.client.on_wire = lambda: None
        try:
            scopes = json.loads(self._sdk.client.scopes.get().body)["scopes"]
        except Refusal as refusal:
            return self._refused(_answer(refusal))
        except Broken as broken:
            return broken.receipt
        except (ValueError, KeyError, TypeError):
            return Receipt(
                Verdict.UNKNOWN, code="scopes", detail="what answers does not speak as SendGrid does"
            )
        if _SCOPE not in scopes:
            return Receipt(Verdict.HALT, code="scope", detail=f"the key may not send: it lacks {_SCOPE}")
        return Receipt(Verdict.ACCEPTED, detail="the key may send")

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        if not self._key:
            return _NO_KEY
        try:
            mail = self._mail(message)
        except Unencodable as error:
            return Receipt(Verdict.REFUSED, code=error.code, detail=str(error), bad_address=error.bad_address)
        self._sdk.client.on_wire = on_wire
        try:
            said = self._sdk.send(mail)
        except Refusal as refusal:
            return self._refused(_answer(refusal))
        except Broken as broken:
            return broken.receipt
        return Receipt(Verdict.ACCEPTED, provider_id=said.headers.get("X-Message-Id", ""))

    def _mail(self, message: Message) -> Mail:
        name, address = parseaddr(self.settings.sender)
        mail = Mail(
            from_email=Email(address, name or None),
            to_emails=To(wire_address(message.to), message.to_name or None),
            subject=message.subject,
        )
        for media, part in (("text/plain", message.text), ("text/html", message.html)):
            if part:  # an empty part is refused, and the letter with it
                mail.add_content(Content(media, part))
        for key, value in message.headers:
            if key.lower() not in _RESERVED:
                mail.add_header(Header(key, value))
        if self.settings.reply_to:
            reply_name, reply_address = parseaddr(self.settings.reply_to)
            mail.reply_to = ReplyTo(reply_address, reply_name or None)
        for key, value in (("delivery", message.delivery), ("attempt", message.token)):
            if value:
                mail.add_custom_arg(CustomArg(key, value, p=0))  # their document knows them by recipient
        for category in filter(None, ("rekindle", message.campaign)):
            mail.add_category(Category(category))
        mail.tracking_settings = TrackingSettings(
            click_tracking=ClickTracking(self._own.tracking, self._own.tracking),
            open_tracking=OpenTracking(self._own.tracking),
        )
        return mail

    def _refused(self, answer: Answer) -> Receipt:
        """What a status that is no success means (SendGrid v3 API, errors)."""
        status, code = answer.status, str(answer.status)
        told = _told(answer.text)
        detail = discreet("; ".join(message for _, message in told) or f"http {status}")
        if status == 429:
            return slow_down(answer, clock.now())
        if status == 503 and self._own.trust_503 and answer.headers.get("Retry-After"):
            return slow_down(answer, clock.now())
        if status >= 500 or status == 408:
            return Receipt(Verdict.UNKNOWN, code=code, detail=f"answer_lost: http {status}")
        if status == 413:
            return Receipt(Verdict.REFUSED, code=code, detail="too_large")
        if status != 400:
            # A key, a sender or an address of theirs that is wrong is wrong for every message.
            return Receipt(Verdict.HALT, code=code, detail=detail)
        bad = bool(told) and all(field.endswith((".to", ".email")) and ".to" in field for field, _ in told)
        return Receipt(Verdict.REFUSED, code=code, detail=detail, bad_address=bad)

    def close(self) -> None:
        self._wire.close()


def _answer(refusal: Refusal) -> Answer:
    text = refusal.body.decode("utf-8", "replace") if isinstance(refusal.body, bytes) else str(refusal.body)
    return Answer(refusal.status_code, refusal.headers, text)


def _told(text: str) -> list[tuple[str, str]]:
    """The faults that a refusal lists: the field and the words."""
    try:
        errors = json.loads(text)["errors"]
        return [(str(one.get("field") or ""), str(one.get("message") or "")) for one in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
