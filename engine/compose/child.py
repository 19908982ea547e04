"""The process that renders: no secrets, no store, bounded time and memory. Started by pool.py only."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from typing import Any

from engine.compose import wire
from engine.compose.faults import described
from engine.compose.sms import count
from engine.compose.template import Email, Sms, Source, compiled
from engine.vocabulary import Rendered

#: Answers go in groups of about so many bytes: a letter at a time would wake the parent for each.
GROUP = 64 * 1024
MAX_BYTES, MAX_SMS = 1024 * 1024, 1600
TOO_LARGE = "render_error: the message is larger than 1 MiB"
SMS_TOO_LONG = f"render_error: the SMS is longer than {MAX_SMS} characters"


class Child:
    """Answers each letter in its turn. The kernel ends a child that works longer than it may on one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._templates: dict[str, Email | Sms | Source | str] = {}

    def learn(self, key: str, source: Source) -> None:
        """Keeps a template for its first letter, whose time it is made ready in."""
        self._templates[key] = source

    def _ready(self, key: str) -> Email | Sms | str:
        there = self._templates[key]
        if not isinstance(there, Source):
            return there
        made: Email | Sms | str
        try:
            made = compiled(there)
        except Exception as error:  # noqa: BLE001  a template may fail in any way
            made = described(error, there.path)
        self._templates[key] = made
        return made

    def answer(self, key: str, context: dict[str, Any]) -> tuple[Rendered, int]:
        """What the template makes of one context, and whether this child must go afterwards."""
        try:
            template = self._ready(key)
            if isinstance(template, str):
                return Rendered(error=template), 0
            return _checked(template.render(context), context.get("message", {})), 0
        except MemoryError:
            return Rendered(error="render_error: it needs more memory than a message may"), wire.LEAVING
        except Exception as error:  # noqa: BLE001  a template may fail in any way
            return Rendered(error=described(error)), 0

    def bounded(self, work: Any, *arguments: Any) -> Any:
        """Runs within the time for one message, of this process's own CPU; then the kernel ends it."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        try:
            return work(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _checked(made: dict[str, str], message: dict[str, Any]) -> Rendered:
    if not made["text"].strip() or not made.get("subject", "x"):
        what = "subject" if made["text"].strip() else "text"
        return Rendered(error=f"render_error: the {what} is empty")
    if "html" in made:
        if len(made["html"]) + len(made["text"]) > MAX_BYTES:
            return Rendered(error=TOO_LARGE)
        return Rendered(made["subject"], made["html"], made["text"], preheader=made["preheader"])
    text = made["text"]
    if len(text) > MAX_SMS:
        return Rendered(error=SMS_TOO_LONG)
    parts, most = count(text).parts, message.get("max_segments", 0)
    if most and parts > most:
        return Rendered(error=f"sms_too_long: {parts} segments, at most {most} are allowed", segments=parts)
    return Rendered(text=text, segments=parts)


def serve(connection: socket.socket, progress: wire.Progress, seconds: float) -> None:
    """Answers requests until the parent goes away, or until a message has used up the memory."""
    child = Child(seconds)
    requests = connection.makefile("rb", buffering=GROUP)
    begun = 0
    while (request := wire.read_request(requests)) is not None:
        kind, content = request
        if kind == "template":
            key, fields = content
            child.learn(key, Source(**fields))
            continue
        answers = bytearray()
        for key, context in content:
            progress.begun = begun = begun + 1
            rendered, flags = child.bounded(child.answer, key, context)
            answers += _answer(rendered, flags)
            if len(answers) >= GROUP or flags:
                connection.sendall(answers)
                answers.clear()
            if flags & wire.LEAVING:
                return
        connection.sendall(answers)


def _answer(rendered: Rendered, flags: int) -> bytes:
    if "\0" in rendered.text or "\0" in rendered.html:
        rendered = Rendered(error="render_error: it holds the character NUL")
    try:
        return wire.answer(rendered, flags)
    except UnicodeEncodeError:
        return wire.answer(Rendered(error="render_error: it holds half a character"), flags)


def confine(megabytes: int) -> None:
    """No core file with people's data in it, and so much memory above what the interpreter has."""
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_AS", _address_space() + megabytes * 1024 * 1024)


def _limit(name: str, value: int) -> None:
    try:
        resource.setrlimit(getattr(resource, name), (value, value))
    except (AttributeError, ValueError, OSError):
        pass  # macOS knows RLIMIT_AS by name only; the limits of time and output still hold


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 512 * 1024 * 1024


def main(arguments: list[str]) -> None:
    seconds, megabytes, file = float(arguments[0]), int(arguments[1]), int(arguments[2])
    connection, progress = socket.socket(fileno=os.dup(0)), wire.Progress(file)
    os.close(file)
    with open(os.devnull, "r+b") as nowhere:  # nothing that is printed or read by accident meets the parent
        for descriptor in (0, 1):
            os.dup2(nowhere.fileno(), descriptor)
    confine(megabytes)
    connection.sendall(wire.answer(Rendered()))
    serve(connection, progress, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
