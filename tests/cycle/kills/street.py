"""The servers that the victims send to: SMTP, and SendGrid and Twilio as their stubs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.channels.carrier import Carrier, Said, carrying
from tests.channels.post import Post, office

#: Between taking a message and saying so: as long as a near provider needs, so that kills fall into it.
_DELAY = 0.004


@dataclass
class Slowly(Post):
    """Thinks before it takes a message, and before it says that it did."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(Random().uniform(0, _DELAY))
        said = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(Random().uniform(0, _DELAY))
        return said


@dataclass
class Street:
    """Everybody who takes messages."""

    post: Post
    sendgrid: Carrier
    twilio: Carrier

    @property
    def count(self) -> int:
        return len(self.post.taken) + len(self.sendgrid.heard) + len(self._orders())

    def _orders(self) -> list[bytes]:
        """What Twilio was asked to send. Asked what it has, it gives no answer that helps."""
        return [one.body for one in self.twilio.heard if one.body]

    def taken(self) -> list[str]:
        """The address of each message, as often as it was taken."""
        mails = [one.json["personalizations"][0]["to"][0]["email"] for one in self.sendgrid.heard]
        texts = [parse_qs(body.decode())["To"][0] for body in self._orders()]
        return [*self.post.recipients_taken, *mails, *texts]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SENDGRID_API_KEY": "SG.x",
            "SENDGRID_BASE_URL": self.sendgrid.url,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "x",
            "TWILIO_BASE_URL": self.twilio.url,
        }


@contextmanager
def street() -> Iterator[Street]:
    mail = Said(202, headers={"X-Message-Id": "m1"}, delay=_DELAY)
    text = Said(201, {"sid": "SM1"}, delay=_DELAY)
    with office(Slowly()) as post, carrying(mail) as sendgrid, carrying(text) as twilio:
        yield Street(post, sendgrid, twilio)
