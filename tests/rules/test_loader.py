"""A folder of rule files as a book: what is in it, what is not and why, and how names are answered."""

from pathlib import Path

import pytest

from engine.durations import Calendar, Duration
from engine.errors import Problems, YoursToFix
from engine.rules.campaign import Campaign, Segment
from engine.rules.forms import Reading
from engine.rules.loader import RuleBook, load
from engine.rules.steps import MessageStep
from engine.vocabulary import Channel, Stage
from tests.conftest import ROOT

READING = Reading(Calendar("Europe/London"), "GBP")
REST = "schedule: daily at 10:00\nsteps: [{email: x}]\n"


def book(folder: Path, **files: str) -> RuleBook:
    """The book of these files: `win_back="..."` is rules/win-back.yaml."""
    (folder / "rules").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "rules" / f"{name.replace('_', '-')}.yaml").write_text(text, "utf-8")
    return load(folder / "rules", READING)


def segment(name: str, condition: str) -> str:
    return f"segment: {name}\ndescribe: x\naudience: {{{condition}}}\n"


def campaign(name: str, condition: str = "everyone: true", more: str = "") -> str:
    return f"campaign: {name}\ndescribe: x\naudience: {{{condition}}}\n{REST}{more}"


def test_the_shipped_rules_have_no_problems() -> None:
    found = load(ROOT / "rules", READING)
    assert found.problems == ()
    assert {one.stage for one in found.campaigns.values()} == set(Stage)
    assert all(one.describe and one.steps for one in found.campaigns.values())
    assert found.segments


def test_a_jalali_brand_reads_the_shipped_rules_too() -> None:
    assert load(ROOT / "rules", Reading(Calendar("Asia/Tehran", "jalali"), "IRR")).problems == ()


def test_everything_that_a_campaign_says(tmp_path: Path) -> None:
    text = """
campaign: win-back
describe: Silent for half a year.
stage: re-engagement
kind: marketing
topic: offers
schedule: {cron: "0 10 * * *", timezone: recipient}
starts: 2026-06-01
ends: 2026-12-01T10:00:00+03:30
audience:
  all: [{country: GB}]
  none: [{segment: staff}]
per: customer
newcomers_only: false
reenter: after 180 days
priority: 70
steps:
  - sms: win-back/last-chance
holdout: 10%
send_by: 2 days
catch_up: skip
max_lateness: 6 hours
delivery: at_least_once
limits: {max_audience: 5000, max_share: 30%}
"""
    found = book(tmp_path, win_back=text, staff=segment("staff", "tag: staff")).campaign("win-back")
    assert (found.name, found.stage, found.kind, found.topic) == (
        "win-back", Stage.REENGAGEMENT, "marketing", "offers",
    )  # fmt: skip
    assert found.schedule.per_recipient
    assert str(found.starts) == "2026-05-31 23:00:00+00:00"  # midnight in London
    assert str(found.ends) == "2026-12-01 06:30:00+00:00"
    assert found.audience.references() == {"staff"}
    assert found.reenter == Duration(180, "day")
    assert found.steps == (MessageStep(Channel.SMS, "win-back/last-chance"),)
    assert (str(found.holdout), found.send_by, found.max_lateness) == (
        "10", Duration(2, "day"), Duration(6, "hour"),
    )  # fmt: skip
    assert (found.catch_up, found.delivery, found.priority) == ("skip", "at_least_once", 70)
    assert (found.limits.max_audience, str(found.limits.max_share)) == (5000, "30")
    assert (found.file, found.source) == ("rules/win-back.yaml", text)
    assert str(found.place("steps", 0, "sms")) == "rules/win-back.yaml:18:10"


