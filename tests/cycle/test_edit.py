"""What an edit does: a rule against the one that ran, on both databases, in exact sentences."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.cycle.preview import Wish
from engine.store.campaigns import CampaignVersion
from engine.store.database import table
from engine.store.people import Customer
from tests.cycle.edited import FIRST, REGULAR, RULE, SECOND, Project, opened


@pytest.fixture
def project(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    yield from opened(tmp_path, store_url, monkeypatch)


def counts(edit: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(edit[key] for key in ("left", "stayed", "entered"))


def names(edit: Mapping[str, Any]) -> dict[str, list[str]]:
    return {key: [one["customer_id"] for one in people] for key, people in edit["names"].items()}


def test_a_first_run_has_nothing_to_compare_with(project: Project) -> None:
    project.rule()
    edit = project.edit()
    assert (edit["state"], edit["last_run"], edit["alarms"]) == ("first_run", None, [])
    assert edit["sentences"] == ["First run: there is nothing to compare with."]


def test_an_unchanged_rule_is_one_short_line(project: Project) -> None:
    project.rule()
    project.ran()
    edit = project.edit()
    assert (edit["state"], counts(edit), edit["lines"]) == ("unchanged", (None, None, None), [])
    assert edit["sentences"] == ["The last run, 2026-07-01 10:00, matched 3 people; 3 match now."]
    assert (edit["last_run"]["slot"], edit["last_run"]["matched"]) == ("2026-07-01T10:00", 3)
    assert edit["last_run"]["will_send"] == 3


def test_a_test_that_was_turned_round_is_told_with_who_moves_and_why(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule("orders: {count: {less_than: 3}}")
    edit = project.edit()
    assert edit["alarms"] == [
        "Turned round? `orders count`: `at_least: 3` became `less_than: 3`",
        "These are other people: of 3 nobody stays, and 3 enter",
    ]
    assert edit["sentences"] == [
        "The last run, 2026-07-01 10:00, matched 3 people; 3 match now.",
        "Of 3 people whom the rule that ran matches today, nobody stays and 3 leave; 3 enter.",
    ]
    assert names(edit) == {"left": ["ann", "bea", "cid"], "stayed": [], "entered": ["dan", "eve", "fay"]}
    cid, dan = edit["names"]["left"][2], edit["names"]["entered"][0]
    assert (cid["customer_id"], cid["name"], cid["to"]) == ("cid", "Cid", "cid@x.example")
    assert cid["because"].startswith("less than 3 orders (4 orders, the last on 2026-06-04")
    assert dan["because"].startswith("at least 3 orders (1 order, on 2026-06-01")
    assert edit["lines"] == [
        {"of": "rules/letter.yaml", "sign": "-", "line": 5, "text": "  - orders: {count: {at_least: 3}}"},
        {"of": "rules/letter.yaml", "sign": "+", "line": 5, "text": "  - orders: {count: {less_than: 3}}"},
    ]


def test_a_wider_rule_says_how_many_times_as_many(project: Project) -> None:
    project.rule("orders: {count: {at_least: 4}}")
    project.ran()
    project.rule("orders: {count: {at_least: 1}}")
    edit = project.edit(listed="entered")
    assert edit["alarms"] == []
    assert edit["sentences"] == [
        "The last run, 2026-07-01 10:00, matched 1 person; 5 match now, 5 times as many.",
        "Of 1 person whom the rule that ran matches today, 1 stays and nobody leaves; 4 enter.",
    ]
    assert names(edit) == {"left": [], "stayed": ["cid"], "entered": ["ann", "bea", "dan", "eve"]}


def test_a_rule_that_matches_nobody_any_more_is_loud(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule("orders: {count: {at_least: 30}}")
    edit = project.edit()
    assert edit["alarms"] == ["Nobody is left of 3 people whom the rule that ran matches today"]
    assert edit["sentences"][0] == "The last run, 2026-07-01 10:00, matched 3 people; nobody matches now."


def test_an_edit_of_a_segment_shows_in_the_campaigns_that_are_made_of_it(project: Project) -> None:
    project.segment("orders: {count: {at_least: 4}}")
    project.rule("none: [segment: staff]")
    project.ran()
    project.segment("orders: {count: {at_most: 3}}")
    edit = project.edit()
    assert edit["state"] == "changed"
    assert edit["alarms"] == [
        "Turned round? segment staff, `orders count`: `at_least: 4` became `at_most: 3`",
        "These are other people: of 5 nobody stays, and 1 enters",
    ]
    assert names(edit)["entered"] == ["cid"]
    because = edit["names"]["entered"][0]["because"]
    assert because.startswith("not in segment staff: at least 4 orders (4 orders, ")
    assert {line["of"] for line in edit["lines"]} == {"segment staff"}


def test_a_changed_template_leaves_the_people_alone(project: Project) -> None:
    project.rule()
    project.ran()
    project.write("templates/letter.email.j2", "---\nsubject: Hi\npreheader: x\n---\n<p>Hi</p>\n")
    project.write("templates/letter.fa.email.j2", "---\nsubject: سلام\npreheader: x\n---\n<p>سلام</p>\n")
    edit = project.edit()
    assert (edit["state"], counts(edit), edit["lines"]) == ("same_rule", (None, None, None), [])
    assert edit["sentences"][1:] == ["Whom it is for is as it was."]
    assert edit["templates"] == [
        {"path": "templates/letter.email.j2", "change": "changed"},
        {"path": "templates/letter.fa.email.j2", "change": "added"},
    ]


def test_an_edit_of_comments_is_told_as_that(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule(more="# for whoever reads it next\n\n")
    edit = project.edit()
    assert (edit["state"], edit["lines"]) == ("same_rule", [])
    assert edit["sentences"][1:] == ["Only comments were edited."]


def test_a_rule_that_is_only_written_differently_matches_the_same_people(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule("orders: {count: {more_than: 2}}")
    edit = project.edit()
    assert (counts(edit), edit["alarms"]) == ((0, 3, 0), [])
    assert edit["sentences"][1] == "The audience is written differently, and matches the same 3 people."


def test_a_rule_that_cannot_be_read_any_more_is_told_and_the_preview_goes_on(project: Project) -> None:
    project.rule()
    project.ran()
    with project.at(FIRST).database.write() as connection:
        version = table(CampaignVersion)
        old = RULE.format(name="letter", audience="orderz: {count: 3}", more="")
        connection.execute(version.update().values(document=old))
    project.rule("orders: {count: {at_least: 1}}")
    edit = project.edit()
    assert (edit["state"], counts(edit)) == ("unreadable", (None, None, None))
    assert edit["sentences"] == [
        "The last run, 2026-07-01 10:00, matched 3 people; 5 match now.",
        (
            "The rule that ran cannot be read any more, so people are not compared: "
            "letter:5: unknown condition 'orderz' (did you mean 'orders'?)."
        ),
    ]


def test_a_renamed_campaign_warns_that_its_people_can_get_it_again(project: Project) -> None:
    project.rule()
    project.ran()
    project.remove("rules/letter.yaml")
    project.rule(name="note")
    edit = project.edit("note")
    assert (edit["state"], edit["last_run"]) == ("first_run", None)
    (sentence,), (alarm,) = edit["sentences"], edit["alarms"]
    assert sentence == (
        "First run under this name; `letter` ran the same rule, last on 2026-07-01 10:00, "
        "and is in no rule file any more."
    )
    assert alarm == (
        "A new name is a new campaign: whoever had its message under the old name can get it again. "
        "Give it its old name back, unless that is meant"
    )


def test_a_copy_of_a_campaign_is_no_new_name_for_it(project: Project) -> None:
    project.rule()
    project.ran()
    project.rule(name="note")
    assert project.edit("note")["alarms"] == []


def test_what_was_held_or_lies_ahead_is_no_last_run(project: Project) -> None:
    project.rule(more="limits: {max_audience: 1}\n")
    project.ran()
    assert project.edit()["state"] == "first_run"
    project.rule()
    project.ran()
    app = project.at(SECOND)
    before = datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert app.preview(["letter"], before, Wish(limit=0))["campaigns"][0]["edit"]["state"] == "first_run"
    assert app.preview(["letter"], wish=Wish(limit=0))["campaigns"][0]["edit"]["last_run"]["matched"] == 3


def test_the_zones_of_a_slot_are_one_run(project: Project) -> None:
    people = table(Customer)
    with project.at(FIRST).database.write() as connection:
        for name, zone in (("ann", "Europe/London"), ("bea", "Asia/Tehran")):
            connection.execute(people.update().where(people.c.customer_id == name).values(timezone=zone))
    rule = RULE.replace("daily at 10:00", '{{cron: "0 10 * * *", timezone: recipient}}')
    project.write("rules/letter.yaml", rule.format(name="letter", audience=REGULAR, more=""))
    project.at("2026-07-01T12:00:00Z").plan_due(["letter"])
    last = project.edit()["last_run"]
    assert (last["slot"], last["matched"], last["will_send"]) == ("2026-07-01T10:00", 3, 3)


def test_several_edits_are_compared_in_one_statement(project: Project) -> None:
    for name in ("letter", "other", "third"):
        project.rule(name=name)
    project.at(FIRST).plan_due(["letter", "other", "third"])
    project.rule("orders: {count: {at_least: 4}}")
    project.rule("orders: {count: {at_least: 1}}", name="third")
    shown = project.at(SECOND).preview(["letter", "other", "third"], wish=Wish(limit=0))["campaigns"]
    assert {one["campaign"]: counts(one["edit"]) for one in shown} == {
        "letter": (2, 1, 0),
        "other": (None, None, None),
        "third": (0, 3, 2),
    }
