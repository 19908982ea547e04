"""`rekindle explain` as people read it, and as programs do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from engine.app import init
from engine.cli.explain_text import apart
from engine.cli.program import run

NOW = "2026-07-01T10:00:00Z"
COMEBACK = """campaign: comeback
describe: Bought, and silent for a month.
stage: re-engagement
schedule: daily at 10:00
audience:
  all:
    - last_purchase: {older_than: 30 days}
    - city: [تهران, London]
  none:
    - tag: staff
reenter: after 60 days
steps:
  - email: onboarding/welcome
"""
CUSTOMERS = """customer_id,email,first_name,email_consent,created_at,city,tags,timezone
ann,ann@example.com,Ann,yes,2026-01-01,London,,Europe/London
۱۲,reza@example.com,رضا,yes,2026-01-01,تهران,,Asia/Tehran
bob,bob@example.com,Bob,no,2026-01-01,London,staff,Europe/London
cid,cid@example.com,Cid,yes,2026-01-01,London,,Europe/London
"""
ORDERS = """order_id,customer_id,ordered_at,amount,currency
1,ann,2026-05-01T10:00:00Z,10,EUR
2,۱۲,2026-05-01T10:00:00Z,10,EUR
3,bob,2026-05-01T10:00:00Z,10,EUR
4,cid,2026-06-20T15:30:00Z,10,EUR
"""
Said = tuple[int, str, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("explain")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("REKINDLE_NOW", NOW)
        init(Path())
        for file in Path("rules").glob("*.yaml"):
            file.unlink()
        Path("rules/comeback.yaml").write_text(COMEBACK)
        for kind, text in (("customers", CUSTOMERS), ("orders", ORDERS)):
            Path(f"{kind}.csv").write_text(text)
            assert run(["import", kind, f"{kind}.csv"]) == 0
        yield folder


@pytest.fixture
def rekindle(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Rekindle":
    monkeypatch.chdir(project)
    monkeypatch.setenv("REKINDLE_NOW", NOW)
    return Rekindle(capsys)


class Rekindle:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> Said:
        self.capsys.readouterr()
        code = run(list(words))
        told = self.capsys.readouterr()
        return code, told.out, told.err


def test_yes_is_said_first_and_every_clause_and_gate_is_told(rekindle: Rekindle) -> None:
    code, out, _ = rekindle("explain", "comeback", "ann")
    assert code == 0
    first, second, *rest = out.splitlines()
    assert first == "comeback: Ann (ann), as of 2026-07-01 10:00 (UTC)"
    assert second == "Yes: email onboarding/welcome, now."
    told = " ".join(" ".join(rest).split())
    assert (
        "yes last purchase before 2026-06-01 10:00 (more than 30 days ago): last purchase 2026-05-01" in told
    )
    assert "yes not tagged staff: no tags" in told
    assert "yes has agreed email: subscribed on 2026-01-01 (import)" in told
    assert "1. email onboarding/welcome, 2026-07-01 10:00" in told


def test_no_is_told_with_the_clause_and_from_when_on_it_is_yes(rekindle: Rekindle) -> None:
    _, out, _ = rekindle("explain", "comeback", "cid")
    told = " ".join(out.split())
    assert "No: the rule does not match. It asks for: last purchase before 2026-06-01 10:00" in told
    assert "If nothing new happens, it is yes from 2026-07-20 15:31 on" in told
    assert "the first run after that is at 2026-07-21 10:00" in told


def test_a_refusing_gate_is_told_with_the_row_behind_it(rekindle: Rekindle) -> None:
    found = json.loads(rekindle("explain", "comeback", "bob", "--json")[1])
    gates = {one["gate"]: one for one in found["gates"]}
    assert gates["no_consent"]["decision"] == "skip"
    assert gates["no_consent"]["detail"] == "email: unsubscribed on 2026-01-01 (import)"
    assert found["why"] == "It leaves out: tagged staff. Theirs: tagged staff"


def test_the_json_is_what_others_build_on(rekindle: Rekindle) -> None:
    found = json.loads(rekindle("explain", "comeback", "cid", "--json", "--as-of", "2026-06-30")[1])
    asked = {name: found[name] for name in ("campaign", "customer_id", "as_of", "answer", "reason", "until")}
    assert asked == {
        "campaign": "comeback",
        "customer_id": "cid",
        "as_of": "2026-06-30T00:00:00Z",
        "answer": "skip",
        "reason": "rule",
        "until": None,
    }
    assert found["eligible_from"] == "2026-07-20T15:30:00.001Z"
    assert found["clauses"][0] == {
        "text": "last purchase before 2026-05-31 (more than 30 days ago)",
        "holds": False,
        "value": "last purchase 2026-06-20 15:30, 9 days ago",
        "depth": 0,
        "joined": "",
    }
    assert [one["gate"] for one in found["gates"]] == [
        "already_enrolled",
        "no_address",
        "no_consent",
        "suppressed",
        "duplicate_address",
        "frequency_cap",
        "holdout",
        "quiet_hours",
    ]


def test_a_customer_alone_is_told_every_campaign_in_a_line(rekindle: Rekindle) -> None:
    _, out, _ = rekindle("explain", "ann")
    assert "  yes   comeback  email onboarding/welcome, now" in out.splitlines()
    found = json.loads(rekindle("explain", "ann", "--json")[1])
    assert [(one["campaign"], one["answer"]) for one in found["campaigns"]] == [("comeback", "send")]


def test_a_paused_campaign_says_so(rekindle: Rekindle) -> None:
    rekindle("pause", "comeback")
    _, out, _ = rekindle("explain", "comeback", "ann")
    assert "But nothing goes out: the campaign is paused: `rekindle resume comeback`." in " ".join(
        out.split()
    )
    assert "  held  comeback" in rekindle("explain", "ann")[1]
    rekindle("resume", "comeback")


def test_a_run_that_is_held_says_so(rekindle: Rekindle) -> None:
    crowd = COMEBACK.replace("comeback", "crowd").replace(
        "reenter: after 60 days", "limits: {max_audience: 1}"
    )
    Path("rules/crowd.yaml").write_text(crowd)
    rekindle("run", "crowd")
    _, out, _ = rekindle("explain", "crowd", "ann")
    assert "But nothing goes out: 2 people is more than its max_audience of 1." in " ".join(out.split())
    Path("rules/crowd.yaml").unlink()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("comback", "ann"), "there is no campaign 'comback' (did you mean 'comeback'?)"),
        (("comeback", "amn"), "there is no customer 'amn'; did you mean 'ann'?"),
        (("amn",), "there is no customer 'amn'; did you mean 'ann'?"),
        (("ann", "comeback"), "the campaign comes first: rekindle explain comeback ann"),
        (("comeback",), "'comeback' is a campaign; say which customer: rekindle explain comeback CUSTOMER"),
        (
            ("ann", "--as-of", "0001-01-01"),
            "--as-of: the year 1 is not one that we can reckon with",
        ),
        (("comeback", "12"), "there is no customer '12'; did you mean '۱۲'?"),
    ],
)
def test_mistakes_are_told_in_a_sentence(rekindle: Rekindle, words: tuple[str, ...], told: str) -> None:
    code, out, err = rekindle("explain", *words)
    assert (code, out, err) == (2, "", f"rekindle: {told}\n")


def test_columns_keep_their_places_beside_persian(rekindle: Rekindle) -> None:
    _, out, _ = rekindle("explain", "comeback", "۱۲")
    latin = rekindle("explain", "comeback", "ann")[1]
    gates = re.compile(r"^  (?:yes|no|later|-)\s+(?:has agreed|awake|under the cap)\s+", re.MULTILINE)
    assert [cell_len(head) for head in gates.findall(out)] == [
        cell_len(head) for head in gates.findall(latin)
    ]
    assert out.count("\u2068") == out.count("\u2069") > 0
    assert "\u2068رضا\u2069" in out


def test_right_to_left_words_are_kept_apart_and_nothing_else_is() -> None:
    assert apart("city is تهران, 212 days") == "city is \u2068تهران\u2069, 212 days"
    assert apart("علی\u200cرضا جان and \u202eevil") == "\u2068علی\u200cرضا جان\u2069 and evil"
    assert apart("plain\ntext") == "plain text"