def test_what_a_campaign_is_without_saying(tmp_path: Path) -> None:
    found = book(tmp_path, plain=campaign("plain")).campaign("plain")
    assert (found.kind, found.topic, found.reenter, found.priority) == ("marketing", "", "never", 50)
    assert (found.catch_up, found.delivery, found.holdout) == ("once", "at_most_once", None)
    assert (found.starts, found.ends, found.send_by, found.stage) == (None, None, None, None)
    assert (found.limits.max_audience, found.limits.max_share) == (None, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("never", "never"),
        ("always", "always"),
        ("after 3 months", Duration(3, "month")),
        ("180 days", Duration(180, "day")),
    ],
)
def test_reenter(tmp_path: Path, written: str, read: object) -> None:
    found = book(tmp_path, x=campaign("x", more=f"reenter: {written}\n"))
    assert found.campaign("x").reenter == read


def test_a_campaigns_dates_are_the_brands(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yaml").write_text(campaign("x", more="starts: ۱۴۰۵-۰۹-۳۰\n"), "utf-8")
    found = load(tmp_path / "rules", Reading(Calendar("Asia/Tehran", "jalali"), "IRR"))
    assert str(found.campaign("x").starts) == "2026-12-20 20:30:00+00:00"


def test_the_version_is_the_files_text(tmp_path: Path) -> None:
    one = book(tmp_path, x=campaign("x")).campaign("x").version
    again = book(tmp_path, x=campaign("x")).campaign("x").version
    other = book(tmp_path, x=campaign("x", more="priority: 51\n")).campaign("x").version
    assert one == again != other


def test_files_at_any_depth_and_the_others_left_alone(tmp_path: Path) -> None:
    deep = tmp_path / "rules" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "one.yml").write_text(segment("one", "country: GB"))
    (tmp_path / "rules" / "schema.json").write_text("{}")
    (tmp_path / "rules" / ".swp.yaml").write_text("nonsense")
    (tmp_path / "rules" / "folder.yaml").mkdir()
    found = book(tmp_path, two=segment("two", "country: GB"))
    assert set(found.segments) == {"one", "two"}
    assert found.problems == ()
    assert found.segments["one"].file == "rules/a/b/one.yml"


def test_without_a_folder_there_are_no_rules_and_a_warning(tmp_path: Path) -> None:
    found = load(tmp_path / "rules", READING)
    assert (found.segments, found.campaigns) == ({}, {})
    assert [str(one) for one in found.problems] == [
        "rules:1:1: warning: there is no such folder, so there are no rules (run `rekindle init` to make one)"
    ]


def test_a_folder_that_may_not_be_read_is_an_error_and_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path / "rules")  # root may read everything
    assert [
        str(one) for one in book(tmp_path, x=f"campaign: x\naudience: {{everyone: true}}\n{REST}").problems
    ] == ["rules:1:1: error: the folder may not be read, so there are no rules (look at its permissions)"]


def test_the_top_level_key_may_stand_anywhere(tmp_path: Path) -> None:
    found = book(tmp_path, x=f"audience: {{everyone: true}}\n{REST}describe: x\ncampaign: late\n")
    assert set(found.campaigns) == {"late"}


def test_names_of_digits_are_names(tmp_path: Path) -> None:
    found = book(tmp_path, x=segment("2026", "country: GB"), y=campaign("y", "segment: '2026'"))
    assert found.problems == ()
    assert found.needs("y") == {"2026"}


def test_a_missing_describe_is_a_hint(tmp_path: Path) -> None:
    found = book(tmp_path, x=campaign("x").replace("describe: x\n", ""))
    assert [(one.level, str(one.place)) for one in found.problems] == [("hint", "rules/x.yaml:1:1")]
    assert set(found.campaigns) == {"x"}


def test_what_a_name_needs(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        a=segment("a", "all: [{segment: b}, {country: GB}]"),
        b=segment("b", "none: [{segment: c}]"),
        c=segment("c", "country: GB"),
        d=segment("d", "country: IE"),
        x=campaign("x", "any: [{segment: a}, {segment: c}]"),
    )
    assert found.needs("x") == {"a", "b", "c"}
    assert found.needs("b") == {"c"}
    assert found.needs("d") == frozenset()


