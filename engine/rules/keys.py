"""What the keys of forms mean, for editors and the reference: a sentence and examples for each.

A form's own field may say it itself, with `Field(description=..., examples=[...])`; what is said here is
shared by many forms, or belongs to a form whose fields would drown in it.
"""

from __future__ import annotations

from typing import Any

Meaning = tuple[str, list[Any]]

_BOUNDS: dict[str, tuple[str, Any]] = {
    "is": ("Exactly this.", 3),
    "is_not": ("Anything but this.", 0),
    "at_least": ("This or more.", 3),
    "at_most": ("This or less.", 5),
    "more_than": ("More than this.", 2),
    "less_than": ("Less than this.", 10),
    "between": ("From the first to the second, both included.", [3, 5]),
}
_LENGTHS = {"is": "30 days", "is_not": "1 day", "between": ["180 days", "365 days"]}
_NUMBER: dict[str, Meaning] = {key: (said, [shown]) for key, (said, shown) in _BOUNDS.items()}
_AGE: dict[str, Meaning] = {
    key: (said.replace("more", "longer ago"), [_LENGTHS.get(key, "180 days")])
    for key, (said, _) in _BOUNDS.items()
}
_TEXT: dict[str, Meaning] = {
    "is": ("Exactly this text, minding capitals.", ["vip"]),
    "is_not": ("Any text but this one; a missing value does not pass.", ["newsletter"]),
    "in": ("One of these texts.", [["vip", "wholesale"]]),
    "not_in": ("None of these texts; a missing value does not pass.", [["web", "shop"]]),
    "contains": ("This text stands somewhere in it.", ["tea"]),
    "starts_with": ("It begins with this text.", ["San"]),
    "ends_with": ("It ends with this text.", ["-outlet"]),
    "exists": ("`true`: there is a value. `false`: there is none.", [True]),
}
_TIME: dict[str, Meaning] = {
    "within": ("In the time from so long ago until now.", ["30 days"]),
    "older_than": ("Longer ago than that.", ["90 days"]),
    "ago": (
        "How long ago, as a number test over durations.",
        [{"at_least": "180 days", "at_most": "365 days"}],
    ),
    "in_next": ("From now on, within that time.", ["14 days"]),
    "before": ("Before that day or instant.", ["2026-03-21"]),
    "after": ("On that day or instant, or after it.", ["2026-03-21"]),
}
_EVER: dict[str, Meaning] = {
    "ever": ("`true`: it happened, whenever.", [True]),
    "never": ("`true`: it did not happen.", [True]),
}
_AT_LEAST_1: Meaning = ("How many; without it, at least one.", [{"at_least": 3}])

