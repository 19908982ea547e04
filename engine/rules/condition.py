"""Conditions: one clause of a rule, which knows its fields, its SQL, its English and an example."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator, PrivateAttr, ValidationError, ValidationInfo, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError
from sqlalchemy import ColumnElement

from engine.document import Document, Path_
from engine.registry import Registry
from engine.rules import turning
from engine.rules.forms import DEFINED, Form, Reading
from engine.rules.mentions import Mention
from engine.rules.ranges import Claim
from engine.rules.scope import Scope
from engine.shape import known_keys, problems
from engine.text import did_you_mean


class Condition(Form):
    """One clause. It is total: for every customer it is true or false, never NULL."""

    key: ClassVar[str]
    example: ClassVar[str]
    #: How the conditions that it is made of are joined: "all", "any" or "none" of them must hold.
    joins: ClassVar[Literal["", "all", "any", "none"]] = ""
    _steps: Path_ = PrivateAttr(default=())

    @abstractmethod
    def sql(self, scope: Scope) -> ColumnElement[bool]:
        """The predicate on `customer` and on facts asked of `scope`."""

    @abstractmethod
    def english(self, scope: Scope) -> str:
        """The clause as the middle of a sentence, with its bounds as dates."""

    def denied(self, scope: Scope) -> str:
        """The opposite, told as `english` tells the clause."""
        return f"not: {self.english(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        """The columns that show a customer's own value; facts are asked as `sql` asks for them."""
        return {}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        """A customer's own value in words, like "last purchase 2011-05-12, 212 days ago".

        `row` has the columns of `evidence`, under the same names.
        """
        return ""

    def turns(
        self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope
    ) -> Iterable[datetime] | None:
        """The later instants at which it may become true or false though nothing new happens.

        `times` are all the customer's own; `row` is as in `witnessed`. None: nobody can know.
        """
        return turning.turns(self, times, scope.as_of, scope.calendar)

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        """What is certain of single facts where the condition holds, or where it does not."""
        return iter(())

    def mentions(self) -> Iterator[Mention]:
        """The words of the shop's own data that it names: tags, products, events, attributes."""
        return iter(())

    def hopeless(self, scope: Scope) -> bool:
        """Whether it can be seen from the rule alone that nobody will ever match."""
        return False

    @property
    def inner(self) -> tuple[Condition, ...]:
        """The conditions that this one is made of."""
        return ()

    def unfolded(self, scope: Scope) -> tuple[tuple[Condition, Scope], ...]:
        """The conditions that it is made of with the scope of each, a segment's own among them."""
        return tuple((part, scope) for part in self.inner)

    def references(self) -> set[str]:
        """The segments that it names, itself or further down."""
        return {name for part in self.inner for name in part.references()}

    def campaigns(self) -> set[str]:
        """The campaigns that it names, itself or further down."""
        return {name for part in self.inner for name in part.campaigns()}

    def offers(self) -> set[str]:
        """The offers that it names, itself or further down."""
        return {name for part in self.inner for name in part.offers()}

    def walk(self, path: Path_ = ()) -> Iterator[tuple[Path_, Condition]]:
        """Itself and every condition below it, each with its path below the document's `path`."""
        here = (*path, *self._steps)
        yield here, self
        for part in self.inner:
            yield from part.walk(here)


__all__ = ["CONDITIONS", "Clause", "Condition", "Reading", "parse"]

#: What other languages call them.
_LOGIC = {"and": "all", "or": "any", "not": "none"}
CONDITIONS: Registry[Condition] = Registry("engine.rules.conditions")


def parse(document: Document, path: Path_, reading: Reading) -> Condition:
    """The condition that the document holds at `path`. Raises Problems with every fault in it."""
    value = document.value
    for step in path:
        value = value[step]
    try:
        return read(value, {"reading": reading})
    except ValidationError as error:
        raise problems(error, Condition, document, path) from None


def read(value: Any, context: Mapping[str, Any] | None) -> Condition:
    """A mapping of condition keys, which must all hold, or a bare list of such mappings, the same.

    Raises ValidationError with every fault.
    """
    if isinstance(value, list):
        return CONDITIONS["all"].model_validate(value, context=context)
    if not isinstance(value, dict):
        told = "conditions are written like `country: GB`, one or more of them, or a list of such"
        raise _failed([_fault("condition_form", told, (), value)])
    parts, faults = [], list[InitErrorDetails]()
    if not value:
        faults.append(_fault("condition_none", "there is no condition here", (), value))
    for key, inner in value.items():
        try:
            parts.append(_one(key, inner, context))
        except ValidationError as error:
            faults += [_under(key, fault) for fault in error.errors(include_url=False)]
    if faults:
        raise _failed(faults)
    return parts[0] if len(parts) == 1 else CONDITIONS["all"].model_validate(parts, context=context)


def _one(key: str, value: Any, context: Mapping[str, Any] | None) -> Condition:
    if key not in CONDITIONS:
        hint = f"write `{_LOGIC[key]}`" if key in _LOGIC else did_you_mean(key, CONDITIONS)
        raise _failed([_fault("condition_unknown", f"unknown condition {key!r}", (), value, hint)])
    kind = CONDITIONS[key]
    try:
        found = kind.model_validate(value, context=context)
    except ValidationError as error:
        if any(fault["type"] == "model_type" and not fault["loc"] for fault in error.errors()):
            told = f"{key} is written like `{kind.example}`"
            raise _failed([_fault("condition_form", told, (), value)]) from None
        raise _failed([_with_known(kind, fault) for fault in error.errors(include_url=False)]) from None
    found._steps = (key,)
    return found


def _with_known(kind: type[Condition], fault: Any) -> InitErrorDetails:
    """An unknown key's fault carries the known keys, because only here the model is known."""
    limits = dict(fault.get("ctx", {}))
    if fault["type"] == "extra_forbidden" and "known" not in limits:
        limits["known"] = known_keys(kind, fault["loc"][:-1])
    if fault["type"] == "missing" and len(fault["loc"]) == 1:
        limits["hint"] = f"written like `{kind.example}`"
    return _carried(fault, fault["loc"], limits)


def _under(key: str, fault: Any) -> InitErrorDetails:
    return _carried(fault, (key, *fault["loc"]), fault.get("ctx", {}))


def _carried(fault: Any, loc: Path_, limits: Mapping[str, Any]) -> InitErrorDetails:
    kind = PydanticCustomError(fault["type"], fault["msg"].replace("{", "(").replace("}", ")"), dict(limits))
    return InitErrorDetails(type=kind, loc=loc, input=fault["input"])


def _fault(kind: str, told: str, loc: Path_, value: Any, hint: str = "") -> InitErrorDetails:
    error = PydanticCustomError(kind, "{told}", {"told": told, "hint": hint})
    return InitErrorDetails(type=error, loc=loc, input=value)


def _failed(faults: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data("condition", faults)


def _clause(value: Any, info: ValidationInfo) -> Condition:
    return value if isinstance(value, Condition) else read(value, info.context)


#: A field that holds a condition tree.
Clause = Annotated[Condition, PlainValidator(_clause), WithJsonSchema({DEFINED: "conditions"})]
