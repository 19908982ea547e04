"""A copy of the program that mistakes are put into, and one test run against it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.seeded.bugs import Bug

ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("engine", "tests", "rules", "templates")
_FILES = ("pyproject.toml", "config.yaml")
#: A test that a mistake makes wait for ever has found it.
_PATIENCE = 120


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """The program, its tests and its starter project, below that folder."""
    where = folder / "copy"
    where.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "reference", "broken", "broken_templates")
    for part in _PARTS:
        shutil.copytree(ROOT / part, where / part, ignore=ignored)
    for file in _FILES:
        shutil.copyfile(ROOT / file, where / file)
    yield where


@contextmanager
def planted(bug: Bug, copy: Path) -> Iterator[None]:
    """The mistake stands in the copy. Raises ValueError where its place is not found."""
    edits = ((bug.file, bug.old, bug.new), *bug.more)
    sound = {file: (copy / file).read_text("utf-8") for file, _, _ in edits}
    try:
        for file, old, new in edits:
            text = (copy / file).read_text("utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{bug.name}: {file} has {text.count(old)} times {old!r}")
            (copy / file).write_text(text.replace(old, new), "utf-8")
        yield
    finally:
        for file, text in sound.items():
            (copy / file).write_text(text, "utf-8")


def failed(copy: Path, tests: Sequence[str], database: str = "sqlite") -> set[str]:
    """Those of the tests that fail in the copy. Raises RuntimeError where it cannot be told."""
    other = "postgresql" if database == "sqlite" else "sqlite"
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", f"not {other}", *tests]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TEST_RUN"))}
    try:
        ran = subprocess.run(
            words, cwd=copy, env={**ours, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return set(tests)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"{tests}: {ran.stdout[-2000:]}{ran.stderr[-500:]}")
    lines = [line for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
    return {test for test in tests if any(f" {test}" in line for line in lines)}
