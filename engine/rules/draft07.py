"""Schemas as pydantic makes them, in draft-07's words: without noise, and said so that editors can help.

An editor that is offered several forms for one value can only say that none of them fits. Where the
forms are of different types, one schema that allows all the types lets it point at the wrong key.
"""

from __future__ import annotations

import re
from typing import Any

from engine.rules.forms import DEFINED, LEAVES
from engine.values import DIGIT

REF = "#/definitions/"
_NOISE = ("title", "default", "format")
_SAID = ("description", "examples", "defaultSnippets")
#: What is read as yes or no besides `true` and `false`.
_BOOLEAN: dict[str, Any] = {
    "type": ["boolean", "string", "integer"],
    "pattern": "^([TtFfYyNn01]|[Tt]rue|[Ff]alse|[Yy]es|[Nn]o|[Oo]n|[Oo]ff|TRUE|FALSE|YES|NO|ON|OFF)$",
    "minimum": 0,
    "maximum": 1,
}
_INTEGER = {"type": ["integer", "string"], "pattern": rf"^\s*[-+]?{DIGIT}[0-9۰-۹٠-٩_]*(\.0+)?\s*$"}


def translated(schema: Any, named: bool = False) -> Any:
    """The schema in draft-07's words. `named` maps are keyed by the reader's words."""
    if isinstance(schema, list):
        return [translated(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if named:
        return {key: translated(one) for key, one in schema.items()}
    plain = {
        key: one if key in _SAID else translated(one, named=key in ("properties", "definitions"))
        for key, one in schema.items()
        if key not in _NOISE and not (key == "examples" and not one)
    }
    if "description" in plain:
        plain["description"] = re.sub(r"(?<!\n)\n(?!\n)", " ", plain["description"])
    for step in (_bounds, _tuples, _kindly, _without_null, _merged, _needing, _named_leaf):
        plain = step(plain)
    return _linked(plain)


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """A bound that pydantic could not translate stands under its own word."""
    for theirs, ours in (("ge", "minimum"), ("le", "maximum")):
        if theirs in schema:
            schema[ours] = schema.pop(theirs)
    return schema


def _tuples(schema: dict[str, Any]) -> dict[str, Any]:
    if "prefixItems" in schema:
        schema["items"] = schema.pop("prefixItems")
    return schema


def _kindly(schema: dict[str, Any]) -> dict[str, Any]:
    """Numbers and yes or no may stand in quotes."""
    if "const" in schema or "enum" in schema:
        return schema
    kinds = {"boolean": _BOOLEAN, "integer": _INTEGER}
    kind = schema.get("type")
    return schema | kinds[kind] if isinstance(kind, str) and kind in kinds else schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A key that may be left out need not be allowed to be empty."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1 and "anyOf" in schema:
        rest = {key: one for key, one in schema.items() if key != "anyOf"}
        return {**choices[0], **rest}
    return {**schema, "anyOf": choices} if choices else schema


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type", [])
    return {"number" if one == "integer" else one for one in ([found] if isinstance(found, str) else found)}


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema for choices of different types, where no word of one speaks of another."""
    choices = [_spelled(one) for one in schema.get("anyOf", [])]
    words = [key for one in choices for key in one if key not in (*_SAID, "type")]
    types = [kind for one in choices for kind in _types(one)]
    bound = {"const", "enum", "$ref", "allOf", "anyOf", "not", DEFINED} & set(words)
    if not choices or bound or len(set(words)) < len(words) or len(set(types)) < len(types):
        return schema
    if not all(_types(one) for one in choices):
        return schema
    merged: dict[str, Any] = {}
    for one in choices:
        merged |= {key: each for key, each in one.items() if key != "type"}
    listed = [one["type"] for one in choices]
    merged["type"] = [kind for one in listed for kind in ([one] if isinstance(one, str) else one)]
    examples = [shown for one in choices for shown in one.get("examples", ())]
    merged |= {"examples": examples} if examples else {}
    return merged | {key: one for key, one in schema.items() if key != "anyOf"}


def _spelled(schema: dict[str, Any]) -> dict[str, Any]:
    """A reference to a plain value as that value."""
    refs = [one.get("$ref", "") for one in (schema, *schema.get("allOf", ()))]
    leaf = next((LEAVES[name] for ref in refs if (name := ref.removeprefix(REF)) in LEAVES), None)
    return schema if leaf is None else dict(leaf)


def _needing(schema: dict[str, Any]) -> dict[str, Any]:
    """A list that is tested against needs something in it."""
    if _types(schema) == {"array"} and "minItems" not in schema:
        schema["minItems"] = 1
    return schema


def _named_leaf(schema: dict[str, Any]) -> dict[str, Any]:
    """A plain value that has a definition refers to it."""
    own = {key: one for key, one in schema.items() if key not in _SAID}
    for name, leaf in LEAVES.items():
        if own == {key: one for key, one in leaf.items() if key not in _SAID}:
            return {DEFINED: name} | {key: one for key, one in schema.items() if key in _SAID}
    return schema


def _linked(schema: dict[str, Any]) -> dict[str, Any]:
    """Draft-07 ignores whatever stands beside a `$ref`."""
    if DEFINED in schema:
        schema["$ref"] = REF + schema.pop(DEFINED)
    if "$ref" in schema and len(schema) > 1:
        schema["allOf"] = [*schema.get("allOf", []), {"$ref": schema.pop("$ref")}]
    return schema
