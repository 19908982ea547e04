"""Previews as `preview --json` gives them, for the page and the terminal."""

from typing import Any

from engine.vocabulary import EXCLUDING

GATES = tuple(gate.value for gate in EXCLUDING)
PERSIAN = "علی‌رضا محمدی"


def sample(**changes: Any) -> dict[str, Any]:
    return {
        "customer_id": "12347",
        "name": "Anna Lindqvist",
        "channel": "email",
        "to": "anna@example.com",
        "why": "typical",
        "language": "en",
        "subject": "Anna, was it us?",
        "preheader": "One word would help us understand.",
        "text": "Hello Anna,\n\nCome and see us.",
        "html": "<!doctype html>\n<html lang='en'><head></head><body><p>Hello Anna</p></body></html>",
        "segments": 0,
        "error": "",
    } | changes


def edit(**changes: Any) -> dict[str, Any]:
    """What became of a campaign since its last run; unless changed, nothing."""
    return {
        "state": "unchanged",
        "sentences": ["The last run, 2011-12-09 10:00, matched 80 people; 84 match now."],
        "alarms": [],
        "last_run": {
            "slot": "2011-12-09T10:00",
            "as_of": "2011-12-09T10:00:00Z",
            "version": "9f2c41aa07b3",
            "matched": 80,
            "will_send": 61,
        },
        "matched": 84,
        "left": None,
        "stayed": None,
        "entered": None,
        "names": {},
        "lines": [],
        "templates": [],
    } | changes


def campaign(name: str = "win-back", matched: int = 84, **changes: Any) -> dict[str, Any]:
    """A campaign of which the rest, after the changed `excluded` and `deferred`, is written to."""
    excluded = dict.fromkeys(GATES, 0) | changes.pop("excluded", {})
    deferred = {"quiet_hours": changes.pop("quiet", 0)}
    left = matched - sum(excluded.values()) - sum(deferred.values())
    return {
        "campaign": name,
        "describe": "Ordered at least twice, then nothing for half a year.",
        "stage": "re-engagement",
        "kind": "marketing",
        "file": f"rules/{name}.yaml",
        "schedule": "daily at 10:00",
        "audience": ["has at least 2 orders"],
        "version": "9f2c41aa07b3d2e5",
        "slot": "2011-12-10T10:00",
        "headline": f"{left} people today at 10:00; it costs 0.00 GBP",
        "matched": matched,
        "excluded": excluded,
        "deferred": deferred,
        "until": "2011-12-11T08:00:00Z" if deferred["quiet_hours"] else None,
        "will_send": left,
        "held": None,
        "channels": {"email": left},
        "sms_segments": 0,
        "cost": {"amount": "0.00", "currency": "GBP"},
        "data_as_of": "2011-12-10T03:00:00Z",
        "warnings": [],
        "names": {},
        "samples": [sample()],
        "edit": edit(),
    } | changes


def preview(*campaigns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    brand = {"name": "Harbour & Pine", "timezone": "Europe/London", "currency": "GBP", "locale": "en"}
    return {
        "as_of": "2011-12-10T10:00:00Z",
        "brand": brand,
        "campaigns": list(campaigns),
        "problems": [],
    } | changes
