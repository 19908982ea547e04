"""The web app on a socket, in a thread of its own: beside a daemon, or alone until a signal."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import FrameType

import uvicorn

from engine.app import App
from engine.errors import YoursToFix
from engine.web.console import routes as console
from engine.web.site import site

#: Answers that are under way have so long, in seconds, after we were told to end.
GRACE = 10
#: Threads in which answers are made, as the library names them.
_WORKER = "AnyIO worker"
log = logging.getLogger("rekindle.web")


class Server:
    """Listens from the moment that it is made, answers from `start` to `stop`."""

    def __init__(self, app: Callable[[], App], host: str, port: int) -> None:
        self._app, self._store = app, app().store  # no store, no door: the error says how to make one
        self._socket = _bound(host, port)
        configured = uvicorn.Config(
            site(app),
            log_config=None,
            access_log=False,  # an address of ours is as good as its token: none belongs into a log
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE,
        )
        self._server = uvicorn.Server(configured)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        console.tell(self._app())
        self._thread.start()

    def stop(self) -> None:
        """Takes no more calls. Those under way are answered, a few seconds long."""
        self._server.should_exit = True

    def join(self) -> None:
        """Waits for the end. An answer that waits for a busy store is not waited for: the process ends."""
        deadline = time.monotonic() + GRACE + 2
        self._thread.join(GRACE + 2)
        self._socket.close()
        workers = [one for one in threading.enumerate() if one.name.startswith(_WORKER)]
        for worker in workers:
            worker.join(max(deadline - time.monotonic(), 0))
        if self._thread.is_alive() or any(worker.is_alive() for worker in workers):
            log.warning("stopped, with an answer unfinished: whoever asked will ask again")
            logging.shutdown()
            os._exit(0)

    def run(self) -> int:
        """Answers until SIGTERM or SIGINT; a second one ends it on the spot. Returns the exit code."""
        signals: SimpleQueue[int] = SimpleQueue()

        def told(number: int, frame: FrameType | None) -> None:
            if self._server.should_exit:
                os._exit(128 + number)
            signals.put(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, told)
        self.start()
        signals.get()
        self.stop()
        self.join()
        return 0


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = error.strerror or str(error)
        raise YoursToFix(
            f"cannot listen on {host}, port {port}: {why}; try another --host or --port"
        ) from None
    # Whom we accept inherits it: else head and body of an answer, written one after the other, wait 40 ms.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
