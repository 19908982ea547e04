"""`check` over a whole project: config, rules and templates in one list, in their order, each once."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.compose.library import Library
from engine.cycle.check import check
from engine.rules.forms import Reading
from engine.rules.loader import load as load_rules
from engine.settings import load as load_settings
from tests.conftest import ROOT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIG = """
brand:
  name: Shop
  postal_address: Shop, 5 Mill Lane, York
  public_url: https://shop.co.uk
channels:
  email: {provider: file, from: Shop <hello@shop.co.uk>}
"""
Told = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """What `check` says of a project with that config and those rules, on the shipped templates."""

    def told(config: str = CONFIG, rules: dict[str, str] | None = None, **environment: str) -> list[str]:
        (tmp_path / "config.yaml").write_text(config, "utf-8")
        (tmp_path / "rules").mkdir(exist_ok=True)
        for name, text in (rules or {}).items():
            (tmp_path / "rules" / f"{name}.yaml").write_text(text, "utf-8")
        settings = load_settings(tmp_path / "config.yaml", environment)
        book = load_rules(tmp_path / "rules", Reading(settings.brand.reckoning, settings.brand.currency))
        return [str(one) for one in check(settings, book, Library(ROOT / "templates"), NOW)]

    return told


def rule(name: str, condition: str = "everyone: true", step: str = "email: onboarding/welcome") -> str:
    return (
        f"campaign: {name}\ndescribe: x\nschedule: daily at 10:00\n"
        f"audience: {{{condition}}}\nsteps:\n  - {step}\n"
    )


def test_the_shipped_project_has_only_its_placeholders_to_mend() -> None:
    settings = load_settings(ROOT / "config.yaml", {})
    book = load_rules(ROOT / "rules", Reading(settings.brand.reckoning, settings.brand.currency))
    found = check(settings, book, Library(ROOT / "templates"), NOW)
    assert [str(one.place) + " " + one.level for one in found] == [
        "config.yaml:9:19 warning",
        "config.yaml:10:15 warning",
        "rules/big-spenders.yaml:5:10 hint",
        "rules/regulars.yaml:3:10 hint",
    ]


def test_a_sound_project_has_no_problems(told: Told) -> None:
    assert told(rules={"x": rule("x")}) == []


def test_a_placeholder_is_told_where_it_stands(told: Told) -> None:
    config = CONFIG.replace("5 Mill Lane", "1 Your Street").replace("shop.co.uk\nc", "shop.example.com\nc")
    found = told(config)
    assert [line.split(" (")[0] for line in found] == [
        "config.yaml:4:19: warning: brand.postal_address is still the placeholder",
        "config.yaml:5:15: warning: brand.public_url is still the placeholder https://shop.example.com",
    ]
    (found_there,) = told(CONFIG, REKINDLE_BRAND__POSTAL_ADDRESS="")
    assert found_there.startswith("REKINDLE_BRAND__POSTAL_ADDRESS: warning: brand.postal_address is empty")


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("{provider: smpt}", "config.yaml:7:21: error: there is no provider 'smpt' (did you mean 'smtp'?)"),
        (
            "{provider: smtp, from: a@shop.co.uk, prot: 25}",
            "config.yaml:7:10: error: channels: provider smtp has no setting 'prot'",
        ),
        (
            "{provider: smtp, host: localhost, from: hello@shop.example.com}",
            "config.yaml:7:50: warning: channels.email.from is still the placeholder",
        ),
        (
            "{redirect_to: me@shop.co.uk}",
            "config.yaml:7:24: hint: every message goes to me@shop.co.uk instead of to the customer",
        ),
    ],
)
def test_channels(told: Told, email: str, message: str) -> None:
    config = CONFIG.replace("{provider: file, from: Shop <hello@shop.co.uk>}", email)
    (found,) = told(config)
    assert found.startswith(message)


def test_an_import_of_nothing(told: Told) -> None:
    (found,) = told(f"{CONFIG}import: {{ordres: {{columns: {{a: b}}}}}}\n")
    assert (
        found == "config.yaml:8:18: error: 'ordres' is nothing that can be imported (did you mean 'orders'?)"
    )


def test_everything_in_one_list(told: Told) -> None:
    rules = {
        "b": rule("b", "orders: {count: {at_least: 5, less_than: 3}}"),
        "a": rule("a", "contry: GB"),
        "c": rule("c", step="email: onboarding/welcom"),
        "d": rule("d", step="sms: onboarding/welcome"),
    }
    found = told(CONFIG.replace("York", "Your Town"), rules)
    assert [line.split(" (")[0].split("': templates")[0] for line in found] == [
        "config.yaml:4:19: warning: brand.postal_address is still the placeholder",
        "rules/a.yaml:4:12: error: unknown condition 'contry'",
        "rules/b.yaml:4:20: warning: nobody can ever match this `orders`: its bounds contradict each other",
        "rules/c.yaml:6:12: error: there is no template 'onboarding/welcom",
        "rules/d.yaml:6:10: error: there is no template 'onboarding/welcome",
    ]


def test_a_template_of_several_campaigns_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "templates" / "layouts").mkdir(parents=True)
    for name in ("email.j2", "text.j2", "parts.j2"):
        text = (ROOT / "templates" / "layouts" / name).read_text("utf-8")
        (tmp_path / "templates" / "layouts" / name).write_text(text, "utf-8")
    broken = "---\nsubject: Hello\n---\n{{ custmer.id }}\n"
    (tmp_path / "templates" / "hello.email.j2").write_text(broken, "utf-8")
    (tmp_path / "rules").mkdir()
    for name in ("a", "b"):
        text = rule(name, f"city: {name}", "email: hello")
        (tmp_path / "rules" / f"{name}.yaml").write_text(text, "utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    settings = load_settings(tmp_path / "config.yaml", {})
    book = load_rules(tmp_path / "rules", Reading())
    found = check(settings, book, Library(tmp_path / "templates"), NOW)
    assert [str(one).split(" (")[0] for one in found] == [
        "templates/hello.email.j2:4:4: error: unknown name 'custmer'"
    ]
