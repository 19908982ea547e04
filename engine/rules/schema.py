"""The JSON Schema (draft-07) of rule files, for editors: from the registry and the models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from engine import document
from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import DEFINED
from engine.rules.occasions import EXAMPLES, Mapping_
from engine.rules.steps import CHANNELS

DRAFT = "http://json-schema.org/draft-07/schema#"
_REF = "#/definitions/"
_NOISE = ("title", "default", "format")


def json_schema() -> dict[str, Any]:
    """The schema of one rule file."""
    names: dict[type[BaseModel], str] = {
        Campaign: "campaign",
        Segment: "segment",
        Mapping_: "schedule_mapping",
    }
    names |= {kind: f"condition_{key}" for key, kind in CONDITIONS.kinds.items()}
    made, shared = models_json_schema([(one, "validation") for one in names], ref_template=_REF + "{model}")
    definitions = dict(shared["$defs"])
    for model, name in names.items():
        own = definitions[made[(model, "validation")]["$ref"].removeprefix(_REF)]
        definitions[name] = own
    definitions |= {"conditions": _conditions(), "schedule": _schedule(), "steps": _steps()}
    plain = {name: _plain(one) for name, one in definitions.items()}
    whole = {
        "$schema": DRAFT,
        "title": "A rekindle rule: one campaign or one segment",
        "type": "object",
        "anyOf": [{"$ref": f"{_REF}campaign"}, {"$ref": f"{_REF}segment"}],
    }
    used = _used(whole, plain)
    return {**whole, "definitions": {name: one for name, one in sorted(plain.items()) if name in used}}


def _used(whole: Any, definitions: dict[str, Any]) -> set[str]:
    """The definitions that anything refers to."""
    found, open_ = set[str](), [whole]
    while open_:
        part = open_.pop()
        if isinstance(part, list):
            open_ += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix(_REF)
            if name in definitions and name not in found:
                found.add(name)
                open_.append(definitions[name])
            open_ += part.values()
    return found


def _conditions() -> dict[str, Any]:
    """A mapping of conditions that must all hold, or a list of such mappings."""
    again = {DEFINED: "conditions"}
    listed = {"type": "array", "items": again, "minItems": 1}
    return {
        "description": "Conditions that must all hold: one or more keys, or a list of such.",
        "anyOf": [
            {
                "type": "object",
                "properties": {key: _described(key) for key in CONDITIONS},
                "additionalProperties": False,
                "minProperties": 1,
            },
            listed,
        ],
    }


def _described(key: str) -> dict[str, Any]:
    kind = CONDITIONS[key]
    said = kind.__dict__.get("__doc__") or ""
    text = f"{' '.join(said.split())} For example: {kind.example}".strip()
    return {"$ref": f"{_REF}condition_{key}", "description": text, "examples": [example(kind)]}


def example(kind: type[Condition]) -> Any:
    """The value in a condition's example."""
    return document.parse(kind.example, f"{kind.key}'s example").value[kind.key]


def _schedule() -> dict[str, Any]:
    words = {"type": "string", "minLength": 1, "examples": list(EXAMPLES)}
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
    step = {
        "type": "object",
        "properties": dict.fromkeys(CHANNELS, template),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"type": "array", "items": step, "minItems": 1, "maxItems": 1}


def _plain(schema: Any, named: bool = False) -> Any:
    """The schema in draft-07's words, without noise. `named` maps are keyed by the reader's words."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if named:
        return {key: _plain(one) for key, one in schema.items()}
    plain = {
        key: _plain(one, named=key in ("properties", "definitions"))
        for key, one in schema.items()
        if key not in _NOISE and not (key == "examples" and not one)
    }
    return _linked(_without_null(_tuples(plain)))


def _tuples(schema: dict[str, Any]) -> dict[str, Any]:
    if "prefixItems" in schema:
        schema["items"] = schema.pop("prefixItems")
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A key that may be left out need not be allowed to be empty."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1 and "anyOf" in schema:
        rest = {key: one for key, one in schema.items() if key != "anyOf"}
        return {**choices[0], **rest}
    return {**schema, "anyOf": choices} if choices else schema


def _linked(schema: dict[str, Any]) -> dict[str, Any]:
    """Draft-07 ignores whatever stands beside a `$ref`."""
    if DEFINED in schema:
        schema["$ref"] = _REF + schema.pop(DEFINED)
    if "$ref" in schema and len(schema) > 1:
        schema["allOf"] = [*schema.get("allOf", []), {"$ref": schema.pop("$ref")}]
    return schema
