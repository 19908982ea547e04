"""The JSON Schema of rule files, read by an independent program: it takes what the loader takes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import fastjsonschema
import pytest

from engine import document
from engine.rules.condition import CONDITIONS, Reading, parse
from engine.rules.drafts import draft_of
from engine.rules.schema import DRAFT, example, json_schema
from tests.conftest import ROOT

SCHEMA = json_schema()
RULES = sorted((ROOT / "rules").rglob("*.yaml"))
RECIPES = sorted((ROOT / "engine" / "recipes").glob("*/campaign.yaml"))
SCHEDULE = "schedule: daily at 10:00"
BASE = f"campaign: x\n{SCHEDULE}\naudience: {{everyone: true}}\nsteps: [{{email: x}}]\n"


@pytest.fixture(scope="module")
def accepts() -> Callable[[Any], bool]:
    check = fastjsonschema.compile(SCHEMA)

    def accepts(value: Any) -> bool:
        try:
            check(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return accepts


def written(text: str) -> Any:
    return document.parse(text, "x.yaml").value


@pytest.mark.parametrize("path", [*RULES, *RECIPES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_rule_fits(path: Path, accepts: Callable[[Any], bool]) -> None:
    assert accepts(document.read(path).value)


@pytest.mark.parametrize("key", list(CONDITIONS))
def test_every_condition_has_an_example_that_reads_and_fits(key: str, accepts: Callable[[Any], bool]) -> None:
    value = {key: example(CONDITIONS[key])}
    assert accepts({"segment": "x", "audience": value})
    assert accepts({"segment": "x", "audience": {"none": [value]}})
    assert not accepts({"segment": "x", "audience": {"all": []}})
    assert not accepts({"segment": "x", "audience": {f"{key}_": value[key]}})
    text = json.dumps({"audience": value}, ensure_ascii=False)
    assert isinstance(parse(document.parse(text, "x"), ("audience",), Reading()), CONDITIONS[key])


@pytest.mark.parametrize("key", list(CONDITIONS))
def test_every_condition_describes_itself(key: str) -> None:
    told = SCHEMA["definitions"]["conditions"]["properties"][key]
    assert f"For example: {key}:" in told["description"]
    assert len(told["description"].partition(" For example")[0].split()) > 2, "say what it means"
    assert examples(told)


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        "segment: x\naudience: [{country: GB}, {any: [{city: [Leeds, York]}, {tag: {starts_with: v}}]}]",
        BASE.replace(SCHEDULE, 'schedule: {cron: "0 10 * * *", timezone: recipient}'),
        BASE.replace(SCHEDULE, "schedule: {once: 2026-12-20 18:00}"),
        BASE + "reenter: after 180 days\nholdout: 10%\nlimits: {max_share: 30%, max_audience: 5000}\n",
        BASE
        + "stage: re-engagement\ndelivery: at_least_once\ncatch_up: skip\nstarts: 2026-12-01\npriority: 7\n",
    ],
)
def test_what_fits(text: str, accepts: Callable[[Any], bool]) -> None:
    assert accepts(written(text))


@pytest.mark.parametrize(
    "text",
    [
        "campaign: x",
        "country: GB",
        "campaign: Win Back" + BASE[11:],
        BASE + "prority: 7\n",
        BASE + "priority: high\n",
        BASE + "stage: lapsed\n",
        BASE + "trigger: {event: x}\n",
        BASE.replace("email: x", "wait: 3 days"),
        BASE.replace("{email: x}", "{email: x}, {sms: y}"),
        BASE.replace(SCHEDULE, "schedule: {corn: '0 10 * * *'}"),
        "segment: x\naudience: {orders: {cuont: 3}}",
        "segment: x\naudience: {orders: {count: {at_leats: 3}}}",
        "segment: x\naudience: {orders: {within: 30 dyas}}",
        "segment: x\naudience: {last_purchase: 30 days}",
    ],
)
def test_what_does_not_fit(text: str, accepts: Callable[[Any], bool]) -> None:
    assert not accepts(written(text))


def keys(part: Any) -> Iterator[tuple[str, Any]]:
    """Every key that the schema knows, however deep, with what it says of it."""
    if isinstance(part, list):
        for one in part:
            yield from keys(one)
    elif isinstance(part, dict):
        own = part.get("properties", {})
        yield from own.items()
        for one in (*own.values(), *(one for name, one in part.items() if name not in LITERAL)):
            yield from keys(one)


def examples(one: Any) -> list[Any]:
    """What an editor offers for a key."""
    return [*one.get("examples", ()), *(each["body"] for each in one.get("defaultSnippets", ()))]


LITERAL = ("defaultSnippets", "properties", "examples", "enum", "const", "required")


def test_it_is_draft_07() -> None:
    text = json.dumps(SCHEMA)
    assert SCHEMA["$schema"] == DRAFT
    for newer in ('"$defs"', '"prefixItems"', '"x-defined"', '"null"'):
        assert newer not in text


def test_every_key_says_what_it_is_and_shows_an_example() -> None:
    found = list(keys(SCHEMA["definitions"]))
    assert len(found) > 200
    assert [key for key, one in found if not one.get("description") or not examples(one)] == []


def test_every_example_fits_where_it_stands() -> None:
    """An editor offers them, so they must be right."""
    distinct = {json.dumps(one, sort_keys=True): one for _, one in keys(SCHEMA["definitions"])}
    checks = {f"k{n}": one for n, one in enumerate(distinct.values())}
    properties = {name: {"items": one} for name, one in checks.items()}
    whole = {"definitions": SCHEMA["definitions"], "properties": properties}
    fastjsonschema.compile(whole)({name: examples(one) for name, one in checks.items()})


def test_the_shipped_schema_is_this_one() -> None:
    """`# yaml-language-server: $schema=schema.json` needs the file; `make docs` makes it."""
    assert json.loads((ROOT / "rules" / "schema.json").read_text("utf-8")) == SCHEMA, "run `make docs`"


def loads(value: Any) -> bool:
    return not draft_of(json.dumps(value, ensure_ascii=False), "x.yaml", Reading()).faults


#: Values that people put in the wrong place, or kindly in quotes.
STRAY: tuple[Any, ...] = (
    None, True, False, 0, 1, 3, 2.5, -1, "", "3", "۳", "-2,5", "1_000", "2.5", "10%", "۱۰٪", "30 days",
    "30 Days", "۳۰ days", "after 180 days", "never", "none", "yes", "2026-03-21", "2026-03-21T10:00:00Z",
    "2026-3-1", "vip", "customer", [], ["vip"], [1, 2], ["30 days", "60 days"], {}, {"is": 3}, {"is": "vip"},
    {"at_least": "30 days"}, {"within": "30 days"}, {"never": True}, {"exists": "no"}, {"older_than": "x"},
    [{"country": "GB"}],
)  # fmt: skip


def mutated(value: Any, random: Random) -> Any:
    """The value with one thing in it changed: replaced, taken away, or given another name."""
    if isinstance(value, (dict, list)) and value and random.random() < 0.75:
        copy = value.copy()
        key = random.choice(list(copy)) if isinstance(copy, dict) else random.randrange(len(copy))
        luck = random.random()
        if luck < 0.15:
            del copy[key]
        elif luck < 0.2 and isinstance(copy, dict):
            copy[f"{key}s"] = copy.pop(key)
        else:
            copy[key] = mutated(copy[key], random)
        return copy
    return random.choice(STRAY)


def originals() -> list[Any]:
    shipped = [document.read(path).value for path in (*RULES, *RECIPES)]
    return [
        *shipped,
        *({"segment": "x", "audience": {key: example(kind)}} for key, kind in CONDITIONS.kinds.items()),
    ]


def test_whatever_the_loader_takes_fits(accepts: Callable[[Any], bool]) -> None:
    """Also after a slip of the hand; most slips that the loader refuses, the editor underlines at once."""
    random, taken, refused, underlined = Random(5), 0, 0, 0
    values = originals()
    for _ in range(1500):
        value = mutated(random.choice(values), random)
        if not isinstance(value, dict):
            continue
        if loads(value):
            taken += 1
            assert accepts(value), value
        else:
            refused += 1
            underlined += not accepts(value)
    assert taken > 100
    assert underlined > 0.93 * refused
