"""What is asked of a mutated file, and how long that took."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time

from engine.compose import lint
from engine.compose.library import Library, Texts
from engine.cycle.check import check
from engine.durations import Calendar
from engine.errors import Problem, Problems, YoursToFix
from engine.rules.condition import CONDITIONS
from engine.rules.forms import Reading
from engine.rules.loader import load
from engine.rules.schema import example as example_of
from engine.settings import Brand, Settings
from tests.conftest import ROOT
from tests.fuzzing.mutations import mutated
from tests.rules.test_no_traceback import all_usable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = Settings(brand=Brand(timezone="Europe/London", currency="GBP"))
READING = Reading(Calendar("Europe/London"), "GBP")
LAYOUTS = {f"layouts/{one.name}": one.read_text("utf-8") for one in (ROOT / "templates/layouts").iterdir()}
NO_TEMPLATES = Texts({})
#: What one file may take of the processor; a slow one is asked again, because machines are noisy.
PATIENCE, TRIES = 0.25, 5


#: Words of Python that no marketer should read.
PYTHON = re.compile(
    r"Traceback|NoneType|object at 0x|sys\.|\bint\(\)|codec can't|pydantic|ruamel|not subscriptable"
)


def readable(problem: Problem) -> None:
    """Raises AssertionError for a problem without a place, or in the language of programs."""
    assert min(problem.place.line, problem.place.column) >= 1, problem
    assert not PYTHON.search(f"{problem.message} {problem.hint}"), problem
    str(problem).encode("utf-8", "surrogatepass")


@dataclass
class Findings:
    """How a run went."""

    files: int = 0
    seconds: float = 0.0
    slowest: list[tuple[float, int]] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def to_keep(self) -> set[int]:
        """The files that a person should look at."""
        return {number for number, _ in self.failed} | {number for _, number in self.too_slow}

    def took(self, number: int, seconds: float) -> None:
        self.files += 1
        self.seconds += seconds
        self.slowest = sorted([*self.slowest, (seconds, number)], reverse=True)[:5]

    @property
    def too_slow(self) -> list[tuple[float, int]]:
        return [one for one in self.slowest if one[0] > PATIENCE]


class Rules:
    """Rule files, through the loader and all that `check` asks of them."""

    def __init__(self) -> None:
        shipped = [*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "engine").rglob("recipes/**/*.yaml")]
        broken = [
            one for one in (ROOT / "tests/broken/rules").rglob("*") if one.suffix.lower() in (".yaml", ".yml")
        ]
        examples = [{"segment": "x", "audience": {key: example_of(CONDITIONS[key])}} for key in CONDITIONS]
        sound = [one.read_text("utf-8") for one in sorted(shipped)]
        sound += [json.dumps(one, ensure_ascii=False) for one in examples]
        spoilt = [one.read_text("utf-8", "replace") for one in sorted(broken)]
        self.texts = [*spoilt, *sound * (2 * len(spoilt) // len(sound))]  # two sound ones to a broken one
        self._folder = TemporaryDirectory(
            prefix="rekindle-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None
        )
        self._file = Path(self._folder.name) / "rules" / "x.yaml"
        self._file.parent.mkdir()

    def made(self, number: int, seed: int) -> bytes:
        random = Random(f"{seed}:{number}")
        return mutated(random.choice(self.texts), self.texts, random)

    def ask(self, raw: bytes) -> None:
        self._file.write_bytes(raw)
        book = load(self._file.parent, READING)
        found = check(SETTINGS, book, NO_TEMPLATES, NOW)
        for problem in found:
            readable(problem)
        all_usable(book)
        assert book.segments or book.campaigns or any(one.level == "error" for one in found), (
            "neither rule nor error"
        )

    def close(self) -> None:
        self._folder.cleanup()


class Templates:
    """Templates, through everything that `check` looks for in them."""

    def __init__(self) -> None:
        shipped = Library(ROOT / "templates")
        self.texts = [shipped.text(path) or "" for path in shipped.paths]
        for folder in ("broken/templates", "broken_templates"):
            files = sorted((ROOT / "tests" / folder).glob("*.j2"))
            self.texts += [one.read_text("utf-8", "replace") for one in files]

    def made(self, number: int, seed: int) -> bytes:
        random = Random(f"{seed}:{number}")
        return mutated(random.choice(self.texts), self.texts, random)

    def ask(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "replace")
        path = ("x.email.j2", "x.fa.email.j2", "x.sms.j2")[len(raw) % 3]
        for problem in lint.problems(
            Texts({**LAYOUTS, path: text}), "x", path.split(".")[-2], "marketing", SETTINGS
        ):
            readable(problem)

    def close(self) -> None:
        """Nothing was opened."""


KINDS: dict[str, type[Rules] | type[Templates]] = {"rules": Rules, "templates": Templates}


def asked(kind: Rules | Templates, raw: bytes) -> tuple[float, str]:
    """How long the answer took, and what went wrong; only clear errors are none."""
    begun = process_time()
    try:
        kind.ask(raw)
    except (Problems, YoursToFix):
        pass
    except Exception as error:  # noqa: BLE001  whatever it is, it is a find
        return process_time() - begun, f"{type(error).__name__}: {error}"[:300]
    return process_time() - begun, ""


def run(kind: Rules | Templates, numbers: range, seed: int, keep: Path | None = None) -> Findings:
    """Asks each of these files; a slow one again, when nothing else is to blame. `keep` gets the finds."""
    found = Findings()
    for number in numbers:
        raw = kind.made(number, seed)
        seconds, wrong = asked(kind, raw)
        if seconds > PATIENCE:
            seconds = min(seconds, *(asked(kind, raw)[0] for _ in range(TRIES)))
        found.took(number, seconds)
        if wrong:
            found.failed.append((number, wrong))
        if keep is not None and number in found.to_keep:
            (keep / f"{seed}-{number}").write_bytes(raw)
    return found
