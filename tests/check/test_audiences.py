"""Audiences that nobody can be in, and clauses that choose nobody, each with its exact words."""

from pathlib import Path

import pytest

from tests.check.projects import CONFIG, campaign, segment, told

NOBODY = "as it stands, no customer can ever enter"
STAFF = {"staff": segment("staff", "{tag: staff}"), "z": campaign("z", "[segment: staff, city: York]")}

CONTRADICTIONS = {
    "two countries": (
        "\n  - country: GB\n  - country: FR",
        ("6:14: warning: nobody can meet this `country` and the `country` on line 5 at once "
        f"(`country is FR` against `country is GB`; {NOBODY})"),
    ),
    "disjoint windows": (
        "[last_purchase: {within: 30 days}, last_purchase: {older_than: 90 days}]",
        ("4:61: warning: nobody can meet this `last_purchase` and the `last_purchase` at column 27 at once "
        "(`last purchase more than 90 days ago` against `last purchase within the last 30 days`; "
        f"{NOBODY})"),
    ),
    "more in a month than in a year": (
        ("\n  - orders: {count: {less_than: 3}, within: 1 year}"
        "\n  - orders: {count: {at_least: 5}, within: 1 week}"),
        ("6:13: warning: nobody can meet this `orders` and the `orders` on line 5 at once "
        "(`at least 5 orders within the last 1 week` against `less than 3 orders within the last 1 year`; "
        f"{NOBODY})"),
    ),
    "a segment and its none": (
        "\n  all: [segment: staff]\n  none: [segment: staff]",
        ("6:19: warning: nobody can meet this `segment` and the `segment` on line 5 at once "
        f"(`not in segment staff` against `in segment staff`; {NOBODY})"),
    ),
    "a wider none": (
        "\n  country: GB\n  none:\n    - country: [GB, IE]",
        ("7:16: warning: nobody can meet this `country` and the `country` on line 5 at once "
        f"(`country is not one of GB, IE` against `country is GB`; {NOBODY})"),
    ),
    "one test": (
        "{orders: {count: {at_least: 5, less_than: 3}}}",
        "4:20: warning: nobody can ever match this `orders`: its bounds contradict each other",
    ),
    "each of two tests": (
        "[orders: {count: -1}, spend: {total: {more_than: 2, less_than: 1}}]",
        "4:20: warning: nobody can ever match this `orders`: its bounds contradict each other",
        "4:40: warning: nobody can ever match this `spend`: its bounds contradict each other",
    ),
    "a part of any": (
        "\n  country: GB\n  any:\n    - country: FR\n    - last_purchase: {within: 1 year}",
        ("7:16: warning: nobody can meet this `country` and the `country` on line 5 at once "
        "(`country is FR` against `country is GB`; as it stands, this part of `any` adds nobody)"),
    ),
    "every part of any": (
        "\n  country: GB\n  any:\n    - country: FR\n    - country: DE",
        ("7:5: warning: no way into this `any` is open "
        f"(for one, `country is DE` against `country is GB`; {NOBODY})"),
    ),
    "two of any": (
        "\n  - any: [country: GB, country: IE]\n  - any: [country: FR, country: DE]",
        ("5:10: warning: no way into this `any` is open "
        f"(for one, `country is DE` against `country is IE`; {NOBODY})"),
    ),
    "a none that excludes nobody": (
        "{country: GB, none: [orders: {count: {at_least: 5, less_than: 3}}]}",
        "4:40: warning: nobody can ever match this `orders`: its bounds contradict each other",
    ),
    "none of everyone": (
        "{none: [everyone: true]}",
        f"4:29: warning: everybody matches this `everyone`, so nobody is left without it ({NOBODY})",
    ),
    "no orders, and one": (
        "{orders: {count: 0}, last_purchase: {within: 30 days}}",
        ("4:47: warning: nobody can meet this `last_purchase` and the `orders` at column 20 at once "
        f"(`last purchase within the last 30 days` against `no orders`; {NOBODY})"),
    ),
    "money without orders": (
        "{spend: {total: {more_than: 100}}, orders: {count: 0}}",
        ("4:54: warning: nobody can meet this `orders` and the `spend` at column 19 at once "
        f"(`no orders` against `spent more than 100 GBP`; {NOBODY})"),
    ),
    "what a segment says": (
        "{segment: staff, tag: {exists: false}}",
        ("4:33: warning: nobody can meet this `tag` and the `segment` at column 21 at once "
        f"(`no tag` against `tagged staff`; {NOBODY})"),
    ),
    "a time that has gone by": (
        "{last_purchase: {before: 2020-01-01, within: 30 days}}",
        "4:27: warning: nobody can ever match this `last_purchase`: its bounds contradict each other",
    ),
    "a tag, and none of several": (
        "{tag: vip, none: [tag: [vip, gold]]}",
        ("4:34: warning: nobody can meet this `tag` and the `tag` at column 17 at once "
        f"(`not tagged vip or gold` against `tagged vip`; {NOBODY})"),
    ),
    "folded texts": (
        "[city: {is: علي}, city: {is_not: علی}]",
        ("4:35: warning: nobody can meet this `city` and the `city` at column 18 at once "
        f"(`city is not \u2068علی\u2069` against `city is \u2068علي\u2069`; {NOBODY})"),
    ),
    "either of a thing and its none": (
        "{any: [country: GB, none: [country: GB]]}",
        ("4:17: warning: this `any` leaves nobody out: every customer meets it "
        "(take it away, or mend it if it should choose)"),
    ),
    "at least nothing": (
        "{orders: {count: {at_least: 0}}}",
        ("4:20: warning: this `orders` leaves nobody out: every customer meets it "
        "(take it away, or mend it if it should choose)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_is_told(tmp_path: Path, name: str) -> None:
    audience, *wanted = CONTRADICTIONS[name]
    rules = {"x": campaign("x", audience), **STAFF}
    assert told(tmp_path, rules) == [f"rules/x.yaml:{one}" for one in wanted]


@pytest.mark.parametrize(
    "audience",
    [
        "{signed_up: {after: 2027-01-01}}",  # not yet
        "[last_purchase: {within: 1 month}, last_purchase: {older_than: 30 days}]",  # after a long month
        "[tag: vip, tag: staff]",  # one customer, two tags
        "{segment: staff, none: [tag: vip]}",
        "{tag: [vip, gold], none: [tag: vip]}",
        "{tag: {contains: v}, none: [tag: {contains: vip}]}",
        "[attribute: {name: size, at_least: 5}, attribute: {name: size, is: '5'}]",
        "{orders: {count: 0, where: {status: cancelled}}, last_purchase: {ever: true}}",
        "[bought: {sku: A}, none: [bought: {sku: B}]]",
        "[city: {contains: a}, none: [city: {contains: b}]]",
        "{first_purchase: {within: 1 year}, last_purchase: {within: 30 days}}",
        "{none: [country: GB, orders: {count: {at_least: 3}}]}",
        "{spend: {total: {at_least: 0}}}",  # refunds go below
    ],
)
def test_what_somebody_can_meet_is_no_problem(tmp_path: Path, audience: str) -> None:
    assert told(tmp_path, {"x": campaign("x", audience), **STAFF}) == []


def test_a_segment_that_contradicts_itself_is_explained_in_its_own_file(tmp_path: Path) -> None:
    rules = {"x": campaign("x", "{segment: s}"), "s": segment("s", "[country: GB, country: IE]")}
    assert told(tmp_path, rules) == [
        (
            "rules/s.yaml:3:34: warning: nobody can meet this `country` and the `country` at column 21 "
            "at once (`country is IE` against `country is GB`; as it stands, the segment stays empty)"
        ),
        (
            "rules/x.yaml:4:21: warning: nobody can ever be in this segment: it contradicts itself "
            f"(see its own file; {NOBODY})"
        ),
    ]


def test_a_rule_too_large_to_be_tried_out_is_left_in_peace(tmp_path: Path) -> None:
    either = "\n  - any: [did: a{0}, did: b{0}]"
    free = "".join(either.format(number) for number in range(20))
    closed = "\n  - any: [city: a, city: b]\n  - any: [city: c, city: d]"
    assert told(tmp_path, {"x": campaign("x", free + closed)}) == []


@pytest.mark.parametrize(
    ("audience", "config", "wanted"),
    [
        (
            "{country: GB, consent: {channel: email, is: unsubscribed}}",
            "consent: explicit",
            (
                "4:34: warning: as it stands, nobody is written to: nobody in it has subscribed, and this is "
                "marketing by email (marketing goes only to whoever may get it; `kind: transactional` is not "
                "asked for consent)"
            ),
        ),
        ("{consent: {channel: email, is: unknown}}", "consent: assumed", ""),
        ("{consent: {channel: sms, is: unsubscribed}}", "consent: explicit", ""),
        ("{consent: {channel: email, topic: news, is: unsubscribed}}", "consent: explicit", ""),
        (
            "{none: [consent: {channel: email, is: unknown}, consent: {channel: email, is: subscribed}]}",
            "consent: assumed",
            "",
        ),
        (
            "{email_domain: {exists: false}}",
            "consent: explicit",
            "4:26: warning: as it stands, nobody is written to: nobody in it has an email address",
        ),
    ],
)
def test_an_audience_that_no_gate_lets_through(
    tmp_path: Path, audience: str, config: str, wanted: str
) -> None:
    found = told(tmp_path, {"x": campaign("x", audience)}, f"{CONFIG}policy: {{{config}}}\n")
    assert found == ([f"rules/x.yaml:{wanted}"] if wanted else [])


def test_a_transactional_message_is_not_asked_for_consent(tmp_path: Path) -> None:
    rule = campaign("x", "{consent: {channel: email, is: unsubscribed}}", more="kind: transactional")
    assert told(tmp_path, {"x": rule}) == []
