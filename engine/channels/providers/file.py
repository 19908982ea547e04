"""Sends to nobody: each message becomes a file, to be opened and looked at."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine import clock
from engine.channels.channel import (
    PROVIDERS,
    OnWire,
    Provider,
    ProviderSettings,
    Secret,
    discreet,
    own_settings,
)
from engine.channels.mime import Unencodable, mime
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict

_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


class FileSettings(ProviderSettings):
    """`folder` is taken from config.yaml's own."""

    folder: str = "outbox"


@PROVIDERS.register("file")
class FileProvider(Provider):
    """One file a message: `.eml` as it would have gone out, or `.sms.txt`.

    The name carries the attempt's token, so that a repetition would be seen as a second file.
    """

    channels = (Channel.EMAIL, Channel.SMS)
    own = FileSettings

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        super().__init__(settings, secret, root)
        #: A shop that has not said who it is can still look at its messages.
        self._sender = settings.sender or "nobody@localhost"
        self._folder = root / own_settings(FileSettings, settings).folder

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        try:
            content = self._content(message)
        except Unencodable as error:
            return Receipt(Verdict.REFUSED, code=error.code, detail=str(error), bad_address=error.bad_address)
        except YoursToFix as error:
            return Receipt(Verdict.HALT, code="from", detail=str(error))
        name = _name(message)
        try:
            self._put(name, content, on_wire)
        except OSError as error:
            detail = discreet(f"{self._folder.name}: {error.strerror}")
            return Receipt(Verdict.LATER, code="folder", detail=detail, channel_wide=True)
        return Receipt(Verdict.ACCEPTED, provider_id=name)

    def probe(self) -> Receipt:
        place = next(one for one in (self._folder, *self._folder.absolute().parents) if one.exists())
        if not os.access(place, os.W_OK):
            return Receipt(Verdict.LATER, code="folder", detail=f"{self._folder.name} cannot be written")
        return Receipt(Verdict.ACCEPTED, detail=f"each message becomes a file in {self._folder.name}/")

    def _content(self, message: Message) -> bytes:
        if message.channel is Channel.EMAIL:
            return mime(message, self._sender, self.settings.reply_to, clock.now())
        head = f"From: {self._sender}\nTo: {message.to}\nSegments: {message.segments}\n\n"
        return (head + message.text + "\n").encode("utf-8", "replace")

    def _put(self, name: str, content: bytes, on_wire: OnWire) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}.part"
        unfinished.write_bytes(content)
        on_wire()
        os.replace(unfinished, self._folder / name)


def _name(message: Message) -> str:
    suffix = "eml" if message.channel is Channel.EMAIL else "sms.txt"
    parts = [message.campaign or "message", message.slot.replace(":", "")]
    told = "_".join(_SAFE.sub("-", part)[:60] for part in parts if part)
    return f"{told}_{message.token}.{suffix}"
