"""Dispatchers as real processes, over SMTP, with messages that need no templates."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event

from engine.cycle.dispatch import dispatch
from engine.settings import Settings
from engine.store.database import Database
from tests.outbox import shop

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["engine.cycle.dispatch", "engine.channels.providers.smtp", "tests.outbox.shop"]
)
_PATIENCE = 40.0


def start(url: str, root: Path, port: int, batch: int = 8, now: datetime = shop.NOW) -> ForkServerProcess:
    """One dispatch in a process of its own, whose clock stands at `now`."""
    process = _processes.Process(target=_send, args=(url, root, port, batch, now))
    process.start()
    return process


def _send(url: str, root: Path, port: int, batch: int, now: datetime) -> None:
    database = Database(url)
    dispatch(database, _settings(root, port, batch), shop.write, shop.allow, lambda: now, Event())
    database.close()


def _settings(root: Path, port: int, batch: int) -> Settings:
    email = {
        "provider": "smtp", "from": "Shop <shop@example.com>", "host": "127.0.0.1", "port": port,
        "security": "none", "batch": batch, "connections": 2,
    }  # fmt: skip
    return Settings.model_validate({"channels": {"email": email}, "root": root})


def suspend(process: ForkServerProcess) -> None:
    """SIGSTOP, and waits until it stands still."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")


def wake(process: ForkServerProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGCONT)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)
