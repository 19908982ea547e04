"""The first files of `python -m tests.fuzz`, which takes a hundred thousand."""

import pytest

from tests.fuzzing.answers import KINDS, run


@pytest.mark.parametrize(("kind", "files"), [("rules", 250), ("templates", 60)])
def test_spoilt_files_are_answered(kind: str, files: int) -> None:
    asked = KINDS[kind]()
    found = run(asked, range(files), seed=1)
    asked.close()
    assert found.failed == []
    assert found.too_slow == []
    assert found.files == files


def test_the_same_seed_makes_the_same_files() -> None:
    asked = KINDS["rules"]()
    made = [asked.made(number, 7) for number in range(20)]
    assert made == [asked.made(number, 7) for number in range(20)]
    assert len(set(made)) == 20
    asked.close()
