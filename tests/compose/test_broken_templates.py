"""Every way we know to write a template wrong, beside it what the person is told; reviewed by eye.

`tests/broken_templates/NAME.email.j2` (or `.sms.j2`) is the template, `NAME.txt` what `check` says.
"""

from pathlib import Path

import pytest

from engine.compose.library import Library, Texts
from engine.compose.lint import problems
from tests.compose.conftest import LAYOUTS, ROOT

FOLDER = ROOT / "tests" / "broken_templates"
BARE = {"bare.j2": "<html>{% block body %}{% endblock %}</html>"}
PARTS = {f"parts/{one.name}": one.read_text("utf-8") for one in (FOLDER / "parts").iterdir()}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.j2")), ids=lambda file: file.name)
def test_a_broken_template_says_what_to_mend(file: Path) -> None:
    name, *_, channel, _ = file.name.split(".")
    library = Texts({file.name: file.read_text("utf-8"), **LAYOUTS, **BARE, **PARTS})
    found = "".join(f"{problem}\n" for problem in problems(library, name, channel))
    assert found == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_each_has_its_text() -> None:
    assert {file.name.split(".")[0] for file in FOLDER.glob("*.j2")} == {f.stem for f in FOLDER.glob("*.txt")}


def library() -> Library:
    return Library(ROOT / "templates")


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_templates_that_we_ship_have_nothing_wrong(channel: str) -> None:
    names = library().names(channel)
    assert names
    assert [str(problem) for name in names for problem in problems(library(), name, channel)] == []
