"""A message's life from the outbox to the provider's answer, batch by batch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import Self, TypeVar

from sqlalchemy import Connection

from engine.channels.channel import open_line
from engine.channels.evidence import imprint
from engine.cycle import evidence, restored
from engine.cycle.allowance import Pace, left_today
from engine.cycle.asking import Recheck, ask
from engine.cycle.patience import patiently
from engine.cycle.watch import Watch, why
from engine.cycle.wire import Letter, Lines, Sent
from engine.offers.settle import settle as settle_codes
from engine.outbox import owner as owners
from engine.outbox import pauses, rests
from engine.outbox.claim import claim
from engine.outbox.intent import intend, one_per_customer, stand_still
from engine.outbox.owner import Owner
from engine.outbox.recover import recover
from engine.outbox.settle import Patience, drop, put_back, settle, unsend
from engine.outbox.tally import tally
from engine.outbox.transitions import Claimed
from engine.settings import ChannelSettings, Settings
from engine.store.database import Database
from engine.vocabulary import Channel, Message, Receipt, State, Verdict

log = logging.getLogger("rekindle.dispatch")
T = TypeVar("T")

_RECOVER_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A claimed row and the message made of it; without one, `reason` says why there is none."""

    row: Claimed
    message: Message | None
    reason: str = ""


#: Makes the messages of a batch: `cycle.letters`.
Write = Callable[[Sequence[Claimed], datetime], Sequence[Draft]]


@dataclass(frozen=True)
class Counts:
    """Where the ledger stands after a dispatch, and which channels could not send, with the reason."""

    by_state: Mapping[str, int]
    troubles: Mapping[str, str] = field(default_factory=dict)
    stopped: bool = False


def dispatch(
    database: Database,
    settings: Settings,
    write: Write,
    recheck: Recheck,
    now: Callable[[], datetime],
    stop: Event,
    campaigns: Sequence[str] = (),
) -> Counts:
    """Sends what is due, until the outbox is empty, or everything in it waits, or `stop` is set."""
    with Office(database, settings, write, recheck, now, stop, tuple(campaigns)) as office:
        office.recover()
        drafts = office.prepare()
        while drafts is not None:
            letters = office.intend(drafts)
            with office.on_the_wire(letters):  # settled at its end
                drafts = office.prepare()  # the next batch is written meanwhile
        office.settle_promises()
        return office.counts()


