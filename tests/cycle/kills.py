"""Kills real senders with `kill -9` at random moments, against a real SMTP server, and counts.

`python -m tests.cycle.kills 200` does it longer than the tests do, on a store of its own.
"""

import multiprocessing
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event

from engine import clock
from engine.cycle.dispatch import dispatch
from engine.settings import Settings
from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.channels.post import Post, office
from tests.outbox import shop

CONNECTIONS = 2
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["engine.cycle.dispatch", "engine.channels.providers.smtp", "tests.outbox.shop"]
)


def settings(root: Path, port: int) -> Settings:
    email = {
        "provider": "smtp", "from": "Shop <shop@example.com>", "host": "127.0.0.1", "port": port,
        "security": "none", "batch": 8, "connections": CONNECTIONS,
    }  # fmt: skip
    return Settings.model_validate({"channels": {"email": email}, "root": root})


def send(url: str, root: Path, port: int) -> None:
    """What the victims do: one dispatch, as `run` does it."""
    database = Database(url)
    dispatch(database, settings(root, port), shop.write, shop.allow, clock.now, Event())
    database.close()


@dataclass(frozen=True)
class Count:
    """What came of it: kills that hit a living sender, messages taken, and rows by state."""

    kills: int
    taken: list[str]
    states: dict[str, int]


def batter(url: str, root: Path, messages: int, kills: int, seed: int = 0) -> Count:
    """Starts senders and kills them until `kills` are done, then lets one finish."""
    chance, hits = random.Random(seed), 0
    database = Database(url)
    shop.fill(database, messages)
    with office(Post(delay=0.001)) as post:
        while hits < kills:
            victim = _start(url, root, post.port)
            victim.join(chance.uniform(0, 0.3))
            hits += victim.is_alive()
            ended = not victim.is_alive()
            victim.kill()
            victim.join()
            if ended:
                break
        send(url, root, post.port)
    states = shop.states(database)
    database.close()
    return Count(hits, post.recipients_taken, states)


def _start(url: str, root: Path, port: int) -> ForkServerProcess:
    victim = _processes.Process(target=send, args=(url, root, port))
    victim.start()
    return victim


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        upgrade(url)
        count = batter(url, Path(folder), messages=kills * 40, kills=kills, seed=int(started))
    repeated = len(count.taken) - len(set(count.taken))
    print(f"{count.kills} kills, {len(count.taken)} messages taken, {repeated} twice, {count.states}")
    print(f"{time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
