"""The commands as people type them: what they say, what they do, and how they end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.app import init
from engine.cli.program import run

Rekindle = Callable[..., tuple[int, str, str]]
PEOPLE = 130
HELLO = """campaign: hello
describe: Everybody.
stage: active
schedule: daily at 10:00
audience: {everyone: true}
reenter: always
steps:
  - email: onboarding/welcome
"""


@pytest.fixture
def rekindle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rekindle:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_NOW", "2026-07-01T10:00:00Z")

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def shop(rekindle: Rekindle, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Rekindle:
    """A project with a hundred and thirty customers who have said yes, and one campaign for them all."""
    init(Path())
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    for file in Path("rules").glob("*.yaml"):
        file.unlink()
    Path("rules/hello.yaml").write_text(HELLO)
    rows = [f"c{n:03},c{n:03}@example.com,Ann {n},yes,2026-01-01" for n in range(PEOPLE)]
    header = "customer_id,email,first_name,email_consent,created_at"
    Path("customers.csv").write_text("\n".join([header, *rows]))
    assert rekindle("import", "customers", "customers.csv")[0] == 0
    return rekindle


def states(call: Rekindle) -> list[str]:
    return [row["state"] for row in json.loads(call("deliveries", "--json")[1])["deliveries"]]


@pytest.mark.parametrize("words", [("check",), ("status",), ("run",), ("audience", "x"), ("preview",)])
def test_a_folder_without_a_project_says_how_to_start_one(rekindle: Rekindle, words: tuple[str, ...]) -> None:
    code, out, err = rekindle(*words)
    assert (code, out) == (2, "")
    assert err == (
        "rekindle: there is no config.yaml here; run `rekindle init` to make one, or pass --config PATH\n"
    )


@pytest.mark.parametrize(
    "words", [("status",), ("run",), ("preview",), ("deliveries",), ("audience", "staff")]
)
def test_a_project_without_a_store_says_what_makes_one(rekindle: Rekindle, words: tuple[str, ...]) -> None:
    init(Path())
    code, _, err = rekindle(*words)
    assert code == 2
    assert "there is no store yet; `rekindle import customers FILE` creates it" in err
    assert not Path("rekindle.db").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("frobnicate",), "rekindle: No such command 'frobnicate'. See `rekindle --help`.\n"),
        (("check", "--config", "x"), "No such option: --config; it stands before the command. See"),
        (("explain",), "say whose: `rekindle explain CUSTOMER`, or `rekindle explain CAMPAIGN CUSTOMER`"),
        (("prevew",), "Did you mean 'preview', "),
        (("audience", "helo"), "there is no segment or campaign 'helo' (did you mean 'hello'?)"),
        (("preview", "helo"), "there is no campaign 'helo'"),
        (("audience", "hello", "--as-of", "soon"), "--as-of: 'soon' is not a date; write '2026-03-21'"),
        (("import", "custs", "customers.csv"), "did you mean 'customers'?"),
        (("import", "customers", "nope.csv"), "there is no file nope.csv"),
        (("import", "customers", "customers.csv", "--map", "x"), "must look like THEIRS=OURS"),
        (("pause",), "say what: `rekindle pause NAME` or `rekindle pause --all`"),
        (("approve", "xyz"), "no held run is called 'xyz' (no run is held)"),
        (("deliveries", "--state", "lost"), "there is no state 'lost'; known: planned, claimed"),
        (("preview", "--list", "holdouts", "hello"), "did you mean 'holdout'?"),
        (("preview", "--send-to", "me@example.com"), "--send-to takes one campaign"),
    ],
)
def test_what_is_mistyped_is_answered_in_a_sentence(
    shop: Rekindle, words: tuple[str, ...], told: str
) -> None:
    code, _, err = shop(*words)
    assert code == 2
    assert told in err
    assert "Traceback" not in err


def test_a_run_above_its_share_is_held_until_it_is_approved(shop: Rekindle) -> None:
    preview = json.loads(shop("preview", "hello", "--json")[1])["campaigns"][0]
    assert preview["held"].startswith("130 of 130 people who can be reached is 100%")
    assert preview["will_send"] == PEOPLE
    code, out, _ = shop("run", "hello")
    assert code == 1
    assert "held: 130 of 130 people" in out
    assert states(shop) == []
    held = json.loads(shop("status", "--json")[1])["held"][0]
    assert shop("approve", held["run"])[0] == 0
    assert states(shop) == [], "approving sends nothing by itself"
    assert shop("run", "hello")[0] == 0
    assert states(shop) == ["accepted"] * PEOPLE
    assert shop("run", "hello")[1].startswith("nothing new to plan")
    assert states(shop) == ["accepted"] * PEOPLE


def test_pausing_everything_stops_everything_and_resuming_goes_on(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    code, told, _ = shop("pause", "--all", "--reason", "a doubt")
    assert code == 0
    assert "until `rekindle resume --all`" in " ".join(told.split())
    preview = json.loads(shop("preview", "hello", "--json")[1])["campaigns"][0]
    assert preview["held"] == "everything is paused: `rekindle resume --all`"
    assert shop("run", "hello")[0] == 1
    assert states(shop) == []
    assert json.loads(shop("status", "--json")[1])["paused"][0]["reason"] == "a doubt"
    assert shop("resume", "--all")[0] == 0
    assert shop("run", "hello")[0] == 0
    assert states(shop) == ["accepted"] * PEOPLE


def test_a_file_that_is_no_store_is_told_in_a_sentence(rekindle: Rekindle) -> None:
    init(Path())
    Path("rekindle.db").write_text("notes, and not a database\n" * 40)
    code, _, told = rekindle("status")
    assert (code, told) == (
        2,
        "rekindle: database.url in config.yaml names a file that is not a store of rekindle\n",
    )


def test_a_paused_channel_keeps_what_was_planned(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    shop("pause", "email")
    assert "paused: email: `rekindle resume email`" in shop("run", "hello")[2]
    assert "paused: email since 10:00 on Wed 1 Jul 2026" in shop("status")[1]
    assert states(shop) == ["planned"] * PEOPLE
    shop("resume", "email")
    shop("run", "hello")
    assert states(shop) == ["accepted"] * PEOPLE


def test_who_is_asked_for_by_name_is_told_apart_from_who_is_written_to(shop: Rekindle) -> None:
    Path("more.csv").write_text("customer_id,email,email_consent\nx1,no address,yes\n")
    shop("import", "customers", "more.csv")
    assert "would not get" not in shop("preview", "hello", "--customer", "c001")[1]
    assert "x1 would not get this now: no address" in shop("preview", "hello", "--customer", "x1")[1]
    Path("rules/hello.yaml").write_text(HELLO.replace("{everyone: true}", "{country: DE}"))
    assert "would not get this now: the rule does not" in shop("preview", "hello", "--customer", "c001")[1]
    code, _, err = shop("preview", "hello", "--customer", "nobody")
    assert (code, "there is no customer 'nobody'" in err) == (2, True)


def test_an_address_that_cannot_be_used_is_shown_as_it_was_given(shop: Rekindle) -> None:
    Path("more.csv").write_text("customer_id,email,email_consent\nx1,me at example,yes\n")
    shop("import", "customers", "more.csv")
    assert "me at example" in shop("preview", "hello", "--list", "no_address")[1]


def test_the_hundredth_row_is_no_picture(shop: Rekindle) -> None:
    Path("more.csv").write_text("customer_id,email_consent\n" + "y,yes\n" * 98 + ",yes\n")
    assert "more.csv:100: customer_id is empty" in shop("import", "customers", "more.csv")[2]


def test_a_sample_goes_to_the_given_address_outside_the_ledger(shop: Rekindle) -> None:
    code, out, _ = shop("preview", "hello", "--send-to", "me@example.org")
    assert code == 0
    assert "sent a sample of hello to me@example.org, marked TEST" in out
    assert states(shop) == []
    mail = next(Path("outbox").glob("*.eml")).read_text("utf-8")
    assert "To: me@example.org" in mail
    assert "Subject: TEST " in mail


def test_a_sample_is_of_whoever_is_asked_for_and_says_why_it_cannot_be(shop: Rekindle) -> None:
    send = ("preview", "hello", "--send-to", "me@example.org")
    assert "TEST" in shop(*send, "--customer", "c007")[1]
    assert "did you mean 'c007'" in shop(*send, "--customer", "c0007")[2]
    assert shop("preview", "hello", "--send-to", "nobody")[2].endswith(
        "the sample was not taken: the address cannot be used\n"
    )
    Path("rules/hello.yaml").write_text(HELLO.replace("everyone: true", "country: [JP]"))
    assert "it would write to nobody now; say whose: --customer ID" in shop(*send)[2]


def test_a_message_that_cannot_be_written_is_told_beside_the_figures(shop: Rekindle) -> None:
    letter = Path("templates/onboarding/welcome.email.j2")
    letter.write_text(letter.read_text("utf-8") + "{{ customer.city }}", "utf-8")
    out = shop("preview", "hello")[1]
    told = "the template asks for city, which is not known of them, and has no default for it"
    assert f"! 4 of the 4 samples cannot be written, and people like them would get nothing: {told}" in out
    assert f"not sent      {told}" in out


def test_quiet_hours_defer_by_the_customers_own_clock(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    night = "customer_id,timezone\nc001,America/Los_Angeles\nc002,Asia/Tehran\nc003,Australia/Sydney\n"
    Path("zones.csv").write_text(night)
    shop("import", "customers", "zones.csv")
    preview = json.loads(shop("preview", "hello", "--json", "--list", "quiet_hours")[1])["campaigns"][0]
    assert preview["deferred"] == {"quiet_hours": 1}
    assert [one["customer_id"] for one in preview["names"]["quiet_hours"]] == ["c001"]
    assert preview["until"] == "2026-07-01T15:00:00Z"
    shop("run", "hello")
    rows = json.loads(shop("deliveries", "--json")[1])["deliveries"]
    assert [row["customer_id"] for row in rows if row["state"] == "planned"] == ["c001"]


def test_a_schedule_of_the_recipients_runs_zone_by_zone(shop: Rekindle) -> None:
    schedule = "schedule: {cron: '0 9 * * *', timezone: recipient}\nlimits: {max_audience: 1000}\n"
    Path("rules/hello.yaml").write_text(HELLO.replace("schedule: daily at 10:00\n", schedule))
    Path("zones.csv").write_text("customer_id,timezone\nc001,Asia/Tehran\nc002,Asia/Tehran\n")
    shop("import", "customers", "zones.csv")
    assert shop("run", "hello")[0] == 0
    rows = json.loads(shop("deliveries", "--json")[1])["deliveries"]
    slots = {row["customer_id"]: row["slot"] for row in rows}
    assert slots["c001"] == slots["c002"] == "2026-07-01T09:00@Asia/Tehran"
    assert slots["c003"] == "2026-07-01T09:00@UTC"
    assert len(rows) == PEOPLE


def test_a_broken_rule_stops_its_own_campaign_only(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    Path("rules/other.yaml").write_text(HELLO.replace("hello", "other").replace("everyone", "everyon"))
    code, _, err = shop("run", "other")
    assert code == 2
    assert "rules/other.yaml:5:12: error: unknown condition 'everyon'" in err
    code, _, err = shop("run")
    assert code == 1
    assert "everyon" in err
    assert states(shop) == ["accepted"] * PEOPLE
    code, out, err = shop("audience", "hello", "--ids")
    assert (code, len(out.split())) == (0, PEOPLE)
    assert "everyon" in err


def test_a_template_that_cannot_be_read_holds_its_own_campaign_only(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    Path("rules/other.yaml").write_text(HELLO.replace("hello", "other").replace("welcome", "first-order"))
    Path("templates/onboarding/first-order.email.j2").write_bytes(b"\xff\xfe")
    told = "templates/onboarding/first-order.email.j2:1:1: is not UTF-8 text (save it as UTF-8)"
    code, out, _ = shop("run", "hello", "other")
    assert (code, len(states(shop))) == (1, PEOPLE)
    assert f"other 2026-07-01T10:00: held: its messages cannot be written: {told}" in out
    assert told in shop("preview", "--all")[1]
    assert json.loads(shop("check", "--json")[1])["problems"][-1]["message"] == "is not UTF-8 text"


def test_the_audience_is_counted_listed_and_shown_as_a_statement(shop: Rekindle) -> None:
    ids = shop("audience", "hello", "--ids")[1].split()
    assert ids == sorted(ids)
    asked = json.loads(shop("audience", "hello", "--json", "--as-of", "2025-12-31")[1])
    assert asked == {
        "name": "hello", "kind": "campaign", "as_of": "2025-12-31T00:00:00Z", "count": 0, "customers": [],
    }  # fmt: skip
    assert shop("audience", "hello", "--sql")[1].startswith("SELECT customer.customer_id")


def test_what_was_due_too_long_ago_is_recorded_as_missed_and_may_still_be_named(
    shop: Rekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\nmax_lateness: 30 minutes\n")
    monkeypatch.setenv("REKINDLE_NOW", "2026-07-02T10:31:00Z")
    assert "hello 2026-07-02T10:00: missed" in shop("run")[1]
    assert states(shop) == []
    assert shop("run")[1].startswith("nothing new to plan")
    assert shop("run", "hello")[0] == 0
    assert states(shop) == ["accepted"] * PEOPLE


def test_an_edit_of_a_template_never_reaches_what_is_planned(shop: Rekindle) -> None:
    Path("rules/hello.yaml").write_text(HELLO + "limits: {max_audience: 1000}\n")
    shop("pause", "email")
    shop("run", "hello")
    letter = Path("templates/onboarding/welcome.email.j2")
    letter.write_text(letter.read_text("utf-8").replace("subject:", "subject: Edited - #", 1), "utf-8")
    letter.with_name("welcome.fa.email.j2").unlink()
    shop("resume", "email")
    shop("run", "hello")
    assert states(shop) == ["accepted"] * PEOPLE
    assert not any("Edited" in mail.read_text("utf-8") for mail in Path("outbox").glob("*.eml"))