class Office:
    """One dispatch at work: its claim on rows, its open lines, the channels that must rest.

    It holds at most one batch on the wire and one in writing: its memory does not grow with the outbox.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        write: Write,
        recheck: Recheck,
        now: Callable[[], datetime],
        stop: Event,
        campaigns: tuple[str, ...] = (),
    ) -> None:
        self.database, self.settings = database, settings
        self._write, self._recheck, self._now, self.stop = write, recheck, now, stop
        self._campaigns = campaigns or None
        self._workers = owners.folder(settings.root, database)
        self.patience, self.owner = Patience(), Owner(self._workers, database)
        self._record = restored.Record(database, settings.root)
        self._lines: dict[Channel, Lines] = {}
        self._watch = Watch()
        self._open = list(Channel)
        self._troubles: dict[str, str] = {}
        self._recovered, self._intended = 0.0, now()

    def recover(self) -> None:
        """Takes over from the dead, asks about doubts, and lets the late expire."""
        ask = partial(evidence.ask, self.database, self.settings, self._now, self.stop)
        recover(self.database, self._workers, self._now(), self.patience, self.owner.name, ask)
        self._recovered = time.monotonic()
        self.settle_promises()

    def settle_promises(self) -> None:
        """Codes go out with their messages, or come back with them."""
        self._transact(settle_codes)

    def prepare(self) -> Sequence[Draft] | None:
        """Claims, asks and writes a batch; nothing of the store is held open meanwhile."""
        rows = self._claim_next()
        if rows is None:
            return None
        return [self._fitting(draft) for draft in self._write(rows, self._now())] if rows else []

    def _claim_next(self) -> list[Claimed] | None:
        """A batch of one channel that may be sent as far as the gates know; None: nothing is due."""
        if time.monotonic() - self._recovered > _RECOVER_EVERY:
            self.recover()
        patiently(self.owner.renew)
        while self._open and not self.stop.is_set():
            channel = self._open[0]
            rows = self._transact(partial(self._claim, channel))
            if rows is not None:
                self._open.append(self._open.pop(0))  # the channels take turns
                return rows
            self._open.pop(0)
        return None

    def _claim(self, channel: Channel, connection: Connection) -> list[Claimed] | None:
        now, limit = self._now(), self._room(connection, channel)
        rows = (
            claim(connection, self.owner.name, now, limit, [channel.value], self._campaigns) if limit else []
        )
        if not rows:
            return None
        self._lines_of(channel).ready()
        return ask(connection, rows, self._recheck, self.owner.name, now)

    def _room(self, connection: Connection, channel: Channel) -> int:
        """How many messages may be taken in hand: a batch, or what a rest and the day's cap leave of it."""
        chosen, now = self._channel(channel), self._now()
        limit = rests.room(connection, channel.value, now, chosen.batch)
        left = left_today(connection, channel.value, chosen, now, self.settings.brand.reckoning)
        return limit if left is None else min(limit, left)

    def _fitting(self, draft: Draft) -> Draft:
        row, message = draft.row, draft.message
        if message is None:
            return draft
        if message.channel is Channel.SMS and message.segments > self._channel(message.channel).max_segments:
            return Draft(row, None, "sms_too_long")
        return Draft(row, self._labelled(row, message))

    def _labelled(self, row: Claimed, message: Message) -> Message:
        """What the provider may tell others about the message, and where it may tell us."""
        brand, provider = self.settings.brand, self._channel(message.channel).provider
        callback = f"{brand.public_url.rstrip('/')}/hooks/{provider}?attempt={row.token}"
        return replace(
            message,
            campaign=row.campaign,
            slot=row.slot,
            delivery=row.delivery_id,
            send_by=row.send_by,
            callback=callback if brand.can_be_reached else "",
        )

    def intend(self, drafts: Sequence[Draft]) -> list[Letter]:
        """T4: after this commit, and not before, a message may be put on the wire."""
        letters = self._transact(partial(self._intend, drafts)) if drafts else []
        if letters:
            self._record.sent(self._intended)
        return letters

    def _intend(self, drafts: Sequence[Draft], connection: Connection) -> list[Letter]:
        now, name = self._now(), self.owner.name
        self._intended = now  # the very time of these intents: what we note must not be ahead of the store
        rows = [draft.row for draft in drafts if draft.message is not None]
        if self.stop.is_set() or any(draft.row.channel in self._troubles for draft in drafts):
            put_back(connection, [draft.row for draft in drafts], name, now)
            return []
        stand_still(connection, rows)
        unwritten = [(one.row, State.SKIPPED, one.reason) for one in drafts if one.message is None]
        drop(connection, unwritten, name, now)
        texts = [one.message for one in drafts if one.message and one.message.channel is Channel.SMS]
        imprints, allowed = {one.token: imprint(one.text) for one in texts}, set[str]()
        for turn in one_per_customer(rows):
            asked = ask(connection, turn, self._recheck, name, now)
            allowed |= {row.token for row in intend(connection, asked, name, now, imprints)}
        return [Letter(one.row, one.message) for one in drafts if one.message and one.row.token in allowed]

    @contextmanager
    def on_the_wire(self, letters: Sequence[Letter]) -> Iterator[None]:
        """Hands the batch over while the block runs, then writes the answers down.

        A channel in trouble rests, and keeps what it did not begin.
        """
        if not letters:
            yield
            return
        channel = Channel(letters[0].row.channel)
        lines = self._lines_of(channel)
        batch = lines.start(letters, self.stop)
        try:
            yield
        finally:
            sent = lines.finish(batch, self._grace)
            if sent.trouble is not None:
                self._close(channel, sent.trouble)
            self._transact(partial(self._settle, channel, sent))
            sent.told()
            self.owner.journal.clear()  # the ledger knows it all by now

    def _settle(self, channel: Channel, sent: Sent, connection: Connection) -> None:
        now, name = self._now(), self.owner.name
        unsend(connection, sent.unsent, name, now)
        settle(connection, sent.answers, name, now, self.patience)
        for campaign, reason in self._watch.stopped.items():
            pauses.put(connection, f"campaign:{campaign}", reason, now)
        if sent.trouble is None:
            if any(one.receipt.verdict is not Verdict.UNKNOWN for one in sent.answers):
                rests.clear(connection, channel.value)
        elif sent.trouble.verdict is Verdict.HALT:
            pauses.put(connection, f"channel:{channel}", why(sent.trouble), now)
        elif sent.trouble.until is not None:
            rests.put(connection, channel.value, sent.trouble.until, why(sent.trouble))
        else:
            rests.strike(connection, channel.value, now, why(sent.trouble))

    def counts(self) -> Counts:
        """The ledger's own totals."""
        with self.database.read() as connection:
            found = tally(connection, self._campaigns)
        return Counts(dict(found), dict(self._troubles), self.stop.is_set())

    def _close(self, channel: Channel, trouble: Receipt) -> None:
        self._troubles[channel.value] = why(trouble)
        if channel in self._open:
            self._open.remove(channel)
        log.error("channel %s stopped: %s", channel.value, why(trouble), extra={"channel": channel.value})

    def _lines_of(self, channel: Channel) -> Lines:
        if channel not in self._lines:
            chosen = self._channel(channel)
            opener = partial(open_line, channel, chosen, self.settings.secret, self.settings.root)
            pace = Pace(chosen.per_second)
            self._lines[channel] = Lines(opener, chosen.connections, self.owner.journal, self._watch, pace)
        return self._lines[channel]

    def _channel(self, channel: Channel) -> ChannelSettings:
        chosen: ChannelSettings = getattr(self.settings.channels, channel.value)
        return chosen

    @property
    def _grace(self) -> float:
        return float(self.settings.scheduler.grace.seconds)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        """One transaction, tried again while the store is busy or away."""

        def once() -> T:
            with self.database.write() as connection:
                return work(connection)

        return patiently(once)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for lines in self._lines.values():
            lines.close()
        self.owner.close(clean=kind is None)
