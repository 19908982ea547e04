"""The seam for what providers call back with: `Hook.events(call) -> events`, after their signature held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.registry import Registry
from engine.vocabulary import Event, EventKind

Secret = Callable[[str], str]


class Forged(Exception):
    """The signature is missing, or malformed, or not theirs, or there is no key to judge it by."""


@dataclass(frozen=True)
class Call:
    """A request as it came: the raw body, header names in lower case.

    `url` is the address that the provider was given: the configured public one, never what a header says.
    """

    url: str
    body: bytes
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


class Told(Protocol):
    """A message as its provider lists it."""

    @property
    def token(self) -> str: ...
    @property
    def provider_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def code(self) -> str: ...


class Hook(ABC):
    """What one provider tells, and how it signs. Nothing of a call is parsed before it is proved genuine.

    `brand` and `url` say who answers, where people ask.
    """

    def __init__(self, secret: Secret, brand: str = "", url: str = "") -> None:
        self.secret, self.brand, self.url = secret, brand, url

    @abstractmethod
    def events(self, call: Call) -> list[Event]:
        """What the call tells. What it holds that nobody understands is left out. Raises Forged."""

    def listed(self, found: Told, at: datetime) -> list[Event]:
        """The same of a message that the provider lists, when it was asked: as it would have called us."""
        return [
            Event(
                fingerprint=f"listed:{found.token}:{found.provider_id}",
                kind=EventKind.SENT,
                at=at,
                token=found.token,
                provider_id=found.provider_id,
            )
        ]

    def answer(self, events: Sequence[Event], new: int, lifted: int = 0) -> tuple[str, str]:
        """The body and media type of our answer; `new` of the events were not told before, and `lifted`
        numbers were set free by a START."""
        return "", "text/plain"

    def key(self, name: str) -> str:
        """That secret. Raises Forged: without a key nobody is believed."""
        found = self.secret(name)
        if not found:
            raise Forged(f"{name} is not set")
        return found


HOOKS: Registry[Hook] = Registry("engine.events.hooks")
