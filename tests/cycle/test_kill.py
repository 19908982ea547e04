"""`kill -9` at any moment: nothing is sent twice, nothing is lost in silence."""

from pathlib import Path

from tests.cycle.kills import CONNECTIONS, batter


def test_killed_senders_repeat_nothing_and_lose_nothing(store_url: str, tmp_path: Path) -> None:
    messages = 250
    count = batter(store_url, tmp_path, messages=messages, kills=12, seed=7)
    assert count.kills >= 3, "the test must hit living senders"
    assert len(count.taken) == len(set(count.taken)), "taken twice"
    doubts = count.states.pop("unknown", 0)
    accepted = count.states.pop("accepted")
    assert count.states == {}, "every row was sent, or is openly in doubt"
    assert accepted + doubts == messages
    assert accepted <= len(count.taken) <= accepted + doubts
    assert doubts <= count.kills * CONNECTIONS, "only what was on the wire"
