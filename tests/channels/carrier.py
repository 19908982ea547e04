"""A real HTTP server on loopback in a provider's place: it answers as the test says, badly included."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Said:
    """One answer: a status with a body, or `drop` (reset after the request) or `hang` (no answer at all).

    It comes `delay` seconds after the request was taken.
    """

    status: int = 202
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    way: str = ""
    delay: float = 0.0


@dataclass
class Heard:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Carrier:
    """Answers in the order of `script`; its last one stays. `heard` is what came."""

    script: list[Said] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    port: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> Said:
        with self.lock:
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def carrying(*script: Said) -> Iterator[Carrier]:
    carrier = Carrier(list(script or [Said()]))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the sender died in the middle of it: nobody can take that
                self.close_connection = True
                return
            carrier.heard.append(Heard(self.path, dict(self.headers), body, self.client_address))
            said = carrier.next()
            time.sleep(said.delay)
            if said.way == "hang":
                carrier.closing.wait(10)
            if said.way:
                self._reset()
                return
            content = (said.body if isinstance(said.body, str) else json.dumps(said.body)).encode()
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST  # noqa: N815

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def handle_error(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    carrier.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield carrier
    finally:
        carrier.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
