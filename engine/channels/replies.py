"""What an SMTP reply means for the ledger, by the phase in which it comes."""

from __future__ import annotations

import re
from enum import Enum
from io import BufferedIOBase
from smtplib import SMTPResponseException, SMTPServerDisconnected
from typing import NamedTuple

from engine.channels.channel import discreet
from engine.vocabulary import Receipt, Verdict

_ENHANCED = re.compile(rb"\s*([245])\.(\d{1,3})\.(\d{1,3})")
_LONGEST, _MOST = 8_192, 100
#: No such mailbox, moved, or syntactically no address (RFC 5321 4.2.3); the text may say otherwise.
_NO_SUCH_ADDRESS = (550, 551, 553)


class Phase(Enum):
    """Where in a session a reply was given."""

    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    TEXT = "text"


class Reply(NamedTuple):
    """A reply's code and text. A line that is no reply has the code -1, as in smtplib."""

    code: int
    text: bytes

    @classmethod
    def of(cls, error: SMTPResponseException) -> Reply:
        """The reply that smtplib made an exception of."""
        said = error.smtp_error
        return cls(error.smtp_code, said.encode() if isinstance(said, str) else said)

    @classmethod
    def read(cls, lines: BufferedIOBase | None) -> Reply:
        """The next reply. Raises SMTPServerDisconnected at the end, OSError on a broken line."""
        said: list[bytes] = []
        while lines is not None:
            line = lines.readline(_LONGEST)
            if not line:
                raise SMTPServerDisconnected("Connection unexpectedly closed")
            said.append(line[4:].strip())
            if line[3:4] != b"-" or len(said) == _MOST:
                break
        code = int(line[:3]) if line[:3].isdigit() else -1
        return cls(code, b"\n".join(said))

    @property
    def goes_on(self) -> bool:
        """Whether the server is content so far."""
        return 200 <= self.code < 400

    @property
    def hangs_up(self) -> bool:
        """Whether the line is of no use after it: closing, or no longer understood."""
        return self.code == 421 or self.code < 0

    @property
    def enhanced(self) -> str:
        """The RFC 3463 code, such as `5.1.1`; empty when the server gives none."""
        found = _ENHANCED.match(self.text)
        return b".".join(found.groups()).decode() if found else ""


def judged(phase: Phase, reply: Reply) -> Receipt:
    """The receipt for a reply that ends the attempt."""
    code = f"{reply.code} {reply.enhanced}".strip()
    detail = discreet(reply.text)
    if phase is Phase.TEXT and reply.goes_on:
        return Receipt(Verdict.ACCEPTED, provider_id=discreet(reply.text, 100, numbers=True), code=code)
    # Before any recipient is named it speaks of the server, not of the row.
    wide = phase in (Phase.GREETING, Phase.LOGIN, Phase.SENDER)
    if not 400 <= reply.code < 600:
        verdict = Verdict.UNKNOWN if phase is Phase.TEXT else Verdict.LATER
        return Receipt(verdict, code=code, detail=detail or "no_reply", channel_wide=wide)
    if reply.code < 500:  # greylisted, busy, over quota
        return Receipt(Verdict.LATER, code=code, detail=detail, channel_wide=wide)
    return _permanent(phase, reply, code, detail)


def _permanent(phase: Phase, reply: Reply, code: str, detail: str) -> Receipt:
    if phase is Phase.GREETING:
        return Receipt(Verdict.LATER, code=code, detail=detail, channel_wide=True)
    if phase in (Phase.LOGIN, Phase.SENDER) or reply.code in (530, 534, 535, 538):
        # The sender and the login are the same in every message: it is the channel's fault, not a row's.
        return Receipt(Verdict.HALT, code=code, detail=detail)
    nobody = reply.enhanced.startswith("5.1.") if reply.enhanced else phase is Phase.RECIPIENT
    bad_address = nobody and reply.code in _NO_SUCH_ADDRESS
    return Receipt(Verdict.REFUSED, code=code, detail=detail, bad_address=bad_address)
