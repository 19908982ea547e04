"""An SMTP session that lasts: patience for the final dot, servers that hang up, lines that stay open."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from engine.channels.providers import smtp
from engine.settings import ChannelSettings
from engine.store.database import Database
from engine.vocabulary import Verdict
from tests.channels.post import Post, office
from tests.channels.test_smtp import Line
from tests.cycle.test_dispatch import send
from tests.cycle.test_dispatch import smtp as by_smtp
from tests.outbox import shop


def test_the_final_dot_has_ten_minutes_and_other_answers_a_twentieth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float | None] = []

    def noted(self: socket.socket, wait: float | None) -> None:
        waits.append(wait)
        _settimeout(self, wait)

    monkeypatch.setattr(socket.socket, "settimeout", noted)
    with office(Post()) as post, closing(Line(post.port, timeout=ChannelSettings().timeout)) as line:
        waits.clear()
        assert line.send().verdict is Verdict.ACCEPTED
    assert waits[-2:] == [600, 30]


_settimeout = socket.socket.settimeout


def test_a_slow_answer_to_the_final_dot_is_waited_for_and_no_other() -> None:
    with office(Post(delay=0.4)) as post, closing(Line(post.port, timeout=0.1)) as line:
        assert line.send().verdict is Verdict.ACCEPTED
        post.texts["bob@example.com"] = ["hang"]
        begun = time.monotonic()
        assert line.send("bob@example.com").verdict is Verdict.UNKNOWN
        assert time.monotonic() - begun >= 0.1 * smtp._FINAL
    assert post.connections == 1


@pytest.mark.parametrize("where", ["texts", "recipients"])
@pytest.mark.parametrize("pipelining", [False, True])
def test_a_server_that_closes_in_mid_session_is_dialled_again(where: str, pipelining: bool) -> None:
    with office(Post(pipelining=pipelining)) as post, closing(Line(post.port)) as line:
        assert line.send().verdict is Verdict.ACCEPTED
        getattr(post, where)["bob@example.com"] = ["421 4.3.2 shutting down"]
        refused = line.send("bob@example.com")
        assert (refused.verdict, refused.code) == (Verdict.LATER, "421 4.3.2")
        assert line.send("carl@example.com").verdict is Verdict.ACCEPTED
    assert post.recipients_taken == ["ann@example.com", "carl@example.com"]
    assert post.connections == 2


def test_a_line_that_the_server_closed_while_it_was_idle_costs_nothing() -> None:
    with office(Post(), timeout=0.2) as post, closing(Line(post.port)) as line:
        assert line.send().verdict is Verdict.ACCEPTED
        time.sleep(0.5)
        assert line.send("bob@example.com").verdict is Verdict.ACCEPTED
    assert line.noted == post.recipients_taken == ["ann@example.com", "bob@example.com"]
    assert post.connections == 2


@contextmanager
def greeting(words: bytes) -> Iterator[int]:
    """A server that says that to everybody, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            try:
                while True:
                    caller, _ = server.accept()
                    caller.sendall(words)
                    caller.close()
            except OSError:
                return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    "words", [b"421 4.3.2 too busy\r\n", b"554 5.7.1 not you\r\n", b"HTTP/1.1 400\r\n", b""]
)
def test_a_greeting_that_is_none_keeps_the_whole_channel_waiting(words: bytes) -> None:
    with greeting(words) as port, closing(Line(port)) as line:
        receipt = line.send()
    assert (receipt.verdict, receipt.channel_wide, line.noted) == (Verdict.LATER, True, [])


def test_lines_stay_open_from_batch_to_batch(tmp_path: Path, store_url: str) -> None:
    database = Database(store_url)
    shop.fill(database, 24)
    with office(Post(pipelining=True)) as post:
        send(database, by_smtp(tmp_path, post.port, batch=6, connections=2))
    assert shop.states(database) == {"accepted": 24}
    assert post.connections == 2
    database.close()
