"""SIGTERM while a message is on the wire, over SMTP to a server that takes its time."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.daemon.shop import Shop


class Slow:
    """Takes each message, and answers when it is told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.taking, self.may_answer = Event(), Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken += envelope.rcpt_tos
        self.taking.set()
        while not self.may_answer.is_set():
            await asyncio.sleep(0.02)
        return "250 taken"


@pytest.fixture
def slow() -> Iterator[tuple[Slow, dict[str, str]]]:
    handler = Slow()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    channel = {
        "PROVIDER": "smtp",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SECURITY": "none",
        "CONNECTIONS": "1",
    }
    yield handler, {f"REKINDLE_CHANNELS__EMAIL__{key}": value for key, value in channel.items()}
    handler.may_answer.set()
    controller.stop()


def start(shop: Shop, slow: tuple[Slow, dict[str, str]]) -> Any:
    shop.campaign(schedule="daily at 10:00")
    shop.customers(5)
    daemon = shop.daemon("2026-03-02T10:00:00Z", **slow[1])
    assert slow[0].taking.wait(40), daemon.said
    return daemon


def test_a_signal_finishes_what_is_on_the_wire_and_begins_nothing(
    small_shop: Shop, slow: tuple[Slow, dict[str, str]]
) -> None:
    daemon = start(small_shop, slow)
    daemon.popen.send_signal(signal.SIGTERM)
    daemon.says("stopping")
    slow[0].may_answer.set()
    assert daemon.popen.wait(10) == 0
    assert small_shop.states() == {"accepted": 1, "planned": 4}
    assert len(slow[0].taken) == 1


def test_what_is_on_the_wire_after_the_grace_is_in_doubt(
    small_shop: Shop, slow: tuple[Slow, dict[str, str]]
) -> None:
    slow[1]["REKINDLE_SCHEDULER__GRACE"] = "1 second"
    daemon = start(small_shop, slow)
    assert daemon.stop() == 0
    assert "work unfinished" not in daemon.said
    assert small_shop.states() == {"unknown": 1, "planned": 4}
    assert len(slow[0].taken) == 1


def test_a_second_signal_ends_it_on_the_spot_and_others_take_over(
    small_shop: Shop, slow: tuple[Slow, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = start(small_shop, slow)
    daemon.popen.send_signal(signal.SIGTERM)
    daemon.says("stopping")
    begun = time.monotonic()
    daemon.popen.send_signal(signal.SIGTERM)
    assert daemon.popen.wait(3) == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 2
    assert [one["state"] for one in small_shop.cards()] == ["gone"]
    slow[0].may_answer.set()
    monkeypatch.setenv("REKINDLE_NOW", "2026-03-02T10:01:00Z")
    small_shop.app(slow[1]).run()
    assert small_shop.states() == {"unknown": 1, "accepted": 4}
    assert len(set(slow[0].taken)) == 5
