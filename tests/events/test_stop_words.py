"""STOP and its kin, however they are written."""

import pytest

from engine.events.stop_words import HELP_WORDS, START_WORDS, STOP_WORDS, Word, is_stop, word

WRITTEN = (
    "STOP|stop|Stop.|  stop  |STOP!!|stop…|StopAll|STOP  ALL|quit|End|REVOKE|opt out|Opt-Out|OPTOUT|cancel"
    "|unsubscribe\n|stop 🙏"
)


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_each_word_stops(word: str) -> None:
    assert is_stop(word)
    assert is_stop(f"  {word.upper()} .\n")
    assert is_stop(f"\u200f{word}\u061f\u200e")


@pytest.mark.parametrize("text", WRITTEN.split("|"))
def test_however_it_is_written(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text", ["11", "۱۱", "١١", "لغو", "لغو11", "لغو۱۱", "لغو ۱۱", "لغو\u200c۱۱", "لغو!", "لغو ١١."]
)
def test_what_iranian_lines_promise(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "!",
        "please don't stop",
        "stop by the shop",
        "the end",
        "1",
        "111",
        "start",
        "yes",
        "نه",
        "لغو سفارش",
    ],
)
def test_what_only_holds_a_word_asks_for_a_person(text: str) -> None:
    assert not is_stop(text)


@pytest.mark.parametrize("kind", list(Word))
def test_each_word_means_one_thing_however_it_is_written(kind: Word) -> None:
    for one in kind.value:
        assert {word(text) for text in (one, f" {one.upper()}! ", f"\u200f{one}.\u200e")} == {kind}


def test_no_word_means_two_things() -> None:
    assert len(STOP_WORDS | START_WORDS | HELP_WORDS) == sum(map(len, (STOP_WORDS, START_WORDS, HELP_WORDS)))


@pytest.mark.parametrize("text", ["", "yes please", "start the car", "help me", "شروع کن", "1", "no", "12"])
def test_a_sentence_with_such_a_word_asks_for_a_person(text: str) -> None:
    assert word(text) is None
