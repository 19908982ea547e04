"""One child process and what is under way in it, seen from the parent."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from engine.compose import wire
from engine.errors import RekindleError
from engine.vocabulary import Rendered

#: All that a child learns of its surroundings. No setting of ours, no key, no proxy, no home.
_SHARED = "PATH LANG LC_ALL LC_CTYPE COVERAGE_PROCESS_CONFIG COVERAGE_PROCESS_START".split()
_SLICE = 256 * 1024
_TOO_LONG = "it takes longer than a message may"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may use: CPU seconds, and seconds on the wall; a child's memory in MiB."""

    cpu_seconds: float = 2.0
    wall_seconds: float = 20.0
    memory: int = 256
    start_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a child went; which letter was in its hand, if one was; and whether that is certainly to blame."""

    why: str
    letter: int | None = None
    proven: bool = False


class Worker:
    """A child that takes letters by their number and answers them in their order."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  closed when the child has gone
        self.socket, theirs = socket.socketpair()
        self.socket.setblocking(False)
        with theirs, tempfile.TemporaryFile() as shared:
            shared.truncate(mmap.PAGESIZE)
            self._progress = wire.Progress(shared.fileno())
            self._process = _start(limits, theirs.fileno(), self._complaints.fileno(), shared.fileno())
        self._answered = self._begun = 0
        self.known: set[str] = set()
        self.under_way: deque[int] = deque()
        self._out, self._in = bytearray(), bytearray()
        self._greeted, self.leaving, self._since = False, False, monotonic()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    def send(self, request: bytes, numbers: list[int]) -> None:
        """Puts a request on its way, with the letters that it asks for."""
        if not self.under_way:
            self._since = monotonic()
        self._out += request
        self.under_way += numbers

    def write(self) -> None:
        """Sends as much as goes without waiting."""
        try:
            sent = self.socket.send(memoryview(self._out)[:_SLICE])
        except BlockingIOError:
            return
        except OSError:  # it is dead, which reading will tell
            self._out.clear()
            return
        del self._out[:sent]

    def read(self) -> Iterator[tuple[int, Rendered]]:
        """The answers that have come. Raises EOFError when the child is gone or talks nonsense."""
        if not self._receive():
            raise EOFError
        try:
            found = wire.take_answers(self._in)
        except wire.Garbled:
            raise EOFError from None
        self._since = monotonic()
        for rendered, flags in found:
            if not self._greeted:
                self._greeted = True
                continue
            if not self.under_way:
                raise EOFError
            self.leaving = self.leaving or bool(flags & wire.LEAVING)
            self._answered += 1
            yield self.under_way.popleft(), rendered

    def _receive(self) -> bool:
        try:
            received = self.socket.recv(_SLICE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._in += received
        return bool(received)

    def overdue(self) -> bool:
        """Whether the letter in hand has taken longer than any may."""
        if self._progress.begun != self._begun:
            self._begun, self._since = self._progress.begun, monotonic()
        allowed = self._limits.wall_seconds if self._greeted else self._limits.start_seconds
        return bool(self.under_way) and monotonic() - self._since > allowed

    def end(self) -> Loss:
        """Makes sure that the child is gone, and says in a sentence why it went.

        Raises RekindleError when it never came up: that is our fault, and no template's.
        """
        overdue = self.overdue()
        self.socket.close()
        code = self._gone(0.0 if overdue else 0.5)
        complaint = self._last_complaint()
        if not self._greeted:
            raise RekindleError(f"the renderer does not start: {complaint or f'exit code {code}'}")
        letter = self._in_hand()
        self._progress.close()
        if overdue or code == -signal.SIGPROF:
            return Loss(_TOO_LONG, letter, proven=True)
        return Loss("it ended the renderer", letter)

    def _in_hand(self) -> int | None:
        """The letter that the child had begun last; before it may be some whose answers were not sent yet."""
        if not self.under_way or self.leaving:
            return None
        place = self._progress.begun - self._answered - 1
        return self.under_way[place if 0 <= place < len(self.under_way) else 0]

    def _last_complaint(self) -> str:
        with self._complaints as file:
            file.seek(0)
            lines = file.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def close(self) -> None:
        """Lets the child go; it ends when it sees that nobody listens."""
        self.socket.close()
        self._gone(0.5)
        self._progress.close()
        self._complaints.close()

    def _gone(self, patience: float) -> int:
        """The exit code, after a kill if need be."""
        try:
            return self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _start(limits: Limits, theirs: int, complaints: int, shared: int) -> subprocess.Popen[bytes]:
    """A new interpreter, not a fork: a thread of ours may hold a lock, and memory holds secrets."""
    home = str(Path(__file__).resolve().parents[2])
    environment = {name: os.environ[name] for name in _SHARED if name in os.environ} | {"PYTHONPATH": home}
    numbers = (str(limits.cpu_seconds), str(limits.memory), str(shared))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.compose.child", *numbers],
        env=environment,
        cwd="/",
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        pass_fds=(shared,),
        start_new_session=True,
    )