#: By the name of the class that has the key, or of one that it is made from.
MEANINGS: dict[str, dict[str, Meaning]] = {
    "NumberTest": _NUMBER,
    "AgeTest": _AGE,
    "TextTest": _TEXT,
    "Window": _TIME,
    "TimeTest": _EVER,
    "ValueTest": {
        **_TEXT,
        **_TIME,
        **_EVER,
        **{key: meaning for key, meaning in _NUMBER.items() if key not in ("is", "is_not")},
        "is": ('Exactly this: `5` compares numbers, `"5"` texts.', ["large"]),
        "is_not": ("Anything but this; a missing value does not pass.", ["large"]),
    },
    "LineWhere": {
        "category": ("The category of a line: its own, else its product's.", ["coffee"]),
        "sku": ("The article number of a line.", ["22423"]),
        "product": ("The description of a line's product.", [{"contains": "tea"}]),
    },
    "OrderWhere": {
        "status": ("The order's status; without it, only completed orders count.", ["cancelled"]),
        "amount": ("What the order came to; below 0 it is a refund.", [{"more_than": 0}]),
        "currency": ("The order's currency.", ["GBP"]),
        "code": ("The code that the order was placed with.", ["SPRING10"]),
    },
    "Orders": {
        "count": ("How many orders; without it, at least one.", [{"at_least": 3}]),
        "where": ("Which orders count.", [{"category": "tea"}]),
    },
    "Spend": {
        "total": ("The sum, in the currency's whole units.", [{"at_least": 500}]),
        "where": (
            "Which orders count; with tests on lines, only those lines are summed.",
            [{"category": "tea"}],
        ),
        "currency": ("Orders in this currency; without it, in the brand's.", ["GBP"]),
    },
    "AverageOrder": {"value": ("Spend over orders, in the brand's currency.", [{"at_least": 50}])},
    "Bought": {"count": ("How many orders with such a line; without it, at least one.", [{"at_least": 2}])},
    "Did": {
        "event": ("The event's name.", ["cart_updated"]),
        "count": ("How many such events; without it, at least one.", [{"at_least": 2}]),
        "where": ("Tests on the event's properties, by name; all must hold.", [{"items": {"at_least": 2}}]),
    },
    "Attribute": {"name": ("The attribute's name: the column of your customers file.", ["plan_size"])},
    "SubscriptionCondition": {
        "kind": ("subscription, account, membership, trial or free_offer.", ["account"]),
        "plan": ("The plan's name.", ["Plus"]),
        "status": ("active, cancelled, expired or what else your file says.", ["active"]),
        "started": ("When it started.", [{"within": "30 days"}]),
        "expires": ("When it ends.", [{"in_next": "14 days"}]),
        "cancelled": ("When it was cancelled.", [{"within": "30 days"}]),
        "price": ("What it costs a month, in the brand's currency.", [{"at_least": 10}]),
    },
    "ConsentCondition": {
        "channel": ("The channel that the consent is about.", ["email"]),
        "topic": ("The topic that the consent is about; without it, the channel as a whole.", ["news"]),
        "is": ("What they last said; `unknown` where they were never asked.", ["subscribed"]),
    },
    "AfterEvent": {
        "did": ("The event's name.", ["cart_updated"]),
        "but_not": ("An event that has not come since.", ["order_placed"]),
        "waited": ("At least so long ago.", ["1 hour"]),
        "within": ("At most so long ago.", ["1 day"]),
    },
    "Overdue": {
        "by": ("How many times the customer's own usual gap between orders.", [2]),
        "min_orders": ("Only those who ordered at least so often: fewer orders make no habit.", [3]),
    },
    "OrderTrend": {
        "window": ("The length of each of the two spans that are compared.", ["90 days"]),
        "ratio": ("Orders of the later span over those of the earlier one.", [{"less_than": 0.5}]),
    },
    "Birthday": {
        "today": ("`true`: it is today, where the customer lives.", [True]),
        "in_next": ("Today, or on one of the days after: `7 days` is today and six more.", ["7 days"]),
    },
    "Messages": {
        "campaign": ("Of that campaign; `this` is the campaign itself. Without it, of any.", ["win-back"]),
        "channel": ("By that channel; without it, by any.", ["email"]),
        "count": _AT_LEAST_1,
    },
    "Enrolled": {
        "campaign": ("Which campaign; `this` is the campaign itself. Without it, any.", ["win-back"]),
        "state": ("How it stands with that passage; without it, however.", ["finished"]),
    },
    "Offered": {
        "offer": ("Which offer; without it, any.", ["comeback"]),
        "redeemed": ("`true`: the code was used. `false`: it was not.", [False]),
        "expires": ("When the code ends.", [{"in_next": "3 days"}]),
    },
    "Rank": {
        "by": ("What is compared.", ["spend"]),
        "top": ("Those at or above the line that leaves so many above it.", ["10%"]),
        "bottom": ("Those at or below the line that leaves so many below it.", ["10%"]),
    },
    "Rfm": {
        "group": ("A group of scores by its name.", ["champions"]),
        "recency": ("1 to 5; 5 for the fifth that ordered last.", [4]),
        "frequency": ("1 to 5; 5 for the fifth with most orders.", [{"at_least": 3}]),
        "monetary": ("1 to 5; 5 for the fifth that spent most.", [{"at_least": 4}]),
    },
    "Campaign": {
        "kind": ("`transactional` ignores consent, caps and holdout, never a suppression.", ["marketing"]),
        "starts": ("Nobody enters before this day.", ["2026-12-01"]),
        "ends": ("Nobody enters from this day on.", ["2027-01-01"]),
        "audience": ("Who enters.", [{"last_purchase": {"older_than": "90 days"}}]),
        "per": ("One enrollment for each customer.", ["customer"]),
        "newcomers_only": ("Not yet: it can only be false.", [False]),
        "reenter": (
            "Whether somebody who entered once may enter again, and when.",
            ["never", "always", "after 180 days"],
        ),
        "steps": ("What happens; for now, one message.", [[{"email": "win-back/letter"}]]),
        "catch_up": (
            "After downtime: run the latest missed occasion, or wait for the next.",
            ["once", "skip"],
        ),
        "delivery": (
            "When a provider's answer was lost: leave it, or send again and perhaps twice.",
            ["at_most_once", "at_least_once"],
        ),
        "limits": ("Guards against a mistyped rule.", [{"max_audience": 5000}]),
    },
    "Segment": {"audience": ("Who is in it.", [{"tag": "staff"}])},
}


def meaning(form: type[Any], key: str) -> Meaning | None:
    """What is said here of a form's key, the form's own word before that of what it is made from."""
    found = (MEANINGS.get(each.__name__, {}).get(key) for each in form.__mro__)
    return next((one for one in found if one is not None), None)
