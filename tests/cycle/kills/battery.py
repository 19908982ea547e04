"""Starting senders, killing them, and counting what came of it."""

import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from engine import clock
from engine.compose.library import Library
from engine.cycle.doctor.examination import Patient
from engine.cycle.doctor.invariant import Invariant
from engine.cycle.doctor.rounds import in_order
from engine.rules.loader import RuleBook
from engine.settings import Settings
from tests.cycle.kills.project import Project
from tests.cycle.kills.street import Street

_NOON = clock.parse_instant("2026-03-02T10:00:00Z")
#: Doubts are settled after ten minutes; each sender starts so much later than the one before.
_APART = timedelta(minutes=11)
#: A sender that does nothing for so long is stuck.
_STUCK = 60.0
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["engine.cli.program", "engine.cli.commands", "engine.app", "engine.daemon.service"]
    + [f"engine.channels.providers.{name}" for name in ("smtp", "sendgrid", "twilio")]
)


@dataclass(frozen=True)
class Count:
    """What came of it. `wire` holds, for each kill, how many messages were on the wire."""

    promise: str
    lines: int
    wire: tuple[int, ...]
    taken: Counter[str]
    #: By address: the row's state, and whether it bears `dup_risk`.
    rows: dict[str, tuple[str, bool]]
    #: The invariants that the doctor finds broken afterwards.
    broken: tuple[str, ...] = ()

    @property
    def repeated(self) -> list[str]:
        return [address for address, times in self.taken.items() if times > 1]

    @property
    def lost(self) -> list[str]:
        """Messages that nobody took and no doubt is open about, however the ledger puts it."""
        doubts = ("unknown", "unresolved") if self.promise == "at_most_once" else ()
        told = {address for address, (state, _) in self.rows.items() if state in doubts}
        return [address for address in self.rows if address not in self.taken and address not in told]

    @property
    def doubts(self) -> int:
        """Rows that are, or were, in doubt."""
        return sum(risk or state in ("unknown", "unresolved") for state, risk in self.rows.values())

    @property
    def breaches(self) -> list[str]:
        """What the promise does not allow."""
        again = self.repeated
        found = [f"{one} was taken twice" for one in again if self.promise == "at_most_once"]
        found += [f"{one} was taken twice and is not flagged" for one in again if not self.rows[one][1]]
        found += [f"{one} was lost in silence" for one in self.lost]
        found += [f"{one} is {state} though it was taken" for one, (state, _) in self.rows.items()
                  if one in self.taken and state not in ("accepted", "unknown", "unresolved")]  # fmt: skip
        found += [f"a kill left {many} messages on the wire" for many in self.wire if many > self.lines]
        if self.doubts > sum(self.wire):
            found.append(f"{self.doubts} in doubt, and only {sum(self.wire)} were on the wire")
        return [*found, *self.broken]


def batter(
    project: Project,
    street: Street,
    kills: int,
    seed: int = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Count:
    """Kills that many daemons and runs, each in the middle of something, then lets a run finish."""
    chance, wire = random.Random(seed), list[int]()
    for number in range(kills):
        project.fill(40)
        verb = chance.choice(["run", "daemon"])
        victim = _start(project, street, verb, number)
        _wait(victim, street, chance)
        victim.kill()
        victim.join()
        wire.append(project.wire())
        tell(f"kill {number + 1}: {verb}, {street.count} messages taken, {wire[-1]} on the wire")
    for last in range(1 if project.promise == "at_most_once" else 2):  # the second repeats what is in doubt
        victim = _start(project, street, "run", kills + last)
        victim.join(_STUCK)
        if victim.exitcode != 0:
            raise RuntimeError(f"the last run ended with {victim.exitcode}: see {project.root}/said.log")
    rows = {row.address: (row.state, row.dup_risk) for row in project.ledger()}
    broken = _broken(project, _NOON + _APART * (kills + 1))
    return Count(project.promise, project.lines, tuple(wire), Counter(street.taken()), rows, broken)


def _broken(project: Project, now: datetime) -> tuple[str, ...]:
    """What the doctor says of the ledger."""
    nothing = Library(project.root / "templates")
    patient = Patient(project.database, Settings(root=project.root), RuleBook(), nothing, now, outside=False)
    kinds = {name: kind for name, kind in in_order() if issubclass(kind, Invariant)}
    return tuple(f"{name}: {one.found}" for name, kind in kinds.items() for one in kind().examine(patient))


def _wait(victim: ForkServerProcess, street: Street, chance: random.Random) -> None:
    """Until a random moment: mostly in the middle of sending, sometimes before that."""
    if chance.random() < 0.1:
        victim.join(chance.uniform(0, 0.5))
        return
    enough, end = street.count + chance.randint(1, 25), time.monotonic() + _STUCK
    while street.count < enough and victim.is_alive() and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.01))


def _start(project: Project, street: Street, verb: str, number: int) -> ForkServerProcess:
    now = clock.iso(_NOON + _APART * number)
    environment = {**street.environment, "REKINDLE_NOW": now}
    victim = _processes.Process(target=_send, args=(project.config, verb, environment))
    victim.start()
    return victim


def _send(config: Path, verb: str, environment: dict[str, str]) -> None:
    """What the victims do: the program's own command, in a process of its own."""
    from engine.cli.program import run

    os.environ.update(environment)
    clock._started = time.monotonic()
    with (config.parent / "said.log").open("a") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    sys.exit(run(["--config", str(config), verb]))
