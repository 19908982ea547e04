"""The JSON Schema (draft-07) of rule files, for editors: from the registry and the models."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from engine import document
from engine.rules.campaign import Campaign, Limits, Segment
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.draft07 import REF, translated
from engine.rules.forms import DEFINED, LEAVES, Form
from engine.rules.keys import meaning
from engine.rules.number_test import AgeTest, NumberTest
from engine.rules.occasions import EXAMPLES, Mapping_
from engine.rules.offer import CodeForm, Discount, Expiry, Offer
from engine.rules.rule import NAME
from engine.rules.steps import CHANNELS
from engine.rules.text_test import TextTest
from engine.rules.time_test import TimeTest
from engine.rules.value_test import ValueTest

DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> dict[str, Any]:
    """The schema of one rule file."""
    definitions = _definitions() | {"schedule": _schedule(), "steps": _steps()}
    plain = {name: translated(one) for name, one in definitions.items()}
    plain |= {name: dict(leaf) for name, leaf in LEAVES.items()}
    plain["conditions"] = _conditions()
    plain["schedule_mapping"]["oneOf"] = [{"required": ["cron"]}, {"required": ["once"]}]
    whole: dict[str, Any] = {
        "$schema": DRAFT,
        "title": "rekindle",
        "type": "object",
        "if": {"required": ["campaign"]},
        "then": _ref("campaign"),
        "else": {
            "if": {"required": ["segment"]},
            "then": _ref("segment"),
            "else": {
                "if": {"required": ["offer"]},
                "then": _ref("offer"),
                "else": {"anyOf": [_ref("campaign"), _ref("segment"), _ref("offer")]},
            },
        },
    }
    used = _used(whole, plain)
    return {**whole, "definitions": {name: one for name, one in sorted(plain.items()) if name in used}}


@cache
def definition(name: str) -> dict[str, Any]:
    """One definition of the schema: a form by its class, a condition as `condition_country`."""
    found: dict[str, Any] = json_schema()["definitions"][name]
    part = next((one for one in found.get("anyOf", ()) if "properties" in one), found)
    return found if "properties" in found else part


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": REF + name}


def _definitions() -> dict[str, Any]:
    """Every form's schema as pydantic makes it, with the meaning of each of its keys."""
    names: dict[type[BaseModel], str] = {
        Campaign: "campaign",
        Segment: "segment",
        Offer: "offer",
        Mapping_: "schedule_mapping",
    }
    names |= {kind: f"condition_{key}" for key, kind in CONDITIONS.kinds.items()}
    made, shared = models_json_schema([(one, "validation") for one in names], ref_template=REF + "{model}")
    definitions = dict(shared["$defs"])
    for model, name in names.items():
        definitions[name] = definitions.pop(made[(model, "validation")]["$ref"].removeprefix(REF))
    forms: dict[str, type[BaseModel]] = {each.__name__: each for each in _below(Form)}
    forms[Limits.__name__] = Limits
    forms |= {name: model for model, name in names.items()}
    for name, one in definitions.items():
        if name in forms:
            _explain(one, forms[name])
            _constrain(one, forms[name])
    return definitions


def _below(form: type[Form]) -> Iterator[type[Form]]:
    for each in form.__subclasses__():
        yield each
        yield from _below(each)


#: What a form's own checks ask for, as far as a schema can say it.
_SOME: dict[str, Any] = {"minProperties": 1}
_ONE: dict[str, Any] = {"minProperties": 1, "maxProperties": 1}
_NEEDS: dict[type[BaseModel], dict[str, Any]] = {
    Discount: _SOME, CodeForm: _ONE, Expiry: _ONE,
    TextTest: _SOME, NumberTest: _SOME, AgeTest: _SOME, TimeTest: _SOME, ValueTest: _SOME,
}  # fmt: skip
_NAMED: dict[str, dict[str, Any]] = {
    "attribute": {"minProperties": 2},
    "bought": {"anyOf": [{"required": [key]} for key in ("category", "sku", "product")]},
    "birthday": {"anyOf": [{"required": [key]} for key in ("in_next", "today")]},
    "rank": {"oneOf": [{"required": [key]} for key in ("top", "bottom")]},
    "rfm": {"anyOf": [{"required": [key]} for key in ("group", "recency", "frequency", "monetary")]},
}
_OFF = {"type": "string", "pattern": "^([Nn][Oo][Nn][Ee]|[Oo][Ff][Ff])$"}


