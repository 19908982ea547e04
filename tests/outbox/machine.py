"""A property-based state machine over the same steps as the small model, on a store of either kind.

The walk of `model.py` goes everywhere for a few steps; this goes somewhere for many, and on PostgreSQL too.
`python -m tests.outbox.machine 1000 --database postgresql` does it longer than the tests do.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlmodel import SQLModel

from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.cycle.kills.__main__ import store
from tests.outbox import shop
from tests.outbox.model import Model, World

#: What workers do, what befalls them, and what comes from outside.
_WORK = ("claim", "intend", "wire", "settle")
_CRASH = ("die", "kill", "lose", "recover", "tick")
_OUTSIDE = ("hear", "opt", "pause", "resume")


class _Asked:
    """The store, asked in the words in which the model asks SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def execute(self, statement: str, given: Sequence[Any] = ()) -> Any:
        with self._database.read() as connection:
            words = statement if self._database.is_sqlite else statement.replace("?", "%s")
            return _Rows([tuple(row) for row in connection.exec_driver_sql(words, tuple(given)).all()])


class _Rows(list[tuple[Any, ...]]):
    def fetchall(self) -> list[tuple[Any, ...]]:
        return self

    def fetchone(self) -> tuple[Any, ...]:
        return self[0]


class Live(Model):
    """The model's steps on a real store, one after the other and never back."""

    def __init__(self, folder: Path, database: Database, cap: int, hears: bool) -> None:
        self.folder, self.database, self.cap, self.hears, self.stops = folder, database, cap, hears, True
        self.memory: Any = _Asked(database)
        self.owners = {}
        self.world = World(b"")

    def go(self, choice: int, kind: Sequence[str]) -> None:
        """One of the steps that are possible now, of that kind where there is one."""
        every = list(self.steps(self.world))
        possible = [one for one in every if one[0].startswith(tuple(kind))] or every
        name, do = possible[choice % len(possible)]
        before = self.world.steps
        self.world = do()
        journals = tuple((file.stem, file.read_bytes()) for file in sorted(self.folder.glob("*.journal")))
        waiting = self._count_of("delivery WHERE state IN ('unknown', 'retry_wait')")
        self.world = replace(self.world, journals=journals, steps=(*before, name), waits=waiting > 0)
        self._check(self.world)


def machine(database: Database, folder: Path) -> type[RuleBasedStateMachine]:
    """The state machine on that store, which it empties before each example."""

    class Ledger(RuleBasedStateMachine):
        live: Live

        @initialize(
            promise=st.sampled_from(["at_most_once", "at_least_once"]),
            rows=st.integers(1, 2),
            cap=st.sampled_from([1, 99]),
            hears=st.booleans(),
        )
        def begin(self, promise: str, rows: int, cap: int, hears: bool) -> None:
            _empty(database)
            shop.fill(database, 1, promise=promise)
            if rows == 2:
                with database.write() as connection:
                    shop.promise(connection, campaign="second", promise=promise)
            self.live = Live(folder, database, cap, hears)

        @rule(choice=st.integers(0, 99))
        def work(self, choice: int) -> None:
            self.live.go(choice, _WORK)

        @rule(choice=st.integers(0, 99))
        def crash(self, choice: int) -> None:
            self.live.go(choice, _CRASH)

        @rule(choice=st.integers(0, 99))
        def interfere(self, choice: int) -> None:
            self.live.go(choice, _OUTSIDE)

        def teardown(self) -> None:
            if hasattr(self, "live"):
                self.live._leave()

    return Ledger


def _empty(database: Database) -> None:
    with database.write() as connection:
        for one in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(one.delete())


def wander(database: Database, folder: Path, examples: int, steps: int = 30, always: bool = False) -> None:
    """So many ways through the model, `always` the same and the first fault as it is found; else new ones,
    and the shortest way to a fault. Raises Broken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=always,
        phases=[Phase.generate] if always else list(Phase),
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(database, folder), settings=chosen)


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.outbox.machine")
    asked.add_argument("examples", type=int, nargs="?", default=200)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = asked.parse_args()
    logging.disable(logging.CRITICAL)
    with store(chosen.database) as (folder, url):
        upgrade(url)
        database = Database(url)
        wander(database, folder / "workers", chosen.examples)
        database.close()
    print(f"{chosen.database}: {chosen.examples} ways of up to 30 steps, and every invariant held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
