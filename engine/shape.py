"""Holds a YAML value against a pydantic model, and says what is wrong in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.document import Document, Path_
from engine.errors import Problem, Problems
from engine.text import did_you_mean, nearest

M = TypeVar("M", bound=BaseModel)

_PLAIN = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "missing": "is missing",
}
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def validate(
    model: type[M], document: Document, path: Path_ = (), context: Mapping[str, Any] | None = None
) -> M:
    """The model made of the document's value at `path`. Raises Problems with every fault in it."""
    try:
        return model.model_validate(_at(document, path), context=context)
    except ValidationError as error:
        raise problems(error, model, document, path) from None


def problems(error: ValidationError, model: type[BaseModel], document: Document, path: Path_) -> Problems:
    """A validation's faults, each with its place in the document."""
    faults = error.errors(include_url=False)
    wrong = [fault["loc"] for fault in faults if fault["type"] == "extra_forbidden"]
    return Problems([_problem(fault, model, document, path) for fault in faults if not _echo(fault, wrong)])


def _echo(fault: ErrorDetails, wrong: Iterable[tuple[str | int, ...]]) -> bool:
    """Whether a missing key is only a misspelt one: that is one mistake, and told once."""
    if fault["type"] != "missing":
        return False
    beside = [str(loc[-1]) for loc in wrong if loc[:-1] == fault["loc"][:-1]]
    return any(nearest(word, [str(fault["loc"][-1])]) for word in beside)


def _problem(fault: ErrorDetails, model: type[BaseModel], document: Document, path: Path_) -> Problem:
    where = _written(document, path, fault["loc"])
    name = next((str(step) for step in reversed(where) if isinstance(step, str)), "this")
    kind, limits = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = limits.get("known") or known_keys(model, fault["loc"][:-1])
        return Problem(document.key_place(where), f"unknown key {name!r}", did_you_mean(name, known))
    if kind == "condition_unknown":
        return Problem(document.key_place(where), str(limits["told"]), str(limits["hint"]))
    if kind == "missing":
        hint = str(limits.get("hint", "")) or _example(model, fault)
        return Problem(document.place(where), f"{str(fault['loc'][-1])!r} is missing", hint)
    return Problem(document.place(where), *_words(fault, name))


def _example(model: type[BaseModel], fault: ErrorDetails) -> str:
    """How the missing key of the document's own model may look."""
    key = str(fault["loc"][-1])
    known = {field.alias or name: field for name, field in model.model_fields.items()}
    shown = (known[key].examples or [None])[0] if len(fault["loc"]) == 1 and key in known else None
    return f"for example `{key}: {shown}`" if isinstance(shown, str) else ""


def _at(document: Document, path: Path_) -> Any:
    value = document.value
    for step in path:
        value = value[step]
    return value


def _written(document: Document, path: Path_, loc: Iterable[str | int]) -> Path_:
    """The path as far as it stands in the document: a spelled-out shorthand adds steps that do not."""
    value, where = _at(document, path), path
    for step in loc:
        if isinstance(value, dict) and step in value:
            value, where = value[str(step)], (*where, step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value, where = value[step], (*where, step)
    return where


def _words(fault: ErrorDetails, name: str) -> tuple[str, str]:
    kind, got, limits = fault["type"], fault["input"], fault.get("ctx", {})
    if "told" in limits:
        return str(limits["told"]), str(limits.get("hint", ""))
    if kind in ("value_error", "assertion_error"):
        return str(limits.get("error", fault["msg"])), ""
    if kind in ("literal_error", "enum"):
        known = str(limits.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        return f"{name} cannot be {_shown(got)}", did_you_mean(str(got), known)
    if kind == "string_too_long":
        return f"{name} is {len(str(got))} letters long and must be at most {limits['max_length']}", ""
    for limit, words in _LIMITS.items():
        if limit in limits:
            return f"{name} is {got!r} and must be {words} {limits[limit]}", ""
    told = _PLAIN.get(kind, fault["msg"].replace("Input should", "must").lower())
    return f"{name} {told}, not {_shown(got)}", ""


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)[:60]


def known_keys(model: type[BaseModel], loc: Iterable[str | int]) -> list[str]:
    """The keys that the model (or the one nested in it at `loc`) takes."""
    current: type[BaseModel] | None = model
    steps = iter(loc)
    for step in steps:
        if current is None or isinstance(step, int):
            continue
        annotation = _annotation(current, str(step))
        if _is_mapping(annotation):
            next(steps, None)  # people name its keys as they like
        current = _model_in(annotation)
    if current is None:
        return []
    own = getattr(current, "written_keys", None)  # where keys stand side by side that the model holds apart
    if own:
        return list(own())
    return [field.alias or name for name, field in current.model_fields.items() if not field.exclude]


def _annotation(model: type[BaseModel], key: str) -> Any:
    fields = model.model_fields.items()
    return next((field.annotation for name, field in fields if key in (name, field.alias)), None)


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None
