"""Messages on the wire: a few lines to one channel's provider, each in its own thread, journalled."""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from engine.channels.channel import Provider
from engine.cycle.allowance import Pace
from engine.cycle.watch import Watch
from engine.outbox.journal import Journal
from engine.outbox.settle import Answer
from engine.outbox.transitions import Claimed
from engine.vocabulary import Message, Receipt, Verdict

log = logging.getLogger("rekindle.channels")


class HangUp(BaseException):
    """Raised inside `on_wire` when it is too late to begin: the row was given back already."""


class Unjournalled(Exception):
    """The journal cannot be written (a full disk): without a note, nothing goes on the wire."""


@dataclass(slots=True)
class Letter:
    """A row with its message; `noted` once the message may be on the wire."""

    row: Claimed
    message: Message
    noted: bool = False


@dataclass
class Sent:
    """What became of a batch. `trouble` is the receipt that made the channel rest or halt."""

    answers: list[Answer] = field(default_factory=list)
    unsent: list[Claimed] = field(default_factory=list)
    trouble: Receipt | None = None

    def told(self) -> None:
        """A log line for each campaign and channel: how many were answered how."""
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for one in self.answers:
            counts[one.row.campaign, one.row.channel][one.receipt.verdict.value] += 1
        for row in self.unsent:
            counts[row.campaign, row.channel]["unsent"] += 1
        for (campaign, channel), found in sorted(counts.items()):
            facts = {"campaign": campaign, "channel": channel, "counts": dict(sorted(found.items()))}
            log.info("handed over", extra=facts)


class Lines:
    """The lines of one channel. They stay open from batch to batch; `close` hangs up."""

    def __init__(
        self, opener: Callable[[], Provider], count: int, journal: Journal, watch: Watch, pace: Pace
    ) -> None:
        self._opener, self._count, self._journal = opener, count, journal
        self._watch, self._pace = watch, pace
        self._providers: list[Provider] = []

    def ready(self) -> None:
        """Opens the first line, so that wrong settings are told before a message is promised."""
        if not self._providers:
            self._providers.append(self._opener())

    def start(self, letters: Sequence[Letter], stop: Event) -> Batch:
        """Puts a batch on the wire, and returns at once. After `stop` no further message is begun."""
        while len(self._providers) < min(self._count, len(letters)):
            self._providers.append(self._opener())
        batch = Batch(letters, self._journal, stop, self._watch, self._pace)
        batch.begin(self._providers)
        return batch

    def finish(self, batch: Batch, grace: float) -> Sent:
        """Waits for the batch. After `stop` the messages on the wire have `grace` seconds."""
        sent = batch.finish(grace)
        # Nobody says goodbye on a line that still waits for an answer: it is left to its own timeout.
        lines = zip(self._providers, batch.threads, strict=True)
        self._providers = [provider for provider, thread in lines if not thread.is_alive()]
        return sent

    def close(self) -> None:
        while self._providers:
            self._providers.pop().close()


class Batch:
    """The messages of one batch, shared out among the lines."""

    def __init__(
        self, letters: Sequence[Letter], journal: Journal, stop: Event, watch: Watch, pace: Pace
    ) -> None:
        self._queue = deque(letters)
        self._journal, self._stop, self._watch, self._pace = journal, stop, watch, pace
        self._lock, self._over = Lock(), False
        self._current: dict[int, Letter] = {}
        self._sent = Sent()
        self.threads: list[Thread] = []

    def begin(self, providers: Sequence[Provider]) -> None:
        """Starts a thread for each line."""
        for number, provider in enumerate(providers):
            self.threads.append(Thread(target=self.work, args=(number, provider), daemon=True))
            self.threads[-1].start()

    def work(self, line: int, provider: Provider) -> None:
        """One line's share: letter after letter, until there is none or the channel is in trouble."""
        while self._goes_on():
            try:
                letter = self._current[line] = self._queue.popleft()
            except IndexError:
                return
            if letter.row.campaign in self._watch.stopped:
                with self._lock:
                    self._give_back(line, letter)
                continue
            try:
                receipt = self._send(provider, letter)
            except HangUp:
                return
            with self._lock:
                if self._over:
                    return
                del self._current[line]
                self._take(letter, receipt)

    def _goes_on(self) -> bool:
        """Whether another message may begin: in its turn, and while nothing speaks against it."""
        if self._queue:
            self._pace.wait(self._stop)
        return not self._stop.is_set() and self._sent.trouble is None

    def _give_back(self, line: int, letter: Letter) -> None:
        if not self._over:
            del self._current[line]
            self._sent.unsent.append(letter.row)

    def _send(self, provider: Provider, letter: Letter) -> Receipt:
        def on_wire() -> None:
            with self._lock:
                if self._over:
                    raise HangUp
                try:
                    self._journal.note(letter.row.token)
                except OSError as error:
                    raise Unjournalled(error.strerror) from None
                letter.noted = True

        try:
            return provider.send(letter.message, on_wire)
        except Unjournalled as error:
            return Receipt(Verdict.LATER, code="journal", detail=str(error), channel_wide=True)
        except Exception as error:  # noqa: BLE001  it costs one message, and hides no doubt
            # The error's own words may hold an address: its kind and its place must do.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("fault in a provider: %s at %s:%s", type(error).__name__, place.filename, place.lineno)
            verdict = Verdict.UNKNOWN if letter.noted else Verdict.LATER
            return Receipt(verdict, code="fault", detail=type(error).__name__)

    def _take(self, letter: Letter, receipt: Receipt) -> None:
        self._journal.answer(letter.row.token, receipt)
        self._sent.answers.append(Answer(letter.row, receipt))
        self._sent.trouble = self._watch.take(letter.row, receipt) or self._sent.trouble

    def finish(self, grace: float) -> Sent:
        """Waits; nothing begins after that. What is on the wire still has had its time, and is in doubt."""
        _wait(self.threads, self._stop, grace)
        with self._lock:
            self._over = True
            for letter in self._current.values():
                if letter.noted:
                    self._take(letter, Receipt(Verdict.UNKNOWN, detail="stopped_while_on_the_wire"))
                else:
                    self._sent.unsent.append(letter.row)
            self._sent.unsent += [letter.row for letter in self._queue]
            return self._sent


def _wait(threads: Sequence[Thread], stop: Event, grace: float) -> None:
    deadline = None
    for thread in threads:
        while thread.is_alive():
            thread.join(0.05 if stop.is_set() else 0.5)
            if stop.is_set():
                deadline = deadline or time.monotonic() + grace
                if time.monotonic() >= deadline:
                    return
