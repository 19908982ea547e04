"""Which part of an edit is taken over: a tiny language in which files name what they need."""

import string
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from engine.daemon.edits import sound


def faults(files: Mapping[str, bytes]) -> set[str]:
    """A file is at fault when it says `broken`, or needs a file that is missing or at fault itself."""
    blamed = {path for path, text in files.items() if b"broken" in text}
    while True:
        more = {
            path
            for path, text in files.items()
            if any(need not in files or need in blamed for need in text.decode().split() if len(need) == 1)
        }
        if more <= blamed:
            return blamed
        blamed |= more


def test_a_sound_edit_is_taken_over_whole() -> None:
    edited = {"a": b"1. b", "b": b"2."}
    assert sound({"a": b"0.", "c": b"0."}, edited, faults) == edited


def test_a_broken_file_stays_as_it_was_and_the_others_are_taken_over() -> None:
    good = {"a": b"old", "b": b"old"}
    assert sound(good, {"a": b"broken", "b": b"new"}, faults) == {"a": b"old", "b": b"new"}


def test_a_new_file_that_is_broken_is_left_out_with_what_needs_it() -> None:
    assert sound({}, {"a": b"broken", "b": b"a", "c": b"fine"}, faults) == {"c": b"fine"}


def test_an_edit_is_taken_over_though_a_file_that_it_needs_is_broken_now() -> None:
    good = {"a": b"old", "b": b"a old"}
    assert sound(good, {"a": b"broken", "b": b"a new"}, faults) == {"a": b"old", "b": b"a new"}


def test_a_deletion_waits_for_those_who_need_the_file() -> None:
    good = {"a": b"old", "b": b"a"}
    assert sound(good, {"b": b"a"}, faults) == good
    assert sound(good, {"b": b"old"}, faults) == {"b": b"old"}


def test_a_rename_is_taken_over_beside_a_broken_file() -> None:
    good = {"s": b"old", "c": b"s", "x": b"old"}
    edited = {"t": b"old", "c": b"t", "x": b"broken"}
    assert sound(good, edited, faults) == {"t": b"old", "c": b"t", "x": b"old"}


NAMES = st.sampled_from(string.ascii_lowercase[:5])
TEXTS = st.lists(st.one_of(NAMES, st.sampled_from(["broken", "one.", "two."])), max_size=3).map(
    lambda words: " ".join(words).encode()
)
PROJECTS = st.dictionaries(NAMES, TEXTS, max_size=5)


@given(PROJECTS, PROJECTS)
def test_what_works_never_stops_working(start: Mapping[str, bytes], edited: Mapping[str, bytes]) -> None:
    good = sound({}, start, faults)
    assert not faults(good)
    after = sound(good, edited, faults)
    assert not faults(after)
    for path in set(good) | set(edited):
        assert after.get(path) in (good.get(path), edited.get(path))
    if not faults(edited):
        assert after == edited
    alone = {path for path, text in edited.items() if not faults({path: text})}
    assert all(after[path] == edited[path] for path in alone)
