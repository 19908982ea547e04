"""SMS over Twilio's Messages API (2010-04-01), by its official SDK.

The status callback carries the attempt's token; what Twilio says later finds the message by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

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
from engine.channels.evidence import CannotAsk, Doubt, Found, imprint
from engine.channels.http import Answer, Broken, Wire, slow_down
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict

_NO_KEY = Receipt(Verdict.HALT, code="key", detail="TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is not set")
#: Twilio keeps a message at most this long in its queue, in seconds; below the other it is lost at once.
_LONGEST, _SHORTEST = 36_000, 6
#: Their clock and ours may differ by this much. A list that is full may hide a message: it says nothing.
_SKEW, _PAGE = timedelta(minutes=2), 50
_E164 = re.compile(r"\+?\d{3,15}$")

# https://www.twilio.com/docs/api/errors
#: No number, not reachable by SMS, a landline, unknown to its carrier.
_BAD_ADDRESS = {21211, 21214, 21217, 21265, 21614, 30005, 30006}
_OPTED_OUT = 21610
#: The account, the sender or the service is wrong: it is wrong for every message.
_OURS = {
    20003, 20005, 20008, 20404, 21212, 21603, 21606, 21607, 21618, 21619, 21620, 21659, 21660, 21661,
    21701, 21703, 21705, 63038,
}  # fmt: skip
_SLOW_DOWN = {20429, 14107}


class TwilioSettings(ProviderSettings):
    """`from` is a number or name of yours, or give `service`, a Messaging Service (MG...).

    The secrets are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; TWILIO_BASE_URL points elsewhere.
    """

    service: str = Field(default="", pattern=r"^(MG[0-9a-fA-F]{32})?$")
    #: How long Twilio may keep a message before it is sent, in seconds.
    validity: int = Field(default=_LONGEST, ge=_SHORTEST, le=_LONGEST)


class _Line(HttpClient):  # type: ignore[misc]
    """The SDK's client, over a wire that stays open and knows when the first byte has left."""

    def __init__(self, wire: Wire, elsewhere: str) -> None:
        self._wire, self._elsewhere = wire, elsewhere.rstrip("/")
        self.on_wire: OnWire = lambda: None
        self.last: Answer | None = None

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        path = url.partition("://")[2].partition("/")[2]
        where = f"{self._elsewhere}/{path}" if self._elsewhere else url
        said = self._wire.ask(
            method, where, self.on_wire, params=params, data=data, headers=headers, auth=auth
        )
        self.last = said
        return Response(said.status, said.text, said.headers)


