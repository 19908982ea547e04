"""What waits in another version than the files hold: `status` tells, until it is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.program import run
from tests.cycle.edited import FIRST, SECOND, Project, opened


@pytest.fixture
def project(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    yield from opened(tmp_path, store_url, monkeypatch)


def told(project: Project, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of `status` that tell of versions."""
    project.at(SECOND)
    capsys.readouterr()
    run(["--config", str(project.root / "config.yaml"), "status"])
    return [line.strip() for line in capsys.readouterr().out.splitlines() if "version" in line]


def test_nothing_is_said_while_the_files_are_what_waits(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.rule()
    project.ran()
    assert project.at(SECOND).status()["older"] == []
    assert told(project, capsys) == []


def test_an_edit_leaves_what_waits_in_its_version(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.rule()
    project.ran()
    first = project.at(SECOND).status()["campaigns"][0]["last_version"]
    project.rule(more="priority: 7\n")
    (older,) = project.at(SECOND).status()["older"]
    assert (older["campaign"], older["waiting"], older["version"]) == ("letter", 3, first)
    assert (older["number"], older["file_number"]) == (1, 2)
    assert older["file_version"] not in (None, first)
    said = "letter: 3 wait in version 1, and go out as it says; the file is version 2, for the next run"
    assert told(project, capsys) == [said]


def test_a_version_that_is_written_again_keeps_its_number(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.rule()
    project.ran()
    project.rule("orders: {count: 1}")
    project.at(SECOND).plan_due(["letter"])
    project.rule()
    said = "letter: 2 wait in version 2, and go out as it says; the file is version 1, for the next run"
    assert told(project, capsys) == [said]


def test_a_campaign_without_a_file_is_told_too(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.rule("orders: {count: {at_least: 4}}")
    project.at(FIRST).plan_due(["letter"])
    project.remove("rules/letter.yaml")
    said = "letter: 1 waits in version 1, and goes out as it says; no file holds a version that can run"
    assert told(project, capsys) == [said]


def test_a_file_at_fault_is_told_as_a_fault_and_not_as_a_version(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule("orders: {count: {at_leest: 4}}")
    shown = project.at(SECOND).status()
    assert shown["older"] == []
    assert len(shown["problems"]) == 1
