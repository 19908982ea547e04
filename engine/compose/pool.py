"""Rendering behind a fence: marketers' templates are code, and run in processes that can be lost.

A template that loops, explodes or misses a name costs one message. The others of the batch are
rendered, and this process lives.
"""

from __future__ import annotations

import selectors
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from engine.compose import wire
from engine.compose.library import Library
from engine.compose.sources import Prepared, prepare
from engine.compose.worker import Limits, Loss, Worker
from engine.vocabulary import Letter, Rendered

#: Letters to a request; a child has two requests, so that it never waits for us.
CHUNK = 16
#: A template that cost so many children in a row, and gave no message in between, is not tried again.
MAX_LOST = 5
#: A child keeps every template that it was shown, and goes when there are more than these.
MAX_KNOWN = 100


class Renderer:
    """Renders letters in child processes, which start when they are first needed and stay."""

    def __init__(self, folder: Path, workers: int = 1, limits: Limits | None = None) -> None:
        self.folder = folder
        self._limits = limits or Limits()
        self._most = max(1, workers)
        self._workers: list[Worker] = []
        self._selector = selectors.DefaultSelector()
        self._lock = Lock()
        #: By a template's key, the children it has cost since its last message.
        self._lost: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the children."""
        with self._lock:
            for worker in self._workers:
                worker.close()
            self._workers.clear()
            self._selector.close()

    def render(self, letters: Sequence[Letter], library: Library | None = None) -> list[Rendered]:
        """What the templates make of the letters, in their order. `library`: templates as they were kept.

        A template's edit counts from the next call on. Raises RekindleError only when no child starts.
        """
        with self._lock:
            try:
                return _Batch(self, letters, library or Library(self.folder)).run()
            except BaseException:
                self._abandon()
                raise

    def _abandon(self) -> None:
        """After an interruption nobody knows what the children would answer next."""
        for worker in self._workers:
            self._selector.unregister(worker.socket)
            worker.close()
        self._workers.clear()

    def team(self, letters: int) -> list[Worker]:
        """As many workers as these letters keep busy. One that knows too many templates makes room."""
        for worker in [one for one in self._workers if len(one.known) > MAX_KNOWN and not one.under_way]:
            self._selector.unregister(worker.socket)
            self._workers.remove(worker)
            worker.close()
        while len(self._workers) < min(self._most, -(-letters // CHUNK)):
            worker = Worker(self._limits)
            self._selector.register(worker.socket, selectors.EVENT_READ, worker)
            self._workers.append(worker)
        return self._workers

    def dismiss(self, worker: Worker) -> Loss:
        """Ends one worker, and says why it was lost."""
        self._selector.unregister(worker.socket)
        self._workers.remove(worker)
        return worker.end()

    def ready(self, seconds: float) -> list[tuple[Worker, int]]:
        """The workers that can be read from or written to."""
        for worker in self._workers:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.wants_to_write else 0)
            if self._selector.get_key(worker.socket).events != wanted:
                self._selector.modify(worker.socket, wanted, worker)
        return [(key.data, events) for key, events in self._selector.select(seconds)]

    def lost(self, key: str) -> None:
        self._lost[key] += 1

    def went_well(self, key: str) -> None:
        if self._lost:
            self._lost.pop(key, None)

    def given_up(self, key: str) -> bool:
        return self._lost[key] >= MAX_LOST if self._lost else False


class _Batch:
    """The letters of one call: who has them, and what came of them."""

    def __init__(self, renderer: Renderer, letters: Sequence[Letter], library: Library) -> None:
        self._renderer = renderer
        self._letters = letters
        self._results: list[Rendered] = [Rendered()] * len(letters)
        self._open = len(letters)
        self._retried: set[int] = set()
        prepared: dict[str, Prepared] = {}
        for letter in letters:
            if letter.template not in prepared:
                prepared[letter.template] = prepare(library, letter.template)
        self._prepared = [prepared[letter.template] for letter in letters]
        self._pending: deque[int] = deque()
        for number, source in enumerate(self._prepared):
            if source.error:
                self._settle(number, Rendered(error=source.error))
            else:
                self._pending.append(number)

    def _settle(self, number: int, rendered: Rendered) -> None:
        self._results[number] = rendered
        self._open -= 1

    def run(self) -> list[Rendered]:
        while self._open:
            for worker in self._renderer.team(len(self._pending)):
                self._feed(worker)
            for worker, events in self._renderer.ready(1.0):
                if events & selectors.EVENT_WRITE:
                    worker.write()
                if events & selectors.EVENT_READ:
                    self._read(worker)
            for worker in [one for one in self._renderer.team(0) if one.overdue()]:
                self._lost(worker)
        return self._results

    def _feed(self, worker: Worker) -> None:
        """Keeps two requests of letters with the worker."""
        while self._pending and len(worker.under_way) <= CHUNK and not worker.leaving:
            numbers = [self._pending.popleft() for _ in range(min(CHUNK, len(self._pending)))]
            request = b"".join(self._unknown(worker, numbers))
            self._send(worker, request, [n for n in numbers if not self._refused(n)])

    def _unknown(self, worker: Worker, numbers: list[int]) -> list[bytes]:
        """The templates of these letters that the worker has not seen."""
        news = {self._prepared[n].key: self._prepared[n] for n in numbers}
        fresh = [source for key, source in news.items() if key not in worker.known]
        worker.known.update(news)
        return [wire.packed(("template", (source.key, source.fields))) for source in fresh]

    def _refused(self, number: int) -> bool:
        if not self._renderer.given_up(self._prepared[number].key):
            return False
        told = f"render_error: given up after {MAX_LOST} messages in a row that ended the renderer"
        self._settle(number, Rendered(error=told))
        return True

    def _send(self, worker: Worker, request: bytes, numbers: list[int]) -> None:
        content = [(self._prepared[n].key, self._letters[n].context) for n in numbers]
        try:
            worker.send(request + wire.packed(("letters", content)), numbers)
        except ValueError:
            self._one_by_one(worker, request, numbers)

    def _one_by_one(self, worker: Worker, request: bytes, numbers: list[int]) -> None:
        """Some letter holds more than plain data: the others go."""
        worker.send(request, [])
        for number in numbers:
            try:
                content = [(self._prepared[number].key, self._letters[number].context)]
                worker.send(wire.packed(("letters", content)), [number])
            except ValueError:
                self._settle(number, Rendered(error="render_error: the letter holds more than plain data"))

    def _read(self, worker: Worker) -> None:
        try:
            for number, rendered in worker.read():
                self._settle(number, rendered)
                self._renderer.went_well(self._prepared[number].key)
        except EOFError:
            self._lost(worker)

    def _lost(self, worker: Worker) -> None:
        """The letter in hand is to blame, unless the worker said that it would leave; the others go on.

        A child that was ended from outside gets the letter a second try: nobody's message is lost to
        an operator's `kill`.
        """
        loss = self._renderer.dismiss(worker)
        again = list(worker.under_way)
        if loss.letter is not None:
            if loss.proven or loss.letter in self._retried:
                again.remove(loss.letter)
                self._settle(loss.letter, Rendered(error=f"render_error: {loss.why}"))
                self._renderer.lost(self._prepared[loss.letter].key)
            else:
                self._retried.add(loss.letter)
        self._pending.extendleft(reversed(again))
