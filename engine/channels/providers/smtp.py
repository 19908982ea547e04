"""Email over SMTP (RFC 5321): one persistent connection a line, commands pipelined (RFC 2920)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from pathlib import Path
from typing import Literal

from pydantic import Field

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
from engine.channels.mime import Unencodable, mime, sender_address, wire_address
from engine.channels.replies import Phase, Reply, judged
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict

_HERE = ("localhost", "127.0.0.1", "::1")
_PORTS = {"none": 25, "starttls": 587, "tls": 465}
#: RFC 5321 gives the answer to the final dot ten minutes, and other answers a twentieth of our patience.
_FINAL = 20


class SmtpSettings(ProviderSettings):
    """Where the server is and how to speak to it; the password is the secret SMTP_PASSWORD."""

    host: str = "localhost"
    port: int | None = Field(default=None, ge=1, le=65_535)
    security: Literal["none", "starttls", "tls"] | None = None
    username: str = ""
    ca_file: str = ""
    hello: str = ""

    @property
    def way(self) -> str:
        """How the line is secured: as told, else STARTTLS, but for port 465 and this very machine."""
        if self.security or self.port == _PORTS["tls"]:
            return self.security or "tls"
        return "none" if self.host in _HERE else "starttls"


class Trouble(Exception):
    """The connection could not be made, for the reason in the receipt."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.detail)
        self.receipt = receipt


