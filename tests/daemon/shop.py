"""A shop of a few people with its project folder, and daemons as real processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import clock, settings
from engine.app import App, starter
from engine.cycle import presence
from engine.store.campaigns import Run
from engine.store.database import Database, table
from engine.store.history import ImportRecord
from engine.store.ledger import Delivery
from engine.store.people import Customer

#: Around here the daemons of these tests live.
NOON = "2026-03-02T10:00:00Z"
ROOT = Path(__file__).resolve().parents[2]
#: A run of anything is over by then, or stuck; the machine may be busy with other tests.
PATIENCE = 40.0

CONFIG = """
brand:
  name: Corner Shop
  postal_address: Corner Shop, 1 High Street, London
  public_url: https://corner.test
database: {{url: "{url}"}}
channels:
  email: {{provider: file, from: hello@corner.test}}
policy: {{consent: assumed, quiet_hours: none, max_share: none, max_data_age: none}}
scheduler: {{every: 1 second, grace: 5 seconds}}
"""
RULE = """
campaign: {name}
describe: Everybody, often.
schedule: {schedule}
audience: {{everyone: true}}
reenter: always
steps:
  - email: hello
"""
TEMPLATE = """---
subject: "Hello {{ customer.first_name | default('there') }}"
---
<p>It is {{ brand.name }}.</p>
"""


@dataclass
class Process:
    """A daemon that runs, and what it has said so far."""

    popen: subprocess.Popen[bytes]
    out: Path

    @property
    def said(self) -> str:
        return self.out.read_text("utf-8")

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)

    def says(self, *words: str, times: int = 1) -> None:
        """Waits until the log holds the words."""
        eventually(lambda: all(self.said.count(word) >= times for word in words), lambda: self.said)


def eventually(true: Callable[[], object], otherwise: Callable[[], object] = str) -> None:
    """Waits until it is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it never happened: {otherwise()}"
        time.sleep(0.05)


@dataclass
class Shop:
    """A project folder with one template, and a store with customers."""

    root: Path
    url: str
    running: list[Process] = field(default_factory=list)
    opened: list[App] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.write("config.yaml", CONFIG.format(url=self.url))
        self.write("templates/hello.email.j2", TEMPLATE)
        (self.root / "rules").mkdir()
        shutil.copytree(starter() / "templates" / "layouts", self.root / "templates" / "layouts")
        self.database = Database(self.url)

    def write(self, path: str, text: str) -> None:
        """As careful editors save: the file is never seen half written."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".new").write_text(text, "utf-8")
        file.with_suffix(".new").replace(file)

    def campaign(self, name: str = "hello", schedule: str = "every 1 minute", more: str = "") -> None:
        self.write(f"rules/{name}.yaml", RULE.format(name=name, schedule=schedule) + more)

    def customers(self, count: int) -> None:
        rows = [
            {
                "customer_id": f"c{number}",
                "email": f"c{number}@people.test",
                "email_address": f"c{number}@people.test",
                "first_name": f"Number {number}",
                "bucket": number,
            }
            for number in range(count)
        ]
        with self.database.write() as connection:
            connection.execute(table(Customer).insert(), rows)
            came = clock.parse_instant("2026-03-01T00:00:00Z")
            connection.execute(
                table(ImportRecord).insert().values(kind="customers", finished_at=came, file="x")
            )

    def daemon(self, now: str = "", **environment: str) -> Process:
        """Starts one in the background; its clock starts at `now`."""
        staged = {"REKINDLE_NOW": now} if now else {}
        out = self.root / f"daemon-{len(self.running)}.log"
        with out.open("wb") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "engine", "--config", str(self.root / "config.yaml"), "daemon"],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **staged, **environment},
            )
        self.running.append(Process(popen, out))
        return self.running[-1]

    def app(self, environment: Mapping[str, str] | None = None) -> App:
        """The project, opened in this process."""
        app = App(settings.load(self.root / "config.yaml", environment or {}))
        self.opened.append(app)
        return app

    def cards(self) -> list[dict[str, Any]]:
        """The daemons, as `status` shows them, by their own clock."""
        return presence.daemons(self.database, self.root, clock.parse_instant(NOON))

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Slot, customer and state of every row of the ledger."""
        rows = table(Delivery)
        with self.database.read() as connection:
            return [
                tuple(row)
                for row in connection.execute(select(rows.c.slot, rows.c.customer_id, rows.c.state))
            ]

    def states(self) -> Counter[str]:
        return Counter(state for _, _, state in self.deliveries())

    def runs(self) -> dict[tuple[str, str], str]:
        """The state of each run, by campaign and slot."""
        rows = table(Run)
        with self.database.read() as connection:
            found = connection.execute(select(rows.c.campaign, rows.c.slot, rows.c.state))
            return {(row.campaign, row.slot): row.state for row in found}

    def files(self) -> list[str]:
        """What the file provider was given: the address in each message."""
        letters = (one.read_text("utf-8") for one in (self.root / "outbox").glob("*.eml"))
        return [re.search(r"^To: .*<(.*)>$", letter, re.MULTILINE)[1] for letter in letters]  # type: ignore[index]

    def close(self) -> None:
        for process in self.running:
            if process.popen.poll() is None:
                process.popen.kill()
                process.popen.wait()
        for database in (self.database, *(app.database for app in self.opened)):
            database.close()
