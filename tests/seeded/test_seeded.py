"""The table of known mistakes fits the program, and the tests find some of them; the command tries all."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.failures.test_matrix import functions
from tests.outbox.test_model import MISTAKES
from tests.seeded.bugs import BUGS, Bug
from tests.seeded.copy import ROOT, copied, failed, planted

#: Quick ones, of each kind.
SOME = (
    "no epoch in the fence",
    "another boot's journal is believed",
    "a wrong key costs an attempt",
    "the epoch is not raised",
    "one address is promised twice",
    "a pause does not count when claiming",
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_mistake_has_its_place_and_a_test_that_looks_for_it(bug: Bug) -> None:
    for file, old, new in ((bug.file, bug.old, bug.new), *bug.more):
        found = (ROOT / file).read_text("utf-8").count(old)
        assert found == 1, (
            f"{file} has {found} times {old!r}: tell tests/seeded/bugs.py what stands there now"
        )
        assert old != new
    file, _, function = bug.test.partition("::")
    assert function.partition("[")[0] in functions(file.removeprefix("tests/").removesuffix(".py"))


def test_there_are_many_and_none_twice() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 20
    assert len(MISTAKES) >= 12


def test_some_are_found(tmp_path: Path) -> None:
    """All at once: they lie far apart."""
    chosen = [bug for bug in BUGS if bug.name in SOME]
    with copied(tmp_path) as copy, ExitStack() as stack:
        for bug in chosen:
            stack.enter_context(planted(bug, copy))
        assert failed(copy, [bug.test for bug in chosen]) == {bug.test for bug in chosen}
    assert len(chosen) == len(SOME)
