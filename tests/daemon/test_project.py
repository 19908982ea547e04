"""What of the project is at work: the newest that is sound, file by file, on a daemon's own reading."""

import logging
import os
from pathlib import Path

import pytest

from engine import clock
from engine.cli.program import run
from engine.cycle import versions
from engine.daemon.planning import Planner
from engine.daemon.project import Project
from tests.daemon.shop import Shop

NOON = "2026-03-02T12:00:00Z"


@pytest.fixture
def project(small_shop: Shop) -> Project:
    small_shop.campaign("first", "daily at 12:00")
    small_shop.campaign("second", "daily at 12:00")
    return Project(small_shop.app(), small_shop.root / "config.yaml")


def names(project: Project) -> set[str]:
    return {one.name for one in project.campaigns}


def test_a_broken_rule_leaves_its_last_good_version_and_the_others_are_taken_over(
    small_shop: Shop, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    before = project.versions
    small_shop.write("rules/first.yaml", "campaign: first\naudience: {nobody: true}\n")
    small_shop.campaign("second", "daily at 13:00")
    for _ in range(2):
        project.take_over()
    assert project.versions["first"] == before["first"]
    assert project.versions["second"] != before["second"]
    assert all(one.startswith("rules/first.yaml:") for one in project.broken)
    assert all(one.endswith("the last good version stays at work") for one in project.broken)
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == len(project.broken)

    small_shop.campaign("first", "daily at 14:00")
    project.take_over()
    assert not project.broken
    assert project.versions["first"] != before["first"]
    assert "everything is sound again" in caplog.text


def test_a_deleted_file_removes_its_campaign(small_shop: Shop, project: Project) -> None:
    (small_shop.root / "rules" / "first.yaml").unlink()
    project.take_over()
    assert names(project) == {"second"}
    assert not project.broken


def test_a_campaign_that_was_never_sound_is_left_out_until_it_is(small_shop: Shop) -> None:
    small_shop.write("rules/first.yaml", "campaign: first\n")
    small_shop.campaign("second")
    project = Project(small_shop.app(), small_shop.root / "config.yaml")
    assert names(project) == {"second"}
    assert project.broken
    assert all(one.endswith("left out until it is mended") for one in project.broken)
    small_shop.campaign("first")
    project.take_over()
    assert names(project) == {"first", "second"}


def test_a_segment_that_somebody_needs_outlives_its_file(small_shop: Shop, project: Project) -> None:
    small_shop.write("rules/staff.yaml", "segment: staff\ndescribe: Us.\naudience: {tag: staff}\n")
    rule = (small_shop.root / "rules" / "first.yaml").read_text()
    small_shop.write("rules/first.yaml", rule.replace("{everyone: true}", "{segment: staff}"))
    project.take_over()
    assert not project.broken
    (small_shop.root / "rules" / "staff.yaml").unlink()
    project.take_over()
    assert names(project) == {"first", "second"}
    assert "staff" in project.app.book.segments
    assert [one.startswith("rules/first.yaml:") for one in project.broken] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "---\nsubject: x\n---\n{% if %}",
        "---\nsubject: x\n---\n{{ customer.fist_name | default('x') }}",
        "no front matter",
        "---\nsubject: x\n---\n{% include 'nowhere.j2' %}",
    ],
)
def test_a_broken_template_is_not_rendered(small_shop: Shop, project: Project, text: str) -> None:
    good = project.app.library.text("hello.email.j2")
    before = project.versions
    small_shop.write("templates/hello.email.j2", text)
    project.take_over()
    assert project.app.library.text("hello.email.j2") == good
    assert project.versions == before
    assert all(one.startswith("templates/hello.email.j2:") for one in project.broken)


@pytest.mark.parametrize("broken", [b"\xff\xfe", b"---\nsubject: x\n---\n{% if %}", b"x" * 300_000])
def test_one_broken_language_does_not_leave_its_readers_to_another(small_shop: Shop, broken: bytes) -> None:
    """The Persian letter is sound, the one for all others is not: they shall not get the Persian one."""
    english = small_shop.root / "templates" / "hello.email.j2"
    good = english.read_bytes()
    small_shop.write("templates/hello.fa.email.j2", good.decode())
    english.write_bytes(broken)
    small_shop.campaign("first")
    small_shop.campaign("second", "daily at 13:00")
    project = Project(small_shop.app(), small_shop.root / "config.yaml")
    assert names(project) == set()
    assert {one.partition(":")[0] for one in project.broken} == {"templates/hello.email.j2"}
    english.write_bytes(good)
    project.take_over()
    assert (names(project), project.broken) == ({"first", "second"}, ())
    english.write_bytes(broken)
    project.take_over()
    assert names(project) == {"first", "second"}
    assert project.app.library.text("hello.email.j2") == good.decode()


def test_a_layout_that_breaks_or_goes_away_stays_for_those_who_need_it(
    small_shop: Shop, project: Project
) -> None:
    layout = small_shop.root / "templates" / "layouts" / "email.j2"
    good, before = layout.read_text(), project.versions
    for broken in (lambda: layout.write_text("{% block body %}"), layout.unlink):
        broken()
        project.take_over()
        assert project.broken
        assert project.app.library.text("layouts/email.j2") == good
        assert project.versions == before
    layout.write_text(good.replace("<body", "<body data-new"))
    project.take_over()
    assert not project.broken
    assert project.versions.keys() == before.keys()
    assert all(project.versions[name] != before[name] for name in before)