def test_names_are_answered(tmp_path: Path) -> None:
    found = book(tmp_path, staff=segment("staff", "tag: staff"), x=campaign("win-back"))
    assert isinstance(found.named("staff"), Segment)
    assert isinstance(found.named("win-back"), Campaign)
    for ask, told in (
        (lambda: found.named("stuff"), r"there is no segment or campaign 'stuff' \(did you mean 'staff'\?\)"),
        (lambda: found.campaign("winback"), r"there is no campaign 'winback' \(did you mean 'win-back'\?\)"),
        (lambda: found.campaign("staff"), "'staff' is a segment, and this asks for a campaign"),
        (lambda: found.needs("nobody"), "there is no segment or campaign 'nobody'"),
    ):
        with pytest.raises(YoursToFix, match=told):
            ask()


def test_a_segment_and_a_campaign_may_share_a_name(tmp_path: Path) -> None:
    found = book(tmp_path, a=segment("vip", "tag: vip"), b=campaign("vip", "segment: vip"))
    assert found.problems == ()
    assert isinstance(found.named("vip"), Campaign)
    assert found.needs("vip") == {"vip"}


def test_a_broken_file_hides_nothing_and_harms_no_other(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        bad="campaign: bad\n\tx: y\n",
        worse=campaign("worse", "contry: GB"),
        good=campaign("good"),
    )
    assert set(found.campaigns) == {"good"}
    assert {one.place.file for one in found.problems} == {"rules/bad.yaml", "rules/worse.yaml"}
    assert found.broken("good") == ()
    assert [str(one.place) for one in found.broken("worse")] == ["rules/worse.yaml:3:12"]


def test_a_broken_files_name_is_answered_with_its_problems(tmp_path: Path) -> None:
    """Even of a file that is no YAML at all: its name is read off its first lines."""
    found = book(
        tmp_path,
        lapsed="segment: lapsed\naudience: {last_purchase: {older_than: 90 days}\n",
        letter=campaign("letter", "segment: lapsed"),
        other=campaign("other", "contry: GB"),
    )
    for ask in (found.named, found.needs):
        with pytest.raises(Problems, match=r"rules/lapsed\.yaml:2:11: error: a brace"):
            ask("lapsed")
    with pytest.raises(Problems) as caught:
        found.campaign("letter")
    assert [one.place.file for one in caught.value.problems] == ["rules/lapsed.yaml", "rules/letter.yaml"]
    assert found.broken("letter") == caught.value.problems


def test_every_member_of_a_circle_is_told(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        a=segment("a", "segment: b"),
        b=segment("b", "segment: a"),
        c=segment("c", "segment: c"),
        d=segment("d", "country: GB"),
    )
    assert set(found.segments) == {"d"}
    assert [one.message for one in found.problems] == [
        "segment 'a' is made of itself: a -> b -> a",
        "segment 'b' is made of itself: a -> b -> a",
        "segment 'c' is made of itself: c -> c",
    ]


def test_two_circles_that_share_a_segment(tmp_path: Path) -> None:
    found = book(
        tmp_path,
        a=segment("a", "all: [{segment: b}, {segment: c}]"),
        b=segment("b", "segment: a"),
        c=segment("c", "segment: a"),
    )
    assert found.segments == {}
    assert set(found.faults) == {"a", "b", "c"}


def test_a_long_chain_of_segments(tmp_path: Path) -> None:
    files = {f"s{n}": segment(f"s{n}", f"segment: s{n + 1}" if n < 150 else "tag: x") for n in range(151)}
    found = book(tmp_path, **files)
    assert found.problems == ()
    assert len(found.needs("s0")) == 150


def test_a_campaign_knows_the_texts_of_the_segments_that_it_is_made_of(tmp_path: Path) -> None:
    inner, other = segment("inner", "country: GB"), segment("other", "country: FR")
    outer = segment("outer", "segment: inner")
    found = book(tmp_path, x=campaign("x", "segment: outer"), inner=inner, outer=outer, other=other)
    assert found.campaign("x").segments == {"inner": inner, "outer": outer}
