"""An SMTP server that takes everything, quickly: a process of its own that only counts what came.

It speaks PIPELINING, and remembers each message's Message-ID, so that a message lost or doubled shows.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_HELLO = b"250-localhost\r\n250-PIPELINING\r\n250-SIZE 33554432\r\n250 8BITMIME\r\n"
_ANSWERS = {
    b"EHLO": _HELLO,
    b"HELO": b"250 localhost\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_END = b"\r\n.\r\n"


class _Conversation:
    """One connection: bytes in, answers out."""

    def __init__(self, seen: Counter[bytes]) -> None:
        self._seen, self._buffer, self._reading = seen, bytearray(), False
        self.over = False

    def hear(self, data: bytes) -> bytes:
        buffer = self._buffer
        buffer += data
        answers: list[bytes] = []
        while True:
            end = buffer.find(_END if self._reading else b"\r\n")
            if end < 0:
                return b"".join(answers)
            answers.append(self._message(end) if self._reading else self._command(end))

    def _message(self, end: int) -> bytes:
        start = self._buffer.find(b"Message-ID:", 0, end)
        self._seen[bytes(self._buffer[start + 11 : self._buffer.find(b"\r\n", start)]).strip()] += 1
        del self._buffer[: end + len(_END)]
        self._reading = False
        return b"250 2.0.0 taken\r\n"

    def _command(self, end: int) -> bytes:
        word = bytes(self._buffer[:4]).upper()
        del self._buffer[: end + 2]
        if word == b"DATA":
            self._reading = True
            return b"354 go on\r\n"
        self.over = self.over or word == b"QUIT"
        return _ANSWERS.get(word, b"500 5.5.1 what?\r\n")


def serve() -> None:
    """Prints its port, takes mail until stdin closes, prints what it took."""
    seen: Counter[bytes] = Counter()
    server = socket.create_server(("127.0.0.1", 0), backlog=128)
    with selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        print(server.getsockname()[1], flush=True)
        _loop(selector, server, seen)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {"messages": seen.total(), "different": len(seen), "cpu": usage.ru_utime + usage.ru_stime}
    print(json.dumps(told), flush=True)


def _loop(selector: selectors.BaseSelector, server: socket.socket, seen: Counter[bytes]) -> None:
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is server:
                line, _ = server.accept()
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line.sendall(b"220 localhost ESMTP\r\n")
                selector.register(line, selectors.EVENT_READ, _Conversation(seen))
            else:
                _answer(selector, key)


def _answer(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    line, talk = key.fileobj, key.data
    assert isinstance(line, socket.socket)
    try:
        data = line.recv(262_144)
        line.sendall(talk.hear(data))
    except OSError:
        data = b""
    if not data or talk.over:
        selector.unregister(line)
        line.close()


@dataclass
class Taken:
    """What the sink took: messages, different ones among them, and its own processor seconds."""

    messages: int = 0
    different: int = 0
    cpu: float = 0.0


class Sink:
    """The sink as a child process; `taken` is known when the `with` block is left."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.sink"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.taken = Taken()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        said, _ = self._process.communicate("", timeout=60)
        self.taken = Taken(**json.loads(said))


if __name__ == "__main__":
    serve()
