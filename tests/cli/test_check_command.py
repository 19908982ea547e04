"""`rekindle check` as people and hooks call it: what is shown, and how it ends."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engine.app import init
from engine.cli.program import run
from tests.conftest import ROOT

Call = Callable[..., tuple[int, str, str]]
RULE = "campaign: {}\ndescribe: x\nschedule: daily at 10:00\naudience: {}\nsteps:\n  - email: {}\n"


@pytest.fixture
def rekindle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A project of its own, without the placeholders of the shipped one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_BRAND__POSTAL_ADDRESS", "Shop, 5 Mill Lane, York")
    monkeypatch.setenv("REKINDLE_BRAND__PUBLIC_URL", "https://shop.co.uk")
    init(Path())
    for file in Path("rules").glob("*.yaml"):
        file.unlink()

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def write(name: str, audience: str = "{country: GB}", template: str = "onboarding/welcome") -> None:
    Path(f"rules/{name}.yaml").write_text(RULE.format(name, audience, template), "utf-8")


def test_a_sound_project(rekindle: Call) -> None:
    write("x")
    assert rekindle("check") == (0, "1 campaign and 0 segments read: no problems\n", "")


def test_a_problem_has_its_place_its_line_a_caret_and_a_hint(rekindle: Call) -> None:
    write("x", "{contry: GB}")
    code, out, err = rekindle("check")
    assert code == 2
    assert out == "0 campaigns and 0 segments read: 1 error\n"
    assert err.splitlines() == [
        "rules/x.yaml:4:12: error: unknown condition 'contry'",
        "    audience: {contry: GB}",
        "               ^",
        "    did you mean 'country'?",
    ]


def test_warnings_stop_nothing_unless_that_is_asked(rekindle: Call) -> None:
    write("x", "{orders: {count: -1}}")
    assert rekindle("check")[0] == 0
    code, out, _ = rekindle("check", "--strict")
    assert (code, out) == (1, "1 campaign and 0 segments read: 1 warning\n")
    write("y", "{orders: {count: }}")
    assert rekindle("check", "--strict")[0] == 2


def test_json_has_every_part(rekindle: Call) -> None:
    write("x", "{contry: GB}")
    code, out, err = rekindle("check", "--json")
    assert (code, err) == (2, "")
    assert json.loads(out) == {
        "problems": [
            {
                "file": "rules/x.yaml",
                "line": 4,
                "column": 12,
                "level": "error",
                "message": "unknown condition 'contry'",
                "hint": "did you mean 'country'?",
            }
        ]
    }


def test_files_choose_what_is_shown_and_everything_is_read(rekindle: Call) -> None:
    write("x", "{segment: vips}")
    write("y", "{contry: GB}")
    write("z", template="nowhere")
    assert rekindle("check", "rules/x.yaml")[2].startswith("rules/x.yaml:4:21: error: there is no segment")
    assert rekindle("check", "x")[1] == "1 campaign and 0 segments read: 1 error (2 problems elsewhere)\n"
    assert rekindle("check", "rules")[1] == "1 campaign and 0 segments read: 3 errors\n"
    assert rekindle("check", str(Path("rules/y.yaml").absolute()), "z")[0] == 2
    assert rekindle("check", "templates", "--json")[:2] == (0, '{\n  "problems": []\n}\n')
    Path("rules/y.yaml").unlink()
    assert rekindle("check", "rules/z.yaml", "config.yaml")[0] == 2


def test_a_campaign_is_shown_with_its_template(rekindle: Call) -> None:
    write("x")
    Path("templates/onboarding/welcome.email.j2").write_text(
        "---\nsubject: Hi\n---\n{{ custmer.id }}\n", "utf-8"
    )
    assert rekindle("check", "x")[2].startswith(
        "templates/onboarding/welcome.email.j2:4:4: error: unknown name"
    )
    assert rekindle("check", "rules/x.yaml")[0] == 0


def test_what_is_not_there_is_told_with_the_nearest(rekindle: Call) -> None:
    write("hello")
    assert rekindle("check", "helo") == (
        2, "", "rekindle: there is no file and no rule 'helo' (did you mean 'hello'?)\n"
    )  # fmt: skip
    code, _, err = rekindle("check", os.path.join(os.sep, "etc"))
    assert (code, "is outside of" in err) == (2, True)


def test_data_asks_for_a_store(rekindle: Call) -> None:
    write("x")
    code, _, err = rekindle("check", "--data")
    assert code == 2
    assert "there is no store yet" in err


def test_data_looks_into_it(rekindle: Call) -> None:
    write("x", "{country: GB}")
    Path("customers.csv").write_text("customer_id,country\n" + "".join(f"c{n},IE\n" for n in range(30)))
    assert rekindle("import", "customers", "customers.csv")[0] == 0
    code, _out, err = rekindle("check", "--data", "rules")
    assert code == 0
    assert (
        err.splitlines()[0]
        == "rules/x.yaml:4:11: warning: nobody of 30 customers matches this campaign today"
    )
    assert "rules/x.yaml:4:21: hint: no customer is in 'GB'" in err


def test_the_hook_that_ships_runs_the_command_that_there_is() -> None:
    (hook,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["entry"].split() == ["rekindle", "check"]
    assert hook["pass_filenames"] is False
