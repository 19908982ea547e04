"""The JSON Schema of rule files, read by an independent program: it takes what the loader takes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from engine import document
from engine.rules.condition import CONDITIONS, Reading, parse
from engine.rules.schema import DRAFT, example, json_schema
from tests.conftest import ROOT

RULES = sorted((ROOT / "rules").rglob("*.yaml"))
SCHEDULE = "schedule: daily at 10:00"
BASE = f"campaign: x\n{SCHEDULE}\naudience: {{everyone: true}}\nsteps: [{{email: x}}]\n"


@pytest.fixture(scope="module")
def accepts() -> Callable[[Any], bool]:
    check = fastjsonschema.compile(json_schema())

    def accepts(value: Any) -> bool:
        try:
            check(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return accepts


def written(text: str) -> Any:
    return document.parse(text, "x.yaml").value


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
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
    told = json_schema()["definitions"]["conditions"]["anyOf"][0]["properties"][key]
    assert f"For example: {key}:" in told["description"]
    assert told["examples"]


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


def test_it_is_draft_07_and_complete() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    assert schema["$schema"] == DRAFT
    for newer in ('"$defs"', '"prefixItems"', '"x-defined"', '"null"'):
        assert newer not in text
    for name in ("campaign", "segment"):
        properties = schema["definitions"][name]["properties"]
        assert [key for key, one in properties.items() if "description" not in one] == []


def test_the_shipped_schema_is_this_one() -> None:
    """`# yaml-language-server: $schema=schema.json` needs the file; `rekindle schema --write` makes it."""
    assert json.loads((ROOT / "rules" / "schema.json").read_text("utf-8")) == json_schema()
