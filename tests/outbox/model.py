"""The small model: one or two rows, two workers, and everything that can happen, in any order.

The ledger's own code runs on a real SQLite in memory; a state of the world is the database's bytes,
the workers' journals and what they hold, the provider's count and the clock. `walk` goes through all
of them, breadth first, and asserts the invariants in each.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from engine.cycle.asking import ask
from engine.cycle.came_back import record
from engine.outbox import owner as owners
from engine.outbox import pauses
from engine.outbox.claim import claim
from engine.outbox.intent import intend, one_per_customer, stand_still
from engine.outbox.owner import Owner
from engine.outbox.recover import recover
from engine.outbox.settle import Answer, settle, unsend
from engine.outbox.transitions import Claimed, Key
from engine.policy.recheck import ALLOW, Decision
from engine.store.database import Database, table
from engine.store.people import Suppression
from engine.vocabulary import CAPPED, Event, EventKind, Receipt, State, Verdict
from tests.outbox import shop

suppression = table(Suppression)
_USED = [state.value for state in CAPPED if state not in (State.PLANNED, State.CLAIMED, State.RETRY_WAIT)]
#: The provider does not have a message in any of these.
_NOT_SENT = ("failed", "suppressed", "skipped", "cancelled", "expired")
_WAITING = ("planned", "claimed", "retry_wait")


class Broken(AssertionError):
    """An invariant does not hold, after these steps."""


@dataclass(frozen=True)
class Hand:
    """A worker: its name while it lives, what it is about to do, with which rows and answers."""

    name: str = ""
    phase: str = "idle"
    rows: tuple[Claimed, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class World:
    """A state of everything. `journals` holds the dead workers' files too."""

    store: bytes
    hands: tuple[Hand, Hand] = (Hand(), Hand())
    journals: tuple[tuple[str, bytes], ...] = ()
    taken: tuple[tuple[Key, int], ...] = ()
    minutes: int = 0
    paused: bool = False
    opted_out: bool = False
    waits: bool = False
    heard: tuple[Key, ...] = ()
    proven: tuple[Key, ...] = ()
    names: int = 0
    steps: tuple[str, ...] = ()


