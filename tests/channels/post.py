"""A real SMTP server on loopback that behaves as the test says, and keeps what it took."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Post:
    """The server's manners. A recipient is answered as `recipients` says, a text as `texts` says;
    what is not named there is taken. `drop` hangs up instead of answering. `when` so many are taken,
    something happens."""

    recipients: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    senders: list[str] = field(default_factory=list)
    pipelining: bool = False
    delay: float = 0.0
    when: dict[int, Callable[[], None]] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self._next(server, self.senders)
        if said.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return said

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self._next(server, self.recipients.get(address, []))
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        (to,) = envelope.rcpt_tos
        answers = self.texts.get(to, [])
        if not answers or answers[0] in ("drop", "hang") or answers[0].startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append((to, envelope.content))
            self.when.get(len(self.taken), lambda: None)()
        if answers and answers[0] == "hang":
            answers.pop(0)
            await asyncio.sleep(3600)
        return self._next(server, answers)

    def _next(self, server: SMTP, answers: list[str]) -> str:
        """The next answer of the list; its last one stays for ever, if it ends with `...`."""
        said = answers[0] if answers else "250 2.0.0 OK"
        if answers and not said.endswith("..."):
            answers.pop(0)
        if said.startswith(("drop", "421")):
            loop = asyncio.get_running_loop()
            hang_up: Any = server.transport
            loop.call_later(0 if said == "drop" else 0.02, hang_up.abort)
        if said == "drop":
            return ""
        return said.removesuffix("...")

    @property
    def recipients_taken(self) -> list[str]:
        return [to for to, _ in self.taken]


class _Controller(Controller):
    """aiosmtpd's own, on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def office(post: Post, **options: Any) -> Iterator[Post]:
    """The server, for as long as the block lasts; `post.port` is where."""
    controller = _Controller(post, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    post.port = controller.port
    post.connections = 0
    try:
        yield post
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def only(password: str) -> Any:
    """An authenticator for that password."""

    def check(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        return AuthResult(success=auth_data.password == password.encode(), handled=False)

    return check
