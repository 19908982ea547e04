"""Codes from the plan to the letter and back, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.app import App
from engine.store.database import table
from engine.store.replies import Code
from engine.store.suppressions import Reason, suppress
from tests.conftest import ROOT
from tests.cycle.edited import FIRST, SECOND, Project, opened

OFFER = """offer: comeback
describe: 15% off the next order
discount: {{percent: 15}}
code: {code}
expires: {{after: 14 days}}
{more}
"""
UNIQUE = '{unique: "BACK-????-????"}'
LETTER = """---
subject: "{{ offer.percent }}% off"
preheader: until {{ offer.expires_at | date }}
---
<p>Your code: {{ offer.code }}</p>
"""


@pytest.fixture
def project(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    for made in opened(tmp_path, store_url, monkeypatch):
        shutil.copytree(ROOT / "templates/layouts", tmp_path / "templates/layouts", dirs_exist_ok=True)
        made.write("templates/letter.email.j2", LETTER)
        campaign(made)
        yield made


def campaign(project: Project, more: str = "", offer: str = UNIQUE, terms: str = "") -> None:
    project.rule(more=more)
    rule = (project.root / "rules/letter.yaml").read_text()
    project.write(
        "rules/letter.yaml",
        rule.replace("steps: [email: letter]", "steps: [{email: letter, offer: comeback}]"),
    )
    project.write("rules/comeback.yaml", OFFER.format(code=offer, more=terms))


def codes(app: App) -> list[Any]:
    with app.store.read() as connection:
        return list(connection.execute(select(table(Code)).order_by("customer_id")))


def letters(project: Project) -> str:
    return "".join(path.read_text() for path in sorted((project.root / "outbox").rglob("*.eml")))


def test_each_customer_gets_a_code_of_their_own_in_their_letter(project: Project) -> None:
    app = project.at(FIRST)
    shown = app.preview(["letter"])["campaigns"][0]
    assert "BACK-XXXX-XXXX" in shown["samples"][0]["html"]
    assert codes(app) == [], "a preview reserves nothing"
    app.run(["letter"])
    found = codes(app)
    assert [row.customer_id for row in found] == ["ann", "bea", "cid"]
    assert len({row.code for row in found}) == 3
    assert {row.state for row in found} == {"issued"}
    assert {row.expires_at.date().isoformat() for row in found} == {"2026-07-15"}
    sent = letters(project)
    assert all(row.code in sent for row in found)
    assert "15% off" in sent


def test_a_code_goes_back_when_its_message_is_never_sent(project: Project) -> None:
    app = project.at(FIRST)
    app.plan_due(["letter"])
    assert {row.state for row in codes(app)} == {"reserved"}
    with app.store.write() as connection:
        reason = Reason("email", "ann@x.example", "opted_out", app.moment().as_of, "test")
        suppress(connection, [reason])
    app.dispatch()
    states = {row.customer_id: row.state for row in codes(app)}
    assert states == {"ann": "returned", "bea": "issued", "cid": "issued"}


def test_codes_are_the_version_s_that_ran_and_the_same_after_an_edit(project: Project) -> None:
    app = project.at(FIRST)
    app.plan_due(["letter"])
    promised = {row.code for row in codes(app)}
    text = (project.root / "rules/comeback.yaml").read_text()
    project.write("rules/comeback.yaml", text.replace("percent: 15", "percent: 40"))
    project.at(FIRST).dispatch()
    assert {row.code for row in codes(app)} == promised
    assert "15% off" in letters(project)
    assert "40%" not in letters(project)


def test_a_budget_that_is_too_small_holds_the_run_and_gives_nothing(project: Project) -> None:
    campaign(project, terms="budget: {codes: 2}")
    app = project.at(FIRST)
    shown = app.preview(["letter"])["campaigns"][0]
    told = "offer comeback: 3 people would get a code, and 2 are left: raise its budget"
    assert shown["held"] == told
    app.run(["letter"])
    assert codes(app) == []
    assert list(app.deliveries()) == []
    campaign(project, terms="budget: {codes: 3}")
    project.at(FIRST).run(["letter"])
    assert len(codes(app)) == 3


def test_two_campaigns_of_one_plan_share_a_budget(project: Project) -> None:
    campaign(project, terms="budget: {codes: 4}")
    other = (project.root / "rules/letter.yaml").read_text().replace("campaign: letter", "campaign: other")
    project.write("rules/other.yaml", other + "priority: 10\n")
    shown = project.at(FIRST).preview(["letter", "other"])["campaigns"]
    assert [one["held"] is None for one in shown] == [True, False]


def test_a_pool_gives_each_code_once_and_takes_back_what_was_not_sent(project: Project) -> None:
    campaign(project, more="reenter: always\n", offer="{pool: codes/comeback.csv}")
    project.write("codes/comeback.csv", "code,made\nAAA,x\nBBB,x\nAAA,x\nCCC,x\n")
    app = project.at(FIRST)
    app.plan_due(["letter"])
    assert sorted(row.code for row in codes(app)) == ["AAA", "BBB", "CCC"]
    with app.store.write() as connection:
        suppress(connection, [Reason("email", "bea@x.example", "opted_out", app.moment().as_of, "test")])
    app.dispatch()
    app = project.at(SECOND)
    held = app.preview(["letter"])["campaigns"][0]["held"]
    assert held == "offer comeback: 2 people would get a code, and 1 are left: put more codes into its pool"
    project.write("codes/comeback.csv", "AAA\nBBB\nCCC\nDDD\n")
    app.run(["letter"])
    issued = sorted(row.code for row in codes(app) if row.state == "issued")
    assert issued == ["AAA", "BBB", "CCC", "DDD"]


def test_a_pool_that_is_not_there_is_told(project: Project) -> None:
    campaign(project, offer="{pool: codes/comeback.csv}")
    held = project.at(FIRST).preview(["letter"])["campaigns"][0]["held"]
    assert held == ("offer comeback: the codes in comeback.csv cannot be read: No such file or directory")


def test_everybody_shares_a_shared_code(project: Project) -> None:
    campaign(project, offer="{shared: SPRING15}")
    app = project.at(FIRST)
    app.run(["letter"])
    assert {row.code for row in codes(app)} == {"SPRING15"}
    assert letters(project).count("SPRING15") >= 3


def test_the_held_out_get_no_code(project: Project) -> None:
    campaign(project, more="holdout: 100%\n")
    app = project.at(FIRST)
    app.run(["letter"])
    assert codes(app) == []


def used(project: Project, app: App, kind: str, text: str) -> None:
    project.write(f"{kind}.csv", text)
    app.import_file(kind, project.root / f"{kind}.csv")


def test_codes_that_are_used_are_known_from_the_shop_s_own_list(project: Project) -> None:
    app = project.at(FIRST)
    app.run(["letter"])
    ann, bea, cid = (row.code for row in codes(app))
    lines = f"{ann},2026-07-03T10:00:00Z\n{bea.lower()},2026-07-04T10:00:00Z\n{ann},2026-07-02T10:00:00Z\n"
    text = f"code,redeemed_at\n{lines}NOT-OURS,2026-07-04T10:00:00Z\n{cid},2026-05-01T10:00:00Z\n"
    for _ in range(2):
        used(project, app, "redemptions", text)
        found = [(row.state, row.redeemed_at and row.redeemed_at.day) for row in codes(app)]
        assert found == [("redeemed", 2), ("redeemed", 4), ("issued", None)]


def test_an_order_that_names_a_code_has_used_it(project: Project) -> None:
    app = project.at(FIRST)
    app.run(["letter"])
    ann, bea, _ = (row.code for row in codes(app))
    head = "order_id,customer_id,ordered_at,amount,status,code\n"
    used(
        project, app, "orders", f"{head}o1,ann,2026-07-03,9,completed,{ann}\no2,bea,2026-07-03,9,open,{bea}\n"
    )
    assert [row.state for row in codes(app)] == ["redeemed", "issued", "issued"]


def test_a_shared_code_is_used_by_whoever_had_it(project: Project) -> None:
    campaign(project, offer="{shared: SPRING15}")
    app = project.at(FIRST)
    app.run(["letter"])
    lines = "SPRING15,2026-07-03,bea\nSPRING15,2026-07-03,zoe\nSPRING15,2026-06-03,cid\n"
    used(project, app, "redemptions", f"code,redeemed_at,customer_id\n{lines}")
    assert [row.state for row in codes(app)] == ["issued", "redeemed", "issued"]
    told = app.offers()[0]
    assert told["codes"] == {"reserved": 0, "issued": 2, "redeemed": 1, "returned": 0}
    assert told["left"] is None
    assert [row["customer_id"] for row in app.offer_codes("comeback", "redeemed")] == ["bea"]


def test_a_code_that_stands_twice_in_a_long_pool_counts_once(project: Project) -> None:
    campaign(project, offer="{pool: codes/comeback.csv}")
    lines = [f"C{number}" for number in range(5_000)]
    project.write("codes/comeback.csv", "\n".join([*lines, *lines[:50]]) + "\n")
    assert project.at(FIRST).offers()[0]["left"] == 5_000
