"""Many processes on one PostgreSQL: each message is sent once.

`python -m tests.cycle.eight --messages 100000` does it with more than the tests do.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.channels.post import Post, office
from tests.cycle import senders
from tests.cycle.kills.__main__ import store
from tests.outbox import shop

#: So many customers are made in one statement.
_CHUNK = 10_000


@dataclass(frozen=True)
class Count:
    """How often each message was taken, where the ledger's rows stand, and how long the sending took."""

    taken: Counter[str]
    states: dict[str, int]
    exits: list[int | None]
    seconds: float

    @property
    def repeated(self) -> int:
        return sum(times > 1 for times in self.taken.values())


def together(url: str, root: Path, messages: int, processes: int, batch: int = 200) -> Count:
    """All of them send at once, until nothing waits."""
    database = Database(url)
    for begin in range(0, messages, _CHUNK):
        shop.fill(database, min(_CHUNK, messages - begin), begin)
    with office(Post()) as post:
        began = time.monotonic()
        team = [senders.start(url, root, post.port, batch) for _ in range(processes)]
        for one in team:
            one.join()
        seconds = time.monotonic() - began
    states = shop.states(database)
    database.close()
    return Count(Counter(post.recipients_taken), states, [one.exitcode for one in team], seconds)


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.cycle.eight")
    asked.add_argument("--messages", type=int, default=100_000)
    asked.add_argument("--processes", type=int, default=8)
    chosen = asked.parse_args()
    with store("postgresql") as (folder, url):
        upgrade(url)
        count = together(url, folder, chosen.messages, chosen.processes)
    lost = chosen.messages - len(count.taken)
    rate = chosen.messages / count.seconds
    print(f"{chosen.processes} processes, {chosen.messages} messages: {count.repeated} twice, {lost} lost")
    print(f"the ledger: {count.states}; {count.seconds:.0f} s, {rate:.0f} a second; exits {count.exits}")
    return 0 if not (count.repeated or lost) and count.states == {"accepted": chosen.messages} else 1


if __name__ == "__main__":
    sys.exit(main())
