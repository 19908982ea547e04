"""`python -m tests.cycle.kills 100 --database sqlite --channels sendgrid,twilio --delivery at_least_once`."""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.store.migrate import upgrade
from tests import postgres
from tests.cycle.kills.battery import Count, batter
from tests.cycle.kills.project import Project
from tests.cycle.kills.street import street


def main() -> int:
    chosen = _arguments()
    began = time.monotonic()
    with store(chosen.database) as (folder, url), street() as servers:
        upgrade(url)
        email = next((one for one in chosen.channels if one != "twilio"), "smtp")
        channels = [("sms" if one == "twilio" else "email") for one in chosen.channels]
        project = Project(folder / "shop", url, chosen.delivery, email, servers.post.port, channels)
        tell = print if chosen.verbose else lambda line: None
        count = batter(project, servers, chosen.kills, chosen.seed, tell)
        project.database.close()
    what = f"{chosen.database}, {'+'.join(chosen.channels)}, {chosen.delivery}, seed {chosen.seed}"
    print(told(what, count, time.monotonic() - began), flush=True)
    return 1 if count.breaches else 0


def told(what: str, count: Count, seconds: float) -> str:
    """The figures, and whatever breaks the promise."""
    wire = ", ".join(f"{many} in {kills}" for many, kills in sorted(Counter(count.wire).items()))
    flagged = sum(count.rows[one][1] for one in count.repeated)
    figures = f"duplicates {len(count.repeated)} (flagged {flagged}), lost {len(count.lost)}"
    lines = [
        f"{what}: {len(count.wire)} kills, {len(count.rows)} messages, {seconds:.0f} s",
        f"  {figures}, unknown {count.doubts} of {sum(count.wire)} that were on the wire",
        f"  on the wire at each kill: {wire}",
        *(f"  BREACH: {one}" for one in count.breaches),
    ]
    return "\n".join(lines)


@contextmanager
def store(database: str) -> Iterator[tuple[Path, str]]:
    """An empty store of that kind in a folder of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        if database == "sqlite":
            yield folder, f"sqlite:///{folder}/store.db"
            return
        server = folder / "server"
        server.mkdir()
        with postgres.locked(server):
            postgres.start(server)
        try:
            postgres.execute(server, "CREATE DATABASE kills TEMPLATE template0")
            yield folder, postgres.url(server, "kills")
        finally:
            postgres.stop(server)


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m tests.cycle.kills")
    asked.add_argument("kills", type=int, nargs="?", default=100)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--channels", type=lambda text: text.split(","), default=["smtp", "twilio"])
    asked.add_argument("--delivery", choices=["at_most_once", "at_least_once"], default="at_most_once")
    asked.add_argument("--seed", type=int, default=os.getpid())
    asked.add_argument("--verbose", action="store_true")
    return asked.parse_args()


if __name__ == "__main__":
    sys.exit(main())
