"""Every recipe is a campaign that works: it is read without a complaint, and people would get letters."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine

from engine import recipes, sample
from engine.app import App
from engine.cli.program import run
from engine.clock import parse_instant
from engine.cycle.preview import Wish
from engine.errors import YoursToFix
from engine.recipes import Project, Recipe
from engine.shipped import init, starter

NOW = parse_instant("2026-11-20T10:30:00Z")
KNOWN = recipes.recipes(starter())
ASKED_FOR = {
    "onboarding", "after-sales", "cross-sell", "vip-sale", "daily-deal", "overdue", "account-expiring",
    "win-back", "cancelled-subscription", "abandoned-cart", "birthday", "review-request",
}  # fmt: skip


def test_there_is_one_for_every_occasion() -> None:
    assert set(KNOWN) == ASKED_FOR
    stages = [one.stage for one in KNOWN.values()]
    assert stages == sorted(stages, key=["onboarding", "active", "lapsing", "re-engagement"].index)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a sample shop with nothing but the recipes previews, by campaign."""
    root = tmp_path_factory.mktemp("shop")
    (root / "config.yaml").write_bytes((starter() / "config.yaml").read_bytes())
    for recipe in KNOWN.values():
        recipes.write(recipe, recipe.name, starter(), Project(root))
    with time_machine.travel(NOW, tick=False):
        here = App.open(root / "config.yaml")
        for kind, file in sample.write(root / "data", NOW, customers=900).items():
            here.import_file(kind, file)
        problems = [str(one) for one in here.check() if not one.place.file.endswith("config.yaml")]
        found = here.preview(wish=Wish(everything=True, limit=6))
        here.close()
    return {"problems": problems} | {one["campaign"]: one for one in found["campaigns"]}


def test_check_finds_nothing_to_say(shop: dict[str, Any]) -> None:
    assert shop["problems"] == []


@pytest.mark.parametrize("recipe", KNOWN.values(), ids=lambda one: one.name)
def test_it_finds_people_and_writes_to_them(recipe: Recipe, shop: dict[str, Any]) -> None:
    found = shop[recipe.name]
    assert found["matched"]
    assert found["will_send"]
    assert found["held"] is None
    assert found["samples"]
    for one in found["samples"]:
        assert one["subject"]
        assert one["text"].strip()
        assert "<h1" in one["html"]
        assert not re.search(r"[{}]|None|PLACEHOLDER|undefined", one["subject"] + one["text"])


@pytest.mark.parametrize("recipe", KNOWN.values(), ids=lambda one: one.name)
def test_every_language_of_a_letter_is_one(recipe: Recipe) -> None:
    assert "letter.email.j2" in recipe.letters
    assert f"letter.{recipe.channels[0]}.j2" in recipe.letters
    for file, text in recipe.letters.items():
        persian = re.search("[آ-ی]", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL))
        assert bool(persian) == (".fa." in file), file
    if "fa" in recipe.languages:
        assert {f"letter.fa.{channel}.j2" for channel in recipe.channels[:1]} <= set(recipe.letters)


@pytest.mark.parametrize("recipe", KNOWN.values(), ids=lambda one: one.name)
def test_a_marketer_sees_where_to_edit(recipe: Recipe) -> None:
    assert recipe.text.startswith("# yaml-language-server: $schema=schema.json\n# ")
    assert recipe.text.count("# ") >= 4
    assert recipe.describe.endswith(".")


def test_another_name_is_used_throughout(tmp_path: Path) -> None:
    written = recipes.write(KNOWN["win-back"], "come-back", starter(), Project(tmp_path, segments=["staff"]))
    assert "rules/come-back.yaml" in written
    rule = (tmp_path / "rules/come-back.yaml").read_text("utf-8")
    assert "\ncampaign: come-back\n" in rule
    assert "- email: come-back/letter" in rule
    assert "re-engagement/win-back" not in rule
    assert (tmp_path / "templates/come-back/letter.fa.email.j2").exists()
    assert "rules/paying-subscribers.yaml" in written  # the rule names it, and it was not there
    assert not (tmp_path / "rules/staff.yaml").exists()


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    letter = tmp_path / "templates/birthday/letter.sms.j2"
    letter.parent.mkdir(parents=True)
    letter.write_text("mine")
    with pytest.raises(YoursToFix, match=r"templates/birthday/letter\.sms\.j2 already.*--name birthday-2"):
        recipes.write(KNOWN["birthday"], "birthday", starter(), Project(tmp_path))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["letter.sms.j2"]
    assert letter.read_text() == "mine"


@pytest.mark.parametrize("name", ["Birthday", "my birthday", "../birthday", "تولد", ""])
def test_a_name_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(YoursToFix, match="a name is made of a to z, 0 to 9 and -"):
        recipes.write(KNOWN["birthday"], name, starter(), Project(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    init(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_says_what_to_do_next(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "abandoned-cart", "--name", "cart"]) == 0
    out = capsys.readouterr().out
    assert "wrote rules/cart.yaml" in out
    assert "- sms: cart/letter" in out
    assert "rekindle check" in out
    assert "rekindle preview cart" in out
    assert (project / "rules" / "cart.yaml").exists()


def test_the_command_refuses_in_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(project.rglob("*"))
    assert run(["rules", "new", "birthdya"]) == 2
    assert "there is no recipe 'birthdya' (did you mean 'birthday'?)" in capsys.readouterr().err
    assert run(["rules", "new", "win-back"]) == 2
    told = capsys.readouterr().err
    assert "there is a campaign 'win-back' already, and nothing is overwritten" in told
    assert "rekindle rules new win-back --name win-back-2" in told
    assert run(["rules", "new", "--name", "x"]) == 2
    assert "name a recipe" in capsys.readouterr().err
    assert sorted(project.rglob("*")) == before


def test_what_the_project_ships_with_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "onboarding"]) == 0
    assert "your project has this campaign already, as welcome" in capsys.readouterr().out


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "--list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ASKED_FOR)
    assert run(["rules", "new", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["recipes"]
    assert [row["recipe"] for row in rows] == list(KNOWN)
    assert rows[1]["channels"] == ["email", "sms"]
