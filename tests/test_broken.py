"""A museum of broken files, each with exactly what is said of it. None of them gives a traceback.

`tests/broken/rules/NAME.yaml` (or a folder of files) is loaded as a project's rules, `config/NAME.yaml`
as its config, `templates/NAME.CHANNEL.j2` as a template; NAME.txt holds the problems, one a line.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.compose import lint
from engine.compose.library import Texts
from engine.cycle.check import check
from engine.errors import Problem, Problems
from engine.rules.forms import Reading
from engine.rules.loader import RuleBook, load
from engine.settings import Brand, Settings
from engine.settings import load as load_settings
from tests.conftest import ROOT

BROKEN = ROOT / "tests" / "broken"
SETTINGS = Settings(brand=Brand(timezone="Europe/London", currency="GBP"))
READING = Reading(SETTINGS.brand.reckoning, SETTINGS.brand.currency)
TEMPLATES = Texts({"x.email.j2": "x", "x.sms.j2": "x", "letters/hello.email.j2": "x"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def exhibits(folder: str) -> list[Path]:
    return sorted((BROKEN / folder).glob("*.txt"))


def book_of(exhibit: Path, project: Path) -> RuleBook:
    """The rules of a project that has that exhibit for its rules folder."""
    rules = project / "rules"
    source = exhibit.with_suffix("")
    if source.is_dir():
        shutil.copytree(source, rules)
    else:
        rules.mkdir()
        shutil.copyfile(exhibit.with_suffix(".yaml"), rules / f"{exhibit.stem}.yaml")
    return load(rules, READING)


def told(problems: tuple[Problem, ...] | list[Problem]) -> str:
    return "".join(f"{problem}\n" for problem in problems if problem.level != "hint")


def told_of_rules(exhibit: Path, project: Path) -> str:
    """What `check` says of the rules, warnings too."""
    found = check(SETTINGS, book_of(exhibit, project), TEMPLATES, NOW)
    return told([problem for problem in found if problem.place.file.startswith("rules")])


@pytest.mark.parametrize("exhibit", exhibits("rules"), ids=lambda path: path.stem)
def test_rules(exhibit: Path, tmp_path: Path) -> None:
    assert told_of_rules(exhibit, tmp_path) == exhibit.read_text("utf-8")


def told_of_config(exhibit: Path, project: Path) -> str:
    shutil.copyfile(exhibit.with_suffix(".yaml"), project / "config.yaml")
    with pytest.raises(Problems) as caught:
        load_settings(project / "config.yaml", {})
    return told(caught.value.problems)


def told_of_template(exhibit: Path) -> str:
    """What `check` says of one template, wrapped in the shipped layouts."""
    (file,) = exhibit.parent.glob(f"{exhibit.stem}.*.j2")
    layouts = {
        f"layouts/{one.name}": one.read_text("utf-8") for one in (ROOT / "templates/layouts").iterdir()
    }
    library = Texts({**layouts, file.name: file.read_text("utf-8")})
    return told(lint.problems(library, exhibit.stem, file.suffixes[-2].lstrip(".")))


@pytest.mark.parametrize("exhibit", exhibits("config"), ids=lambda path: path.stem)
def test_config(exhibit: Path, tmp_path: Path) -> None:
    assert told_of_config(exhibit, tmp_path) == exhibit.read_text("utf-8")


@pytest.mark.parametrize("exhibit", exhibits("templates"), ids=lambda path: path.stem)
def test_templates(exhibit: Path) -> None:
    assert told_of_template(exhibit) == exhibit.read_text("utf-8")


def test_every_file_of_the_museum_is_shown() -> None:
    """A file without its words would never be looked at."""
    for folder in ("rules", "config", "templates"):
        there = {path.name.split(".")[0] for path in (BROKEN / folder).iterdir()}
        assert there == {exhibit.stem for exhibit in exhibits(folder)}
        assert [one.stem for one in exhibits(folder) if not one.read_text("utf-8")] == []
    assert len(exhibits("rules")) >= 300
