"""The seam to the outside: `Provider.send(message) -> Receipt`, one call, one message."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.channels.evidence import Doubt, Found
from engine.errors import YoursToFix
from engine.registry import Registry
from engine.settings import ChannelSettings
from engine.text import did_you_mean
from engine.vocabulary import Channel, Message, Receipt

#: Called by a provider just before the first byte that could make the message exist elsewhere.
OnWire = Callable[[], None]
Secret = Callable[[str], str]


class ProviderSettings(BaseModel):
    """The keys that a provider adds to its channel's section of config.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Provider(ABC):
    """One line to one carrier. A line is used by one thread at a time; there may be several.

    A provider tells apart what the ledger must know apart: a refusal, a refusal for now, a channel
    that is down or misconfigured, and a doubt. It does not raise for any of them, and never claims
    to know what it does not: an answer lost after `on_wire` is `unknown`.
    """

    channels: ClassVar[tuple[Channel, ...]] = ()
    #: Whether the carrier lists what it took, so that `evidence` can say something.
    lists: ClassVar[bool] = False
    own: ClassVar[type[ProviderSettings]] = ProviderSettings
    #: The secrets that it needs.
    keys: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        self.settings = settings
        self.secret = secret
        self.root = root

    @abstractmethod
    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        """Hands the message over and says what came of it."""

    @property
    def lacks(self) -> list[str]:
        """The secrets that are not set, and without which nothing can be sent."""
        return [name for name in self.keys if not self.secret(name)]

    def probe(self) -> Receipt | None:
        """Tries key and reach, and sends nothing: `accepted` says that a message could go now.

        As in `send`, nothing is raised. None: the provider cannot be asked.
        """
        return None

    def evidence(self, doubts: Sequence[Doubt], known: frozenset[str]) -> Sequence[Found]:
        """Which of these messages, all to one address, the carrier has beyond doubt; one request.

        `known` are its names for messages of ours that are in no doubt. What could be another message says
        nothing. Raises CannotAsk.
        """
        return ()

    def close(self) -> None:
        """Hangs up."""
        return


PROVIDERS: Registry[Provider] = Registry("engine.channels.providers")

S = TypeVar("S", bound=ProviderSettings)


def own_settings(kind: type[S], settings: ChannelSettings) -> S:
    """The provider's own keys, checked. Raises YoursToFix with the wrong one."""
    try:
        return kind.model_validate(settings.extra)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            common = (field.alias or name for name, field in ChannelSettings.model_fields.items())
            hint = did_you_mean(key, [*kind.model_fields, *common])
            raise YoursToFix(
                f"channels: provider {settings.provider} has no setting {key!r} ({hint})"
            ) from None
        said = fault["msg"].removeprefix("Value error, ").replace("Input should", "it should")
        raise YoursToFix(f"channels: {key} of provider {settings.provider}: {said}") from None


class Redirected(Provider):
    """Staging: every message goes to one address, whoever it was meant for."""

    def __init__(self, inner: Provider, to: str) -> None:
        super().__init__(inner.settings, inner.secret, inner.root)
        self._inner, self._to = inner, to

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        receipt = self._inner.send(replace(message, to=self._to), on_wire)
        return replace(receipt, bad_address=False)  # it says nothing about the customer's address

    @property
    def lacks(self) -> list[str]:
        return self._inner.lacks

    def probe(self) -> Receipt | None:
        return self._inner.probe()

    def close(self) -> None:
        self._inner.close()


def open_line(channel: Channel, settings: ChannelSettings, secret: Secret, root: Path) -> Provider:
    """A line to the channel's provider, redirected if the settings say so. Raises YoursToFix."""
    if settings.provider not in PROVIDERS:
        hint = did_you_mean(settings.provider, PROVIDERS)
        raise YoursToFix(f"channels.{channel}: there is no provider {settings.provider!r} ({hint})")
    kind = PROVIDERS[settings.provider]
    if channel not in kind.channels:
        able = ", ".join(name for name, other in PROVIDERS.kinds.items() if channel in other.channels)
        raise YoursToFix(
            f"channels.{channel}: {settings.provider} does not carry {channel} (these do: {able})"
        )
    provider = kind(settings, secret, root)
    return Redirected(provider, settings.redirect_to) if settings.redirect_to else provider


_EMAIL = re.compile(r"[^\s<>@,;:\"'()]+@[^\s<>@,;:\"'()]+")
_PHONE = re.compile(r"\+?\d{7,15}")


def discreet(text: str | bytes, limit: int = 200, numbers: bool = False) -> str:
    """A provider's words, fit for the ledger and the log: one line, without addresses.

    `numbers` may stay where they name something of the provider's own, such as a queue.
    """
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    words = _EMAIL.sub("(address)", " ".join(words.split()))
    return (words if numbers else _PHONE.sub("(number)", words))[:limit]


def providers_of(channel: Channel) -> Iterator[str]:
    """The names of the providers that carry the channel."""
    return (name for name, kind in PROVIDERS.kinds.items() if channel in kind.channels)
