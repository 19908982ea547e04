"""`python -m tests.seeded [WORDS]`: puts each mistake (whose name has the words) into a copy, and tells."""

import sys
import tempfile
import time
from pathlib import Path

from tests.outbox.test_model import MISTAKES
from tests.seeded.bugs import BUGS, Bug
from tests.seeded.copy import copied, failed, planted

_MODEL = "tests/outbox/test_model.py::test_the_walk_finds_each_mistake"


def main() -> int:
    chosen = [bug for bug in BUGS if " ".join(sys.argv[1:]) in bug.name]
    tried, missed = len(chosen), 0
    with tempfile.TemporaryDirectory(prefix="seeded-") as folder, copied(Path(folder)) as copy:
        sound = sorted({bug.test for bug in chosen if bug.database == "sqlite"})
        wrong = failed(copy, sound)
        if wrong:
            print(f"the program is not sound as it is: {', '.join(sorted(wrong))}")
            return 2
        for bug in chosen:
            missed += not _tried(bug, copy)
        if not sys.argv[1:]:
            tried, missed = tried + len(MISTAKES), missed + _model(copy)
    print(f"{tried} mistakes, {missed} missed")
    return 1 if missed else 0


def _tried(bug: Bug, copy: Path) -> bool:
    began = time.monotonic()
    try:
        with planted(bug, copy):
            caught = bool(failed(copy, [bug.test], bug.database))
    except ValueError as error:
        print(f"MISSED  {error}", flush=True)
        return False
    print(f"{_verdict(caught)}  {bug.name}, by {bug.test} ({time.monotonic() - began:.1f} s)", flush=True)
    return caught


def _model(copy: Path) -> int:
    """The mistakes that are put in while it runs; their own tests fail where one is missed."""
    nodes = {f"{_MODEL}[{one.__name__}-]": one.__name__ for one, _ in MISTAKES}
    wrong = failed(copy, list(nodes))
    for node, name in nodes.items():
        print(f"{_verdict(node not in wrong)}  in the small model: {name.replace('_', ' ')}, by the walk")
    return len(wrong)


def _verdict(caught: bool) -> str:
    return "caught" if caught else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
