"""A shop whose daemon is killed: two campaigns, one by email and one by SMS, and newcomers for ever."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine import clock
from engine.app import starter
from engine.outbox import journal
from engine.outbox import owner as owners
from engine.store.database import Database, table
from engine.store.history import ImportRecord
from engine.store.ledger import Delivery
from engine.store.people import Customer

CONNECTIONS = 2
CONFIG = """
brand: {{name: Corner Shop, postal_address: "1 High Street, London", public_url: "https://corner.test"}}
database: {{url: "{url}"}}
channels:
  email: {{{email}, batch: 8, connections: {connections}}}
  sms: {{provider: twilio, from: "+15005550006", batch: 8, connections: {connections}}}
policy: {{consent: assumed, quiet_hours: none, max_share: none, max_data_age: none}}
scheduler: {{every: 1 second, grace: 5 seconds}}
"""
EMAIL = {
    "smtp": "provider: smtp, from: shop@corner.test, host: 127.0.0.1, port: {port}, security: none",
    "sendgrid": "provider: sendgrid, from: shop@corner.test",
}
RULE = """
campaign: by-{channel}
describe: Everybody, once.
schedule: every 1 minute
audience: {{everyone: true}}
delivery: {promise}
steps:
  - {channel}: hello
"""
LETTER = "---\nsubject: Hello\n---\n<p>It is {{ brand.name }}.</p>\n"
_START = clock.parse_instant("2026-03-01T00:00:00Z")
customer, delivery = table(Customer), table(Delivery)


@dataclass
class Project:
    """The folder and the store. `channels` are those that a campaign writes to."""

    root: Path
    url: str
    promise: str
    email: str
    port: int
    channels: Sequence[str] = ("email", "sms")
    people: int = 0
    buried: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        (self.root / "rules").mkdir(parents=True)
        (self.root / "templates").mkdir()
        shutil.copytree(starter() / "templates" / "layouts", self.root / "templates" / "layouts")
        email = EMAIL[self.email].format(port=self.port)
        self.config.write_text(CONFIG.format(url=self.url, email=email, connections=CONNECTIONS))
        for channel in self.channels:
            rule = RULE.format(channel=channel, promise=self.promise)
            (self.root / "rules" / f"by-{channel}.yaml").write_text(rule)
        (self.root / "templates" / "hello.email.j2").write_text(LETTER)
        (self.root / "templates" / "hello.sms.j2").write_text("It is {{ brand.name }}.")
        self.database = Database(self.url)
        with self.database.write() as connection:
            record = {"kind": "customers", "finished_at": _START, "file": "x"}
            connection.execute(table(ImportRecord).insert(), [record])

    @property
    def config(self) -> Path:
        return self.root / "config.yaml"

    @property
    def lines(self) -> int:
        """How many messages can be on the wire at once."""
        return CONNECTIONS * len(self.channels)

    def fill(self, enough: int) -> None:
        """Lets newcomers in until so many messages wait, or will be planned."""
        waiting = ("planned", "claimed", "retry_wait")
        with self.database.write() as connection:
            promised = connection.execute(select(func.count()).select_from(delivery)).scalar_one()
            due = select(func.count()).where(delivery.c.state.in_(waiting))
            ahead = connection.execute(due).scalar_one() + self.people * len(self.channels) - promised
            missing = max(0, enough - ahead) // len(self.channels)
            if missing:
                rows = [_person(self.people + number) for number in range(missing)]
                connection.execute(customer.insert(), rows)
        self.people += missing

    def wire(self) -> int:
        """What the workers that died just now had on the wire, as their journals say."""
        workers = owners.folder(self.root, self.database)
        names = set(owners.leftovers(workers)) - self.buried
        self.buried |= names
        left = [journal.read(workers / f"{name}.journal") for name in names]
        return sum(len(one.noted - set(one.answers)) for one in left)

    def ledger(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(delivery)))


def _person(number: int) -> dict[str, object]:
    email, phone = f"c{number}@people.test", f"+4477{number:08}"
    return {
        "customer_id": f"c{number}", "email": email, "email_address": email,
        "phone": phone, "phone_address": phone, "bucket": number % 1000, "created_at": _START,
    }  # fmt: skip
