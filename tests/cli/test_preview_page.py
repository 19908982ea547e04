"""The preview page: what it says, and that nothing on it can run, fetch or be mistaken for the page's own."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.durations import Calendar
from engine.errors import YoursToFix
from engine.telling import words
from engine.telling.page import FOLDER, fenced, write_page
from engine.vocabulary import Gate
from tests.cli.previews import GATES, PERSIAN, campaign, preview, sample

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text that stands between tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self._hidden = False
        self.feed(html)
        self.text = " ".join("".join(self.pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(folder: Path, *campaigns: dict[str, Any], **changes: Any) -> Elements:
    return Elements(write_page(preview(*campaigns, **changes), folder).read_text("utf-8"))


def test_it_says_the_headline_the_figures_and_how_fresh_they_are(tmp_path: Path) -> None:
    one = campaign(excluded={"no_consent": 3, "holdout": 8}, quiet=5, warnings=["12% have no first_name"])
    shown = page(tmp_path, one).text
    assert one["headline"] in shown
    assert "Match the rule 84" in shown
    assert "No consent −3" in shown
    assert "Left alone to compare −8" in shown
    assert "Wait out the quiet hours −5" in shown
    assert "Written to now 68" in shown
    assert "Orders last came in 7 hours ago" in shown
    assert "12% have no first_name" in shown
    assert "Sat 10 Dec 2011, 10:00 (Europe/London)" in shown
    assert "from 08:00 on Sun 11 Dec 2011 on" in shown


def test_each_number_opens_to_its_people_and_the_command_for_the_rest(tmp_path: Path) -> None:
    people = [{"customer_id": f"c{n}", "name": f"Name {n}", "to": f"{n}@example.com"} for n in range(20)]
    shown = page(tmp_path, campaign(excluded={"no_consent": 33}, names={"no_consent": people})).text
    assert "Name 19" in shown
    assert "19@example.com" in shown
    assert "and 13 more: rekindle preview win-back --list no_consent" in shown


@pytest.mark.parametrize("gate", [*GATES, "quiet_hours"])
def test_every_gate_is_explained_with_what_to_do(tmp_path: Path, gate: str) -> None:
    counted = {"quiet": 2} if gate == "quiet_hours" else {"excluded": {gate: 2}}
    for channel, address in (("email", "email address"), ("sms", "phone number")):
        one = campaign(**counted, channels={channel: 1})
        row = next(row for row in words.funnel(one, Calendar("UTC")) if row.key == gate)
        shown = page(tmp_path, one).text
        assert f"{row.label} −2" in shown
        assert re.sub("`", "", f"What to do: {row.remedy}") in shown
        assert "{" not in row.label + row.meaning + row.remedy
        assert gate != "no_address" or address in row.label


@given(st.lists(st.integers(0, 500), min_size=9, max_size=9))
def test_the_bars_of_the_funnel_lie_end_to_end(counts: list[int]) -> None:
    *refused, quiet, left = counts
    one = campaign(matched=sum(counts), excluded=dict(zip(GATES, refused, strict=True)), quiet=quiet)
    rows = words.funnel(one, Calendar("UTC"))
    assert [row.key for row in rows] == ["matched", *(gate.value for gate in Gate), "will_send"]
    assert rows[-1].count == left
    steps = rows[1:]
    edges = [1.0 if sum(counts) else 0.0, *(row.start for row in steps)]
    for row, before in zip(steps, edges, strict=False):
        assert row.start + row.width == pytest.approx(before)
    assert edges[-1] == 0


def test_a_held_run_is_unmistakable_and_names_the_command(tmp_path: Path) -> None:
    shown = page(tmp_path, campaign(held="84 people is more than its max_audience of 50")).text
    assert "Held: nothing goes out 84 people is more than its max_audience of 50" in shown
    assert "rekindle approve win-back" in shown
    assert "Would be written to 84" in shown
    assert "Written to now" not in shown


@pytest.mark.parametrize(
    "reason",
    [
        "everything is paused: `rekindle resume --all`",
        "the campaign is paused: `rekindle resume win-back`",
        "the campaign starts on 2011-12-24",
        "the campaign ended on 2011-12-01",
        "the slot 2011-12-10T10:00 has run already",
    ],
)
def test_what_no_approval_waives_offers_none(tmp_path: Path, reason: str) -> None:
    shown = page(tmp_path, campaign(held=reason)).text
    assert f"Held: nothing goes out {reason.replace('`', '')}" in shown
    assert "rekindle approve" not in shown


def test_each_email_is_shown_at_both_widths_in_a_sandbox(tmp_path: Path) -> None:
    shown = page(tmp_path, campaign(samples=[sample(), sample(customer_id="2", why="no name", name="")]))
    frames = shown.every("iframe")
    assert len(frames) == 4
    assert {frame["sandbox"] for frame in frames} == {""}
    for frame in frames:
        assert "Hello Anna" in (tmp_path / str(frame["src"])).read_text("utf-8")
    assert "375 pixels wide" in shown.text
    assert "800 pixels wide" in shown.text
    assert "to (no name)" in shown.text
    assert "Anna, was it us? One word would help us understand." in shown.text


def test_an_sms_shows_its_parts_and_characters(tmp_path: Path) -> None:
    text = "سلام " * 20 + "لغو۱۱"
    one = sample(channel="sms", to="+989125551234", html="", subject="", preheader="", text=text, segments=2)
    shown = page(tmp_path, campaign(samples=[one]))
    assert "105 characters, sent and paid as 2 SMS parts" in shown.text
    assert "70 fit in one part" in shown.text
    assert shown.every("iframe") == []


def test_a_message_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    one = sample(html="", text="", subject="", error="'order' has no 'total'; did you mean 'amount'?")
    shown = page(tmp_path, campaign(samples=[one])).text
    assert "Not sent: the message could not be made" in shown
    assert "did you mean 'amount'?" in shown


def test_right_to_left_names_are_isolated(tmp_path: Path) -> None:
    people = [{"customer_id": "1", "name": PERSIAN, "to": "a@example.com"}]
    one = campaign(excluded={"suppressed": 1}, names={"suppressed": people})
    one["samples"] = [sample(name=PERSIAN, subject="جای شما خالی است", preheader="یک کلمه")]
    html = write_page(preview(one), tmp_path).read_text("utf-8")
    assert f'<bdi class="who" dir="auto">{PERSIAN}</bdi>' in html
    assert f'to <bdi dir="auto">{PERSIAN}</bdi>' in html
    assert '<span class="inbox" dir="rtl">' in html


def test_several_campaigns_have_an_index_and_those_with_nobody_are_closed(tmp_path: Path) -> None:
    busy = campaign(quiet=4, cost={"amount": "3.20", "currency": "GBP"})
    problem = {
        "file": "rules/x.yaml",
        "line": 4,
        "column": 11,
        "level": "warning",
        "message": "no",
        "hint": "yes?",
    }
    nobody, held = campaign("welcome", 0, samples=[]), campaign("big", 900, held="too many")
    shown = page(tmp_path, busy, nobody, held, problems=[problem])
    assert "80 messages would go out now, 4 would wait out the quiet hours, 1 campaign is held" in shown.text
    assert "held; together 3.20 GBP" in shown.text
    targets = {attributes.get("id") for _, attributes in shown.tags}
    links = [str(link["href"])[1:] for link in shown.every("a") if str(link["href"]).startswith("#")]
    assert links == ["campaign-1", "campaign-2", "campaign-3"]
    assert targets.issuperset(links)
    closed = [one for one in shown.every("details") if one.get("class") == "campaign nobody"]
    assert closed == [{"class": "campaign nobody"}]
    assert "welcome nobody to write to" in shown.text
    assert "rules/x.yaml:4:11 no (yes?)" in shown.text


def test_nothing_due_says_so(tmp_path: Path) -> None:
    assert "No campaign is due" in page(tmp_path).text


def test_hostile_words_stay_words_and_the_page_asks_for_nothing(tmp_path: Path) -> None:
    people = [{"customer_id": EVIL, "name": EVIL, "to": EVIL}]
    one = campaign(
        describe=EVIL, headline=EVIL, held=EVIL, warnings=[EVIL], audience=[EVIL], schedule=EVIL,
        excluded={"no_consent": 1}, names={"no_consent": people},
        samples=[sample(name=EVIL, to=EVIL, why=EVIL, subject=EVIL, preheader=EVIL, text=EVIL)],
    )  # fmt: skip
    shown = page(tmp_path, one)
    assert shown.every("script") == []
    assert shown.every("img") == []
    assert not [name for _, attributes in shown.tags for name in attributes if name.startswith("on")]
    policy = next(meta["content"] for meta in shown.every("meta") if "http-equiv" in meta) or ""
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    addresses = [attributes.get(name) for _, attributes in shown.tags for name in ("src", "href")]
    assert not [address for address in addresses if address and not re.match(rf"#|{FOLDER}/", address)]


@pytest.mark.parametrize(
    "html",
    [
        "<!doctype html><html><head><title>x</title></head><body>letter</body></html>",
        "\ufeff<!DOCTYPE html>\n<html><body>letter",
        "<!-- <!doctype html><head> --><script>run()</script>letter",
        "letter",
        "<html><head><META HTTP-EQUIV=refresh content='0;url=https://example.com'></head>letter",
    ],
)
def test_a_letter_stands_under_a_policy_before_anything_of_its_own(html: str) -> None:
    fence = fenced(html)
    found = Elements(fence)
    assert fence.lower().startswith("<!doctype html><meta http-equiv")
    assert fence.endswith("letter") or "letter</body>" in fence
    name, policy = found.tags[0]
    assert name == "meta"
    assert "default-src 'none'" in (policy["content"] or "")
    assert [meta for meta in found.every("meta") if "http-equiv" in meta] == [policy]


def test_pictures_from_the_internet_are_told_of(tmp_path: Path) -> None:
    html = (
        "<p>Hi</p><img src='https://cdn.example.com/a.png'><img alt='' src=//b.example/c><img src='data:,'>"
    )
    assert (
        "2 pictures from the internet are not fetched"
        in page(tmp_path, campaign(samples=[sample(html=html)])).text
    )


def test_a_second_preview_leaves_nothing_of_the_first_and_touches_nothing_else(tmp_path: Path) -> None:
    page(tmp_path, campaign(samples=[sample(), sample()]))
    (tmp_path / FOLDER / "notes.html").write_text("mine")
    page(tmp_path, campaign("thank-you"))
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == [
        "01-thank-you-1.html",
        "notes.html",
    ]


def test_a_file_name_never_leaves_the_folder(tmp_path: Path) -> None:
    page(tmp_path / "out", campaign("../../etc/Passwd"))
    assert [path.name for path in (tmp_path / "out" / FOLDER).iterdir()] == ["01-etc-passwd-1.html"]


def test_text_that_no_file_can_hold_is_no_traceback(tmp_path: Path) -> None:
    broken = "lone \ud800 half"
    people = [{"customer_id": "1", "name": broken, "to": None}]
    one = campaign(excluded={"no_address": 1}, names={"no_address": people})
    one["samples"] = [sample(name=broken, html=broken, to=None)]
    assert "(no address)" in page(tmp_path, one).text


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(YoursToFix, match=r"the page cannot be written to .*file"):
        write_page(preview(campaign()), tmp_path / "file")


def test_many_campaigns_stay_a_page_of_moderate_size(tmp_path: Path) -> None:
    letter = "<p>" + "x" * 100_000 + "</p>"
    people = [{"customer_id": f"c{n}", "name": "N" * 40, "to": "n@example.com"} for n in range(20)]
    names = dict.fromkeys([*GATES, "will_send"], people)
    one = campaign(
        "large", 9000, excluded=dict.fromkeys(GATES, 100), names=names, samples=[sample(html=letter)] * 4
    )
    assert write_page(preview(*[one] * 12), tmp_path).stat().st_size < 1_500_000


@pytest.mark.parametrize(
    ("data_as_of", "said"),
    [
        (None, "No orders or events have come in yet"),
        ("2011-12-10T09:59:30Z", "Orders came in just now"),
        ("2011-12-10T10:00:01Z", "Orders came in just now"),
        ("2011-12-10T09:58:00Z", "Orders last came in 2 minutes ago"),
        ("2011-12-10T09:00:00Z", "Orders last came in 1 hour ago"),
        ("2011-12-09T09:00:00Z", "Orders last came in 25 hours ago"),
        ("2011-12-08T09:00:00Z", "Orders last came in 2 days ago"),
    ],
)
def test_freshness_in_words(data_as_of: str | None, said: str) -> None:
    assert words.age(data_as_of, "2011-12-10T10:00:00Z") == said
