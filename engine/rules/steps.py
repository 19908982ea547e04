"""A campaign's steps: for now one message. Every other step is refused in a sentence until it works."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from engine.document import Document, Path_
from engine.errors import Problem, Problems
from engine.rules.rule import NAME
from engine.text import did_you_mean
from engine.vocabulary import Channel

CHANNELS = tuple(channel.value for channel in Channel)
#: Steps and keys of docs/rules.md that are still to come.
LATER_STEPS = ("wait", "branch", "split", "first_of", "add_tag", "stop", "push", "webhook")
LATER_KEYS = ("only_if",)
OFFER = "offer"
ONE = "this version sends one message per campaign"
_TEMPLATE = re.compile(r"[\w-]+(/[\w-]+)*\Z")
_FILE = re.compile(r"/?(?:templates/)?(?P<name>\w[\w/-]*)(?:\.[\w-]+)*\Z")


@dataclass(frozen=True, slots=True)
class MessageStep:
    """One message by one channel; `template` is its name, without channel and ending.

    `offer` names what it promises, with a code for each customer.
    """

    channel: Channel
    template: str
    offer: str = ""


def read(document: Document, path: Path_) -> tuple[MessageStep, ...]:
    """The steps that stand at `path`. Raises Problems with every fault in them."""
    value = document.value
    for key in path:
        value = value[key]
    if not isinstance(value, list) or not value:
        hint = "put a dash before each, as in `- email: win-back/letter`"
        raise Problems([Problem(document.place(path), "steps must be a list of at least one step", hint)])
    problems: list[Problem] = []
    steps: list[MessageStep] = []
    for number, written in enumerate(value):
        step = _step(document, (*path, number), written, problems)
        if step and steps:
            where = document.place((*path, number))
            problems.append(Problem(where, f"a second message does not work yet: {ONE}"))
        steps += [step] if step else []
    if problems:
        raise Problems(problems)
    return tuple(steps)


def _step(document: Document, path: Path_, written: Any, problems: list[Problem]) -> MessageStep | None:
    if not isinstance(written, dict):
        problems.append(Problem(document.place(path), "a step is written like `email: win-back/letter`"))
        return None
    told = len(problems)
    for key in written:
        problem = _key(document, (*path, key), key)
        problems += [problem] if problem else []
    channels = [key for key in written if key in CHANNELS]
    if len(channels) > 1:
        hint = "put each into a campaign of its own"
        problems.append(
            Problem(document.key_place((*path, channels[1])), f"one step, one message: {ONE}", hint)
        )
    if len(channels) != 1:
        if told == len(problems):
            hint = f"known: {', '.join(CHANNELS)}"
            problems.append(Problem(document.place(path), "this step names no message", hint))
        return None
    message = _message(document, (*path, channels[0]), written[channels[0]], problems)
    offer = _offer(document, (*path, OFFER), written.get(OFFER, ""), problems) if OFFER in written else ""
    return replace(message, offer=offer) if message else None


def _offer(document: Document, path: Path_, name: Any, problems: list[Problem]) -> str:
    if isinstance(name, str) and re.fullmatch(NAME, name):
        return name
    told = "`offer` names nothing" if name in (None, "") else f"{name!r} is not the name of an offer"
    problems.append(Problem(document.place(path), told, "write it like `offer: comeback`"))
    return ""


def _key(document: Document, path: Path_, key: str) -> Problem | None:
    if key in CHANNELS or key == OFFER:
        return None
    place = document.key_place(path)
    if key in LATER_STEPS:
        return Problem(place, f"`{key}` does not work yet: {ONE}")
    if key in LATER_KEYS:
        return Problem(place, f"`{key}` on a step does not work yet; take it out")
    return Problem(
        place, f"unknown step {key!r}", did_you_mean(key, (*CHANNELS, OFFER, *LATER_STEPS, *LATER_KEYS))
    )


def _message(document: Document, path: Path_, name: Any, problems: list[Problem]) -> MessageStep | None:
    if isinstance(name, str) and _TEMPLATE.match(name):
        return MessageStep(Channel(str(path[-1])), name)
    file = _FILE.match(name) if isinstance(name, str) else None
    hint = f"write {file['name']!r}" if file else "write it like 'win-back/letter'"
    told = f"`{path[-1]}` names no template" if name is None else f"{name!r} is not the name of a template"
    problems.append(Problem(document.place(path), told, hint))
    return None