def _constrain(schema: dict[str, Any], form: type[BaseModel]) -> None:
    """Adds what the form asks of its keys together."""
    need = _NAMED.get(getattr(form, "key", ""), {})
    for kind, one in _NEEDS.items():
        need = need or (one if issubclass(form, kind) else {})
    parts = [schema, *schema.get("anyOf", ())]
    mapping = next((part for part in parts if part.get("type") == "object"), None)
    if need and mapping is not None:
        mapping |= {"allOf": [need]} if "anyOf" in need else need
    if form is Limits:
        for key, one in schema["properties"].items():
            said = {word: one.pop(word) for word in ("description", "examples") if word in one}
            schema["properties"][key] = {"anyOf": [one, _OFF], **said}


def shown(key: str, examples: list[Any]) -> dict[str, Any]:
    """The examples, as an editor can write them: a list of mappings is offered whole, as a snippet."""
    listed = [
        one for one in examples if isinstance(one, list) and any(isinstance(each, dict) for each in one)
    ]
    if not listed:
        return {"examples": examples}
    return {"defaultSnippets": [{"label": f"{key}: ...", "body": one} for one in listed]}


def _explain(schema: dict[str, Any], form: type[BaseModel]) -> None:
    """Gives each key its description and examples, where the model has none."""
    for part in (schema, *schema.get("anyOf", ())):
        for key, one in part.get("properties", {}).items():
            said = meaning(form, key)
            if said is not None:
                one.setdefault("description", said[0])
                one |= shown(key, said[1])


def _used(whole: Any, definitions: dict[str, Any]) -> set[str]:
    """The definitions that anything refers to."""
    found, open_ = set[str](), [whole]
    while open_:
        part = open_.pop()
        if isinstance(part, list):
            open_ += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(REF)
            if name in definitions and name not in found:
                found.add(name)
                open_.append(definitions[name])
            open_ += part.values()
    return found


def _conditions() -> dict[str, Any]:
    """A mapping of conditions that must all hold, or a list of such mappings."""
    return {
        "description": "Conditions that must all hold: one or more keys, or a list of such.",
        "type": ["object", "array"],
        "properties": {key: _described(key) for key in CONDITIONS},
        "additionalProperties": False,
        "minProperties": 1,
        "items": _ref("conditions"),
        "minItems": 1,
    }


def _described(key: str) -> dict[str, Any]:
    kind = CONDITIONS[key]
    said = kind.__dict__.get("__doc__") or ""
    text = f"{' '.join(said.split())} For example: {kind.example}".strip()
    return {"description": text, **shown(key, [example(kind)]), "allOf": [_ref(f"condition_{key}")]}


def example(kind: type[Condition]) -> Any:
    """The value in a condition's example."""
    return document.parse(kind.example, f"{kind.key}'s example").value[kind.key]


def _schedule() -> dict[str, Any]:
    words = {"type": "string", "pattern": r"\S", "examples": list(EXAMPLES)}
    return {
        "description": "When the campaign looks for people.",
        "anyOf": [words, {DEFINED: "schedule_mapping"}],
    }


def _steps() -> dict[str, Any]:
    template = {
        "type": "string",
        "pattern": r"^[\w-]+(/[\w-]+)*$",
        "description": "The template's name: win-back/letter is templates/win-back/letter.email.j2.",
        "examples": ["win-back/letter"],
    }
    offer = {
        "type": "string",
        "pattern": NAME,
        "description": "The offer that the message promises, with a code for each customer.",
        "examples": ["comeback"],
    }
    step = {
        "type": "object",
        "properties": {**{channel: dict(template) for channel in CHANNELS}, "offer": offer},
        "additionalProperties": False,
        "oneOf": [{"required": [channel]} for channel in CHANNELS],
    }
    return {"type": "array", "items": step, "minItems": 1, "maxItems": 1}