class Model:
    """Runs one step of the world at a time, on the real code."""

    def __init__(
        self, folder: Path, source: Path, cap: int = 99, stops: bool = True, hears: bool = False
    ) -> None:
        self.folder, self.cap, self.stops, self.hears = folder, cap, stops, hears
        self.memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        content = bytearray(source.read_bytes())
        content[18:20] = b"\x01\x01"  # a database in memory cannot be in WAL mode
        self.memory.deserialize(bytes(content))
        self.database = Database("sqlite:///memory.db")
        engine = create_engine("sqlite://", creator=lambda: self.memory, poolclass=StaticPool)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        self.database._writer = self.database._reader = engine
        self.owners: dict[str, Owner] = {}
        self.world = World(b"")

    def start(self) -> World:
        return World(self.memory.serialize())

    def close(self) -> None:
        self._leave()
        self.database.close()
        self.memory.close()

    # -- moving between worlds -----------------------------------------------------------------

    def enter(self, world: World) -> None:
        """Makes the world so: the store, the files, and the locks of the living."""
        self._leave()
        self.world = world
        self.memory.deserialize(world.store)
        for name, content in world.journals:
            (self.folder / f"{name}.journal").write_bytes(content)
        for hand in world.hands:
            if hand.name:
                self._hire(hand.name)
                kept = dict(world.journals).get(hand.name)
                if kept is None:
                    owners.bury(hand.name, self.folder)
                else:
                    (self.folder / f"{hand.name}.journal").write_bytes(kept)

    def _leave(self) -> None:
        for one in self.owners.values():
            one.close(clean=False)
        self.owners.clear()
        for file in self.folder.glob("*.journal"):
            file.unlink()

    def _hire(self, name: str) -> Owner:
        given, owners._new_name = owners._new_name, lambda: name
        try:
            self.owners[name] = Owner(self.folder, self.database)
        finally:
            owners._new_name = given
        return self.owners[name]

    def after(self, world: World, step: str, do: Callable[[], World]) -> World:
        """The world after the step, checked."""
        self.enter(world)
        changed = do()
        journals = tuple((path.stem, path.read_bytes()) for path in sorted(self.folder.glob("*.journal")))
        changed = replace(
            changed, store=self.memory.serialize(), journals=journals, steps=(*world.steps, step)
        )
        self._check(changed)
        waiting = self._count_of("delivery WHERE state IN ('unknown', 'retry_wait')")
        return replace(changed, waits=waiting > 0)

    @property
    def now(self) -> Any:
        return shop.NOW + timedelta(minutes=self.world.minutes)

    def _with(self, number: int, hand: Hand, **more: Any) -> World:
        hands = (hand, self.world.hands[1]) if number == 0 else (self.world.hands[0], hand)
        return replace(self.world, hands=hands, **more)

    # -- what can happen -----------------------------------------------------------------------

    def steps(self, world: World) -> Iterator[tuple[str, Callable[[], World]]]:
        for number, hand in enumerate(world.hands):
            for name, do in self._steps_of(world, number, hand):
                yield f"{name} {number}", do
        yield "recover", self._recover
        if world.waits and world.minutes < 44:
            yield "tick", self._tick
        for key, _ in world.taken if self.hears else ():
            if key not in world.heard:
                yield "hear", partial(self._hear, key)
        if self.stops and not world.opted_out:
            yield "opt out", self._opt_out
        if self.stops:
            yield "resume" if world.paused else "pause", self._pause

    def _steps_of(self, world: World, number: int, hand: Hand) -> Iterator[tuple[str, Callable[[], World]]]:
        if hand.phase == "idle":
            yield "claim", lambda: self._claim(number)
        if hand.phase == "claimed":
            yield "intend", lambda: self._intend(number)
        if hand.phase == "intended":
            for verdict in (Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.LATER):
                yield f"wire {verdict}", partial(self._wire, number, verdict)
            yield "die on the wire", lambda: self._die_on_the_wire(number)
        if hand.phase in ("intended", "answered"):
            yield "settle", lambda: self._settle(number)
        if hand.name:
            yield "kill", lambda: self._kill(number)
        if hand.name in dict(world.journals):
            yield "lose file", lambda: self._lose_file(number)

    def _claim(self, number: int) -> World:
        hand, names = self.world.hands[number], self.world.names
        if not hand.name:
            hand, names = Hand(f"w{names}"), names + 1
            self._hire(hand.name)
        with self.database.write() as connection:
            rows = claim(connection, hand.name, self.now, 2)
            rows = ask(connection, rows, self._recheck, hand.name, self.now)
        phase = "claimed" if rows else "idle"
        return self._with(number, replace(hand, phase=phase, rows=tuple(rows)), names=names)

    def _intend(self, number: int) -> World:
        hand, intended = self.world.hands[number], list[Claimed]()
        with self.database.write() as connection:
            stand_still(connection, hand.rows)
            for turn in one_per_customer(hand.rows):
                asked = ask(connection, turn, self._recheck, hand.name, self.now)
                intended += intend(connection, asked, hand.name, self.now)
        if intended and (self.world.opted_out or self.world.paused):
            raise Broken("an intent was committed after an opt-out or a pause")
        phase = "intended" if intended else "idle"
        return self._with(number, replace(hand, phase=phase, rows=tuple(intended)))

    def _wire(self, number: int, verdict: Verdict) -> World:
        """The first open row goes out; the provider takes it or refuses it, the answer comes or is lost."""
        hand = self.world.hands[number]
        row = hand.rows[len(hand.answers)]
        journal = self.owners[hand.name].journal
        journal.note(row.token)
        answer = Answer(row, Receipt(verdict, "x" if verdict is Verdict.ACCEPTED else ""))
        journal.answer(row.token, answer.receipt)
        answers = (*hand.answers, answer)
        phase = "answered" if len(answers) == len(hand.rows) else "intended"
        taken = self.world.taken if verdict is Verdict.LATER else self._taken(row)
        return self._with(number, replace(hand, phase=phase, answers=answers), taken=taken)

    def _die_on_the_wire(self, number: int) -> World:
        hand = self.world.hands[number]
        row = hand.rows[len(hand.answers)]
        self.owners[hand.name].journal.note(row.token)
        self.world = replace(self.world, taken=self._taken(row))
        return self._kill(number)

    def _taken(self, row: Claimed) -> tuple[tuple[Key, int], ...]:
        if row.key in self.world.proven:
            raise Broken(f"sent again what the provider says it has, after {', '.join(self.world.steps)}")
        taken = dict(self.world.taken)
        taken[row.key] = taken.get(row.key, 0) + 1
        return tuple(sorted(taken.items()))

    def _settle(self, number: int) -> World:
        hand = self.world.hands[number]
        with self.database.write() as connection:
            unsend(connection, hand.rows[len(hand.answers) :], hand.name, self.now)
            settle(connection, hand.answers, hand.name, self.now)
        self.owners[hand.name].journal.clear()
        return self._with(number, Hand(hand.name))

    def _kill(self, number: int) -> World:
        self.owners.pop(self.world.hands[number].name).close(clean=False)
        return self._with(number, Hand())

    def _lose_file(self, number: int) -> World:
        """Somebody clears the folder of a living worker: from now on it can be taken for dead."""
        owners.bury(self.world.hands[number].name, self.folder)
        return self.world

    def _recover(self) -> World:
        recover(self.database, self.folder, self.now)
        doubted = "SELECT dedupe_key FROM delivery WHERE state IN ('unknown', 'unresolved')"
        if {key for _, key in self.world.heard} & {key for (key,) in self.memory.execute(doubted)}:
            raise Broken(f"in doubt, and the provider told of it, after {', '.join(self.world.steps)}")
        return self.world

    def _hear(self, key: Key) -> World:
        """The provider tells that it delivered a message; it stays so, unless it is on the wire again."""
        named = "SELECT delivery_id, state FROM delivery WHERE dedupe_key = ?"
        ((delivery_id, before),) = self.memory.execute(named, (key[1],)).fetchall()
        told = Event(key[1], EventKind.DELIVERED, self.now, delivery_id=delivery_id)
        with self.database.write() as connection:
            record(connection, [told, told], self.now)
        ((_, after),) = self.memory.execute(named, (key[1],)).fetchall()
        if after != ("sending" if before == "sending" else "accepted"):
            raise Broken(f"a {before} message that was delivered is {after}")
        on_its_way = any(
            row.key == key for hand in self.world.hands if hand.phase == "intended" for row in hand.rows
        )
        proven = self.world.proven if on_its_way else (*self.world.proven, key)
        return replace(self.world, heard=(*self.world.heard, key), proven=proven)

    def _opt_out(self) -> World:
        with self.database.write() as connection:
            row = {"channel": "email", "address": "x", "reason": "stop", "at": self.now, "source": ""}
            connection.execute(suppression.insert(), [row])
        return replace(self.world, opted_out=True)

    def _pause(self) -> World:
        with self.database.write() as connection:
            if self.world.paused:
                connection.execute(pauses.pause.delete())
            else:
                pauses.put(connection, "all", "test", shop.NOW)
        return replace(self.world, paused=not self.world.paused)

    def _tick(self) -> World:
        return replace(self.world, minutes=self.world.minutes + 22)

    def _recheck(self, connection: Connection, keys: Sequence[Key], now: Any) -> dict[Key, Decision]:
        if self._count(connection, "suppression"):
            return {key: Decision(allow=False, state=State.SUPPRESSED, reason="suppressed") for key in keys}
        states = ", ".join(f"'{state}'" for state in _USED)
        if self._count(connection, f"delivery WHERE state IN ({states})") >= self.cap:
            return {key: Decision(allow=False, state=State.SKIPPED, reason="frequency_cap") for key in keys}
        return dict.fromkeys(keys, ALLOW)

    @staticmethod
    def _count(connection: Connection, of: str) -> int:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {of}").scalar_one())

    # -- what must hold in every world ---------------------------------------------------------

    def _check(self, world: World) -> None:
        taken = dict(world.taken)
        rows = self.memory.execute(
            "SELECT customer_id, dedupe_key, state, promise, dup_risk, epoch FROM delivery"
        ).fetchall()
        before = self._epochs(world)
        open_attempts = "SELECT count(*) FROM attempt WHERE ended_at IS NULL GROUP BY customer_id, dedupe_key"
        problems = [f"open attempts {n}" for (n,) in self.memory.execute(open_attempts) if n > 1]
        for customer, key, state, promise, dup_risk, epoch in rows:
            count = taken.get((customer, key), 0)
            if count > 1 and (promise == "at_most_once" or not dup_risk):
                problems.append(f"I2/I3: {key} was accepted {count} times")
            if state == "accepted" and not count:
                problems.append("I4: accepted, and the provider does not have it")
            again = dup_risk and promise == "at_least_once" and state in _WAITING
            if state in (*_NOT_SENT, *_WAITING) and count and not again:
                problems.append(f"I4: {state}, and the provider has it")
            if epoch < before.get((customer, key), 0):
                problems.append("I7: an epoch fell")
        used = sum(row[2] in _USED for row in rows)
        if used > self.cap and sum(taken.values()) > self.cap:
            problems.append(f"I6: {used} used under a cap of {self.cap}")
        if problems:
            raise Broken(f"{problems} after {', '.join(world.steps)}")

    def _epochs(self, world: World) -> dict[Key, int]:
        return {row.key: row.epoch for hand in world.hands for row in hand.rows}

    def essence(self, world: World) -> str:
        """What makes two worlds the same: all but the names that chance gave, and which hand is which."""
        return min(self._essence(world, world.hands), self._essence(world, world.hands[::-1]))

    def _essence(self, world: World, hands: Sequence[Hand]) -> str:
        rows = self.memory.execute(
            "SELECT customer_id, campaign, state, reason, epoch, attempts, not_before, dup_risk, sent_at,"
            " owner FROM delivery"
        ).fetchall()
        attempts = self.memory.execute("SELECT dedupe_key, epoch, verdict, token FROM attempt").fetchall()
        names = {hand.name: f"hand{number}" for number, hand in enumerate(hands) if hand.name}
        for row in rows:
            names.setdefault(str(row[-1]), f"dead{len(names)}")
        tokens = {token: f"{key}-{epoch}" for key, epoch, _, token in attempts}
        tokens |= {row.token: f"{row.dedupe_key}-{row.epoch}" for hand in hands for row in hand.rows}
        journals = [(names[name], _renamed(text, tokens)) for name, text in world.journals if name in names]
        shown = [(*row[:-1], names[str(row[-1])]) for row in rows]
        closed = [attempt[:3] for attempt in attempts]
        held = [(hand.phase, bool(hand.name), [answer.receipt.verdict for answer in hand.answers],
                 [(row.key, row.epoch) for row in hand.rows]) for hand in hands]  # fmt: skip
        plain = (world.taken, world.minutes, world.paused, world.opted_out, world.heard)
        return repr((sorted(shown, key=str), sorted(closed, key=str), held, sorted(journals), plain))

    def _count_of(self, of: str) -> int:
        return int(self.memory.execute(f"SELECT count(*) FROM {of}").fetchone()[0])


def _renamed(content: bytes, tokens: dict[str, str]) -> list[str]:
    lines = content.decode().splitlines()[1:]
    return [" ".join(tokens.get(word, word) for word in line.split()) for line in lines]


def walk(model: Model, depth: int, start: Sequence[str] = ()) -> int:
    """All worlds up to `depth` steps after the steps of `start`; how many there are. Raises Broken."""
    world = model.start()
    for wanted in start:
        world = model.after(world, wanted, dict(model.steps(world))[wanted])
    frontier, seen = [world], set[str]()
    for _ in range(depth):
        following = []
        for world in frontier:
            for step, do in model.steps(world):
                reached = model.after(world, step, do)
                essence = model.essence(reached)
                if essence not in seen:
                    seen.add(essence)
                    following.append(reached)
        frontier = following
    return len(seen)