@PROVIDERS.register("twilio")
class TwilioProvider(Provider):
    """One persistent connection to Twilio."""

    channels = (Channel.SMS,)
    own = TwilioSettings
    keys = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    lists = True

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        super().__init__(settings, secret, root)
        self._own = own_settings(TwilioSettings, settings)
        if not (settings.sender or self._own.service):
            raise YoursToFix(
                "channels.sms needs `from`, a number of yours, or `service`, a Messaging Service"
            )
        self._account, self._token = secret("TWILIO_ACCOUNT_SID"), secret("TWILIO_AUTH_TOKEN")
        self._wire = Wire(settings.timeout)
        self._line = _Line(self._wire, secret("TWILIO_BASE_URL"))
        self._sdk = Client(self._account or "none", self._token or "none", http_client=self._line)

    def probe(self) -> Receipt:
        """The account, and the Messaging Service where one is used."""
        if not (self._account and self._token):
            return _NO_KEY
        self._line.on_wire, self._line.last = lambda: None, None
        try:
            account = self._sdk.api.v2010.accounts(self._account).fetch()
            if self._own.service:
                self._sdk.messaging.v1.services(self._own.service).fetch()
        except TwilioRestException as error:
            return self._refused(error)
        except Broken as broken:
            return broken.receipt
        except (ValueError, KeyError, TypeError):
            return Receipt(
                Verdict.UNKNOWN, code="account", detail="what answers does not speak as Twilio does"
            )
        if account.status != "active":
            return Receipt(Verdict.HALT, code="account", detail=f"the account is {account.status}")
        told = "the account and the service are" if self._own.service else "the account is"
        return Receipt(Verdict.ACCEPTED, detail=f"{told} active")

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        if not (self._account and self._token):
            return _NO_KEY
        self._line.on_wire, self._line.last = on_wire, None
        try:
            made = self._sdk.messages.create(**self._order(message))
        except TwilioRestException as error:
            return self._refused(error)
        except Broken as broken:
            return broken.receipt
        return Receipt(Verdict.ACCEPTED, provider_id=str(made.sid or ""))

    def _order(self, message: Message) -> dict[str, Any]:
        order: dict[str, Any] = {
            "to": message.to,
            "body": message.text,
            "validity_period": self._validity(message),
        }
        if self._own.service:
            order["messaging_service_sid"] = self._own.service
        if self.settings.sender:
            order["from_"] = self.settings.sender
        if message.callback:
            order["status_callback"] = message.callback
        return order

    def _validity(self, message: Message) -> int:
        """No longer than the message may be late."""
        if message.send_by is None:
            return self._own.validity
        left = int((message.send_by - clock.now()).total_seconds())
        return max(_SHORTEST, min(left, self._own.validity))

    def _refused(self, error: TwilioRestException) -> Receipt:
        """What a status that is no success means: by Twilio's own code first, then by the status."""
        code, status = int(error.code or 0), int(error.status)
        said = self._line.last or Answer(status, {}, "")
        told, detail = str(code or status), discreet(str(error.msg))
        if status == 429 or code in _SLOW_DOWN:
            return slow_down(said, clock.now())
        if status >= 500 or status == 408:
            return Receipt(Verdict.UNKNOWN, code=told, detail=f"answer_lost: http {status}")
        if code == _OPTED_OUT:
            return Receipt(Verdict.REFUSED, code=told, detail="opted_out", opted_out=True)
        if code in _BAD_ADDRESS:
            return Receipt(Verdict.REFUSED, code=told, detail=detail, bad_address=True)
        if code in _OURS or status in (401, 404) or (status == 403 and not code) or status < 400:
            return Receipt(Verdict.HALT, code=told, detail=detail)
        return Receipt(Verdict.REFUSED, code=told, detail=detail)

    def evidence(self, doubts: Sequence[Doubt], known: frozenset[str]) -> list[Found]:
        """Messages listed by To and DateSent: the same text, from our sender, made at that time, only one.

        Two that look alike, listed or in doubt, are no evidence for either. The listing does not hold the
        callback's address, and with it the token, so nothing less will do.
        """
        listed = [one for one in self._listed(doubts) if self._ours(one) and one.sid not in known]
        alike = {doubt.token: [one for one in listed if _fits(one, doubt)] for doubt in doubts}
        claimed = [one.sid for some in alike.values() for one in some]
        return [
            Found(token, one.sid, str(one.status or ""), str(one.error_code or ""))
            for token, (one, *more) in ((token, some) for token, some in alike.items() if some)
            if not more and claimed.count(one.sid) == 1
        ]

    def _listed(self, doubts: Sequence[Doubt]) -> list[Any]:
        if not (self._account and self._token):
            raise CannotAsk(_NO_KEY.detail)
        self._line.on_wire, self._line.last = lambda: None, None
        since = min(one.begun for one in doubts) - _SKEW
        until = max(one.ended for one in doubts) + _SKEW + timedelta(seconds=_LONGEST)
        try:
            found = self._sdk.messages.list(
                to=doubts[0].to,
                date_sent_after=since,
                date_sent_before=until,
                limit=_PAGE,
                page_size=_PAGE,
            )
        except Broken as broken:
            raise CannotAsk(broken.receipt.detail) from None
        except (TwilioException, ValueError, KeyError, TypeError) as error:
            raise CannotAsk(f"{type(error).__name__} {getattr(error, 'status', '')}".strip()) from None
        return [] if len(found) >= _PAGE else list(found)

    def _ours(self, listed: Any) -> bool:
        if not str(listed.direction).startswith("outbound"):
            return False
        if self._own.service:
            return bool(listed.messaging_service_sid == self._own.service)
        return bool(listed.from_ == self.settings.sender)

    def close(self) -> None:
        self._wire.close()


def _fits(listed: Any, doubt: Doubt) -> bool:
    """Whether that may be it: to that number, with that text, made while it was on the wire."""
    made = listed.date_created
    if made is None or listed.to != doubt.to or imprint(str(listed.body or "")) != doubt.imprint:
        return False
    return bool(doubt.begun - _SKEW <= made <= doubt.ended + _SKEW)