@PROVIDERS.register("smtp")
class SmtpProvider(Provider):
    """One connection, opened when the first message comes and again when the server has hung up."""

    channels = (Channel.EMAIL,)
    own = SmtpSettings

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        super().__init__(settings, secret, root)
        self._own = own_settings(SmtpSettings, settings)
        self._sender = sender_address(settings.sender)
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        try:
            to = wire_address(message.to)
            content = mime(message, self.settings.sender, self.settings.reply_to, clock.now())
            smtp, fresh = self._connected()
        except Unencodable as error:
            return Receipt(Verdict.REFUSED, code=error.code, detail=str(error), bad_address=error.bad_address)
        except Trouble as trouble:
            return trouble.receipt
        if not to.isascii() and not smtp.has_extn("smtputf8"):
            return Receipt(Verdict.REFUSED, code="smtputf8", detail="smtputf8")
        try:
            phase, refusal = self._envelope(smtp, to)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            phase, refusal = Phase.SENDER, _unreachable(error)
        if refusal is None:
            return self._content(smtp, content, on_wire)
        hung_up = self._smtp is None and phase is Phase.SENDER
        # A server hangs up on a line that was idle. Nothing of the message has left: dial again, once.
        return self.send(message, on_wire) if hung_up and not fresh else refusal

    @property
    def lacks(self) -> list[str]:
        named = self._own.username and not self.secret("SMTP_PASSWORD")
        return ["SMTP_PASSWORD"] if named else []

    def probe(self) -> Receipt:
        """Greeting, EHLO, STARTTLS and login: all that comes before a message."""
        try:
            self._connected()
        except Trouble as trouble:
            return trouble.receipt
        self.close()
        way = {"none": "without TLS", "starttls": "by STARTTLS", "tls": "by TLS"}[self._own.way]
        login = f", logged in as {discreet(self._own.username)}" if self._own.username else ""
        return Receipt(Verdict.ACCEPTED, detail=f"{self._own.host} takes mail, {way}{login}")

    def _envelope(self, smtp: smtplib.SMTP, to: str) -> tuple[Phase, Receipt | None]:
        """MAIL, RCPT and DATA in one breath where the server allows it. None: it waits for the text."""
        options = [] if to.isascii() else [" SMTPUTF8"]
        if smtp.has_extn("8bitmime"):
            options.append(" BODY=8BITMIME")
        commands = [f"MAIL FROM:<{self._sender}>{''.join(options)}", f"RCPT TO:<{to}>", "DATA"]
        phases = (Phase.SENDER, Phase.RECIPIENT, Phase.DATA)
        pipelined = smtp.has_extn("pipelining")
        if pipelined:
            smtp.send("".join(f"{command}\r\n" for command in commands).encode())
        replies: list[Reply] = []
        for command in commands:
            if not pipelined:
                smtp.send(f"{command}\r\n".encode())
            replies.append(Reply.read(smtp.file))
            if replies[-1].hangs_up or not (pipelined or replies[-1].goes_on):
                break
        refused = next(((p, r) for p, r in zip(phases, replies, strict=False) if not r.goes_on), None)
        if refused is None:
            return Phase.TEXT, None
        self._clear(smtp, replies)
        return refused[0], judged(*refused)

    def _clear(self, smtp: smtplib.SMTP, replies: list[Reply]) -> None:
        """Leaves a refused transaction; a line that the server is closing is not used again."""
        if any(reply.hangs_up for reply in replies):
            self._drop()
            return
        try:
            if len(replies) == 3 and replies[2].code == 354:  # it waits for a text to nobody: an empty one
                smtp.send(b".\r\n")
                smtp.getreply()
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _content(self, smtp: smtplib.SMTP, content: bytes, on_wire: OnWire) -> Receipt:
        """The text and the final dot. From its first byte on, a lost answer is a doubt."""
        try:
            on_wire()
        except BaseException:
            self._drop()  # the server waits for a text: whatever came next would be taken for it
            raise
        try:
            smtp.sock.settimeout(self.settings.timeout * _FINAL)  # type: ignore[union-attr]
            smtp.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            reply = Reply.read(smtp.file)
            smtp.sock.settimeout(self.settings.timeout)  # type: ignore[union-attr]
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Receipt(Verdict.UNKNOWN, code="lost", detail=f"answer_lost: {type(error).__name__}")
        if reply.hangs_up:
            self._drop()
        return judged(Phase.TEXT, reply)

    def _connected(self) -> tuple[smtplib.SMTP, bool]:
        if self._smtp is not None:
            return self._smtp, False
        try:
            smtp = self._dial()
        except smtplib.SMTPConnectError as error:
            raise Trouble(judged(Phase.GREETING, Reply.of(error))) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Trouble(_unreachable(error)) from None
        try:
            self._introduce(smtp)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise Trouble(_introduction(error)) from None
        except Trouble:
            smtp.close()
            raise
        self._smtp = smtp
        return smtp, True

    def _dial(self) -> smtplib.SMTP:
        own, timeout = self._own, self.settings.timeout
        port = own.port or _PORTS[own.way]
        hello = own.hello or _hello()
        if own.way == "tls":
            return smtplib.SMTP_SSL(own.host, port, hello, timeout=timeout, context=self._tls())
        return smtplib.SMTP(own.host, port, hello, timeout=timeout)

    def _introduce(self, smtp: smtplib.SMTP) -> None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]
        smtp.ehlo_or_helo_if_needed()
        if self._own.way == "starttls":
            if not smtp.has_extn("starttls"):
                raise Trouble(_halted("starttls", "the server offers no STARTTLS; look at `security`"))
            smtp.starttls(context=self._tls())
            smtp.ehlo()
        if self._own.username:
            password = self.secret("SMTP_PASSWORD")
            if not password:
                raise Trouble(_halted("login", "SMTP_PASSWORD is not set, and `username` is"))
            smtp.login(self._own.username, password)

    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._own.ca_file or None)
        except OSError:
            raise Trouble(_halted("ca_file", f"{self._own.ca_file} cannot be read")) from None

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Says goodbye, and does not insist on an answer."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                pass
        self._drop()


def _hello() -> str:
    """smtplib would ask the DNS for our full name, which may take long and say nothing."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def _unreachable(error: Exception) -> Receipt:
    """Refused, no such host, no TLS, silence: before any message, so nothing was sent."""
    what = discreet(f"{type(error).__name__}: {error}")
    return Receipt(Verdict.LATER, code="unreachable", detail=what, channel_wide=True)


def _introduction(error: Exception) -> Receipt:
    """What went wrong between the greeting and the first message."""
    if isinstance(error, smtplib.SMTPResponseException):
        return judged(Phase.LOGIN, Reply.of(error))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _halted("login", discreet(str(error)))
    return _unreachable(error)


def _halted(code: str, detail: str) -> Receipt:
    return Receipt(Verdict.HALT, code=code, detail=detail)