def test_a_template_outside_of_the_folder_is_not_read(
    small_shop: Shop, project: Project, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.email.j2"
    secret.write_text("---\nsubject: x\n---\nroot password")
    os.symlink(secret, small_shop.root / "templates" / "secret.email.j2")
    os.symlink(
        small_shop.root / "templates" / "hello.email.j2", small_shop.root / "templates" / "same.email.j2"
    )
    project.take_over()
    assert project.app.library.text("secret.email.j2") is None
    assert project.app.library.text("same.email.j2")


def test_broken_settings_stay_as_they_were_and_another_store_needs_a_restart(
    small_shop: Shop, project: Project
) -> None:
    config = (small_shop.root / "config.yaml").read_text()
    url = project.app.settings.database_url
    small_shop.write(
        "config.yaml",
        config.replace("Corner Shop\n", "Corner Shop Ltd\n", 1).replace("assumed", "perhaps"),
    )
    project.take_over()
    assert project.app.settings.policy.consent == "assumed"
    assert [one.startswith("config.yaml:9:") for one in project.broken] == [True]
    small_shop.write(
        "config.yaml",
        config.replace("Corner Shop\n", "Corner Shop Ltd\n", 1).replace(url, "sqlite:///else.db"),
    )
    project.take_over()
    assert project.app.settings.brand.name == "Corner Shop Ltd"
    assert project.app.settings.database_url == url
    assert project.broken == ("database.url was changed: restart the daemon to work on another store",)
    (small_shop.root / "config.yaml").unlink()
    project.take_over()
    assert project.app.settings.brand.name == "Corner Shop Ltd"
    assert "the last good settings stay at work" in project.broken[0]


def test_what_was_due_before_the_daemon_came_is_caught_up_once_or_recorded_as_missed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop.campaign("late", "daily at 11:00")
    shop.campaign("too-late", "daily at 09:00")
    shop.campaign("strict", "daily at 11:00", "catch_up: skip\n")
    shop.campaign("patient", "daily at 09:00", "max_lateness: 4 hours\n")
    shop.campaign("local", "{cron: '0 11 * * *', timezone: recipient}")
    shop.campaign("held", "daily at 11:00", "limits: {max_audience: 1}\n")
    shop.customers(2)
    caplog.set_level(logging.INFO, "rekindle")
    monkeypatch.setattr(clock, "now", lambda: clock.parse_instant(NOON))
    project, planner = Project(shop.app(), shop.root / "config.yaml"), Planner()
    for _ in range(3):
        planner.plan(project)
    assert shop.runs() == {
        ("late", "2026-03-02T11:00"): "open",
        ("too-late", "2026-03-02T09:00"): "missed",
        ("strict", "2026-03-02T11:00"): "missed",
        ("patient", "2026-03-02T09:00"): "open",
        ("local", "2026-03-02T11:00@UTC"): "open",
        ("held", "2026-03-02T11:00"): "held",
    }
    assert len(shop.deliveries()) == 6
    assert caplog.text.count("run missed") == 2  # told once, however often it is looked at


def test_a_held_run_rests_between_looks_and_goes_at_once_when_approved(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rekindle")
    small_shop.campaign("held", "daily at 11:00", "limits: {max_audience: 1}\n")
    small_shop.customers(2)
    project, planner = Project(small_shop.app(), small_shop.root / "config.yaml"), Planner()
    for minute in ("12:00", "12:01", "12:04", "12:06", "14:00", "15:00"):
        monkeypatch.setattr(
            clock, "now", lambda minute=minute: clock.parse_instant(f"2026-03-02T{minute}:00Z")
        )
        planner.plan(project)
    assert caplog.text.count("run held") == 2
    assert small_shop.runs() == {("held", "2026-03-02T11:00"): "held"}
    project.app.approve("held")
    planner.plan(project)
    assert small_shop.runs() == {("held", "2026-03-02T11:00"): "open"}
    assert len(small_shop.deliveries()) == 2


def test_one_campaign_that_fails_does_not_keep_the_others(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small_shop.campaign("bad", "daily at 12:00")
    small_shop.campaign("good", "daily at 12:00")
    small_shop.customers(2)
    project, planner = Project(small_shop.app(), small_shop.root / "config.yaml"), Planner()
    monkeypatch.setattr(clock, "now", lambda: clock.parse_instant(NOON))
    record = versions.record

    def failing(connection: object, campaign: object, *more: object) -> None:
        if getattr(campaign, "name", "") == "bad":
            raise ZeroDivisionError
        record(connection, campaign, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(versions, "record", failing)
    for _ in range(2):
        planner.plan(project)
    assert small_shop.runs() == {("good", "2026-03-02T12:00"): "open"}
    assert planner.faults == ["bad cannot be planned: a bug of ours (ZeroDivisionError)"]
    assert caplog.text.count("bad cannot be planned") == 1
    monkeypatch.setattr(versions, "record", record)
    planner.plan(project)
    assert planner.faults == []
    assert set(small_shop.runs()) == {("good", "2026-03-02T12:00"), ("bad", "2026-03-02T12:00")}


def test_without_a_store_there_is_no_daemon(small_shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    (small_shop.database.path or small_shop.root).unlink()
    assert run(["--config", str(small_shop.root / "config.yaml"), "daemon"]) == 2
    assert "rekindle db upgrade" in capsys.readouterr().err
