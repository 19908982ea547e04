"""A worker's own note of what it put on the wire, beside the ledger and quicker than a commit.

One line before the first byte of a message, one with the answer. A plain `write` survives `kill -9`
but not a power loss: what it says counts on the same boot of the same machine only.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from engine.errors import TryAgain
from engine.vocabulary import Receipt, Verdict

_FORM = "rekindle-journal 1"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot() -> str:
    """What names this machine since it was switched on; empty where it cannot be known."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Journal:
    """The writer's side. `note` and `answer` may be called from any thread."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._head = f"{_FORM} {boot()}\n".encode()
        self.clear()

    def note(self, token: str) -> None:
        """From here on, the message of that token may be on the wire. Raises OSError: it must not go."""
        self._append(f"> {token}")

    def answer(self, token: str, receipt: Receipt) -> None:
        """What the provider said, so that a crash before the commit leaves no doubt."""
        said = [receipt.verdict.value, receipt.provider_id, receipt.code, receipt.detail, receipt.bad_address]
        with suppress(OSError):  # the disk is full: then a crash leaves a doubt, which is no harm
            self._append(f"< {token} {json.dumps(said)}")

    def clear(self) -> None:
        """Forgets what the ledger knows by now. Raises TryAgain."""
        try:
            os.ftruncate(self._handle, 0)
            os.write(self._handle, self._head)
        except OSError as error:
            raise TryAgain(f"the journal of this worker cannot be written: {error.strerror}") from None

    def _append(self, line: str) -> None:
        """The whole line, or OSError. A full disk may have torn the one before: this one begins anew."""
        whole = f"\n{line}\n".encode()
        if os.write(self._handle, whole) != len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@dataclass(frozen=True)
class Evidence:
    """What a dead worker's journal proves. `counts` is False when it proves nothing."""

    counts: bool = False
    noted: frozenset[str] = frozenset()
    answers: dict[str, Receipt] = field(default_factory=dict)

    def never_sent(self, token: str) -> bool:
        """Whether no byte of that message can have left."""
        return self.counts and token not in self.noted


def read(path: Path) -> Evidence:
    """The journal in that file; a missing or another boot's file proves nothing."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Evidence()
    if not boot() or not lines or lines[0] != f"{_FORM} {boot()}":
        return Evidence()
    noted = frozenset(line[2:] for line in lines if line.startswith("> "))
    return Evidence(True, noted, dict(_answers(lines)))


def _answers(lines: Iterable[str]) -> Iterable[tuple[str, Receipt]]:
    for line in lines:
        mark, _, rest = line.partition(" ")
        token, _, said = rest.partition(" ")
        if mark == "<":
            try:
                verdict, provider_id, code, detail, bad_address = json.loads(said)
                yield token, Receipt(Verdict(verdict), provider_id, code, detail, None, bad_address)
            except ValueError:  # torn by the kill: as if it had not been written
                continue
