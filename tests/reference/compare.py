"""The reference against the engine, audience and explain: `python -m tests.reference.compare`."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from engine.store.database import Database
from engine.store.migrate import upgrade
from tests import postgres
from tests.reference.explained import explained_otherwise
from tests.reference.imported import bring, importable
from tests.reference.loading import load
from tests.reference.shop import Shop
from tests.reference.shrink import Difference, smallest
from tests.reference.trials import Trial, answers, trial

DATABASES = ("sqlite", "postgresql")
#: So many differences are made small and told.
MOST = 5


Put = Callable[[Database, Shop], None]


def differences(
    one: Trial, databases: Mapping[str, Database], put: Put = load
) -> Iterator[tuple[Difference, Database]]:
    """Where the engine and the reference differ on any of the databases: for each rule, one customer."""
    for database in databases.values():
        put(database, one.shop)
    rules = one.read(one.rules)
    for as_of, cut in one.instants:
        world, scope = one.world(as_of, cut), one.scope(as_of, cut)
        expected = {name: world.audience(rule) for name, rule in one.rules.items()}
        for name, database in databases.items():
            told = answers(database, rules, scope)
            for rule, ids in expected.items():
                for customer in sorted(ids ^ told[rule])[:1]:
                    yield Difference(one, one.rules[rule], as_of, cut, customer, name), database


@contextmanager
def stores(chosen: str) -> Iterator[dict[str, Database]]:
    """An empty store on each of the chosen databases."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = {}
        for name in DATABASES:
            if chosen in (name, "both"):
                url = _server(folder, stack) if name == "postgresql" else f"sqlite:///{folder / 'shop.db'}"
                upgrade(url)
                found[name] = Database(url)
                stack.callback(found[name].close)
        yield found


def _server(folder: Path, stack: ExitStack) -> str:
    server = folder / "server"
    server.mkdir()
    stack.callback(postgres.stop, server)
    postgres.start(server)
    postgres.execute(server, "CREATE DATABASE shop TEMPLATE template0")
    return postgres.url(server, "shop")


def compare(pairs: int, seed: int, chosen: str, imported: bool = False) -> int:
    """How many differences there are among so many pairs of a rule and an instant; a few are told."""
    began, asked, found, told = time.monotonic(), 0, 0, set[str]()
    with stores(chosen) as databases:
        while asked < pairs:
            one, put, faults = trial(seed), load, 0
            if imported:
                one, put = replace(one, shop=importable(one.shop)), bring
            for difference, database in differences(one, databases, put):
                faults += 1
                _tell(difference, database, told)
            for fault in _explained(one, databases):
                faults += 1
                print(fault, end="\n\n", flush=True)
            asked += len(one.rules) * len(one.instants)
            seed, found = seed + 1, found + faults
    print(
        f"{asked:,} pairs of a rule and an instant on {' and '.join(databases)}: "
        f"{found or 'no'} differences; {time.monotonic() - began:.0f} s"
    )
    return found


def _tell(difference: Difference, database: Database, told: set[str]) -> None:
    """The smallest rule that shows it, unless it was told before or there were enough."""
    if len(told) < MOST:
        least = smallest(difference, database)
        if repr(least.rule) not in told:
            print(least.told(), end="\n\n", flush=True)
        told.add(repr(least.rule))


def _explained(one: Trial, databases: Mapping[str, Database]) -> Iterator[str]:
    """A rule of the trial explained for everybody, at each of its instants."""
    for number, (as_of, cut) in enumerate(one.instants):
        for database in databases.values():
            yield from explained_otherwise(one, list(one.rules)[number : number + 1], as_of, cut, database)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="the first shop's; a fresh one unless given")
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--imported", action="store_true", help="bring the shops in by way of files")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"from seed {seed}", flush=True)
    raise SystemExit(1 if compare(options.pairs, seed, options.database, options.imported) else 0)


if __name__ == "__main__":
    main()
