"""Number tests: bounds that must all hold, on a count, an amount of money or an age."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, and_

from engine.durations import Duration
from engine.rules.forms import LEAVES, Form, Given, Length, Number
from engine.rules.ranges import KNOWN, Range, compared, counts


def _pair(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError("between takes two values: [from, to]")
    return value


class _Bounds(Form):
    """The keys of a number test, whatever is compared."""

    ORDER: ClassVar[tuple[str, ...]] = (
        "is", "is_not", "at_least", "more_than", "at_most", "less_than", "between",
    )  # fmt: skip

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value:
            raise ValueError("a test needs at least one of " + ", ".join(cls.ORDER))
        return value if isinstance(value, dict) else {"is": value}

    def bounds(self) -> list[tuple[str, Any]]:
        """Each key that was given with its value; `between` as its two ends."""
        found: list[tuple[str, Any]] = []
        for key, value in self.given().items():
            found += [("at_least", value[0]), ("at_most", value[1])] if key == "between" else [(key, value)]
        return found

    def empty(self) -> bool:
        """Whether no value at all can pass."""
        values = [(key, self._weight(value)) for key, value in self.bounds()]
        lows = [(at, key == "more_than") for key, at in values if key in ("is", "at_least", "more_than")]
        highs = [(at, key != "less_than") for key, at in values if key in ("is", "at_most", "less_than")]
        refused = [at for key, at in values if key == "is_not"]
        return crossed(lows, highs) or (
            bool(lows and highs) and max(lows)[0] == min(highs)[0] and max(lows)[0] in refused
        )

    def _weight(self, value: Any) -> Any:
        return value

    def words(self, show: Callable[[Any], str] = str) -> str:
        """`at least 3 and at most 5`."""
        told = []
        for key, value in self.given().items():
            if key == "between":
                told.append(f"between {show(value[0])} and {show(value[1])}")
            elif key == "is":
                told.append(f"exactly {show(value)}")
            else:
                told.append(f"{key.replace('_', ' ').replace('is not', 'not')} {show(value)}")
        return " and ".join(told)


def crossed(lows: list[tuple[Any, bool]], highs: list[tuple[Any, bool]]) -> bool:
    """Whether nothing lies between: lows are (value, excluded), highs (value, included)."""
    if not lows or not highs:
        return False
    low, high = max(lows), min(highs)
    return bool(low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])))


class NumberTest(_Bounds):
    """Bounds on a number; a bare number means equal."""

    is_: Given[Number] = Field(default=None, alias="is")
    is_not: Given[Number] = None
    at_least: Given[Number] = None
    at_most: Given[Number] = None
    more_than: Given[Number] = None
    less_than: Given[Number] = None
    between: Annotated[Given[tuple[Number, Number]], BeforeValidator(_pair)] = None

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [LEAVES["number"]]

    def passes(
        self, column: ColumnElement[Any], convert: Callable[[Decimal], Any] | None = None
    ) -> ColumnElement[bool]:
        """The predicate on a column; NULL where the column is. `convert` makes the value to compare with."""
        return and_(*(_COMPARE[key](column, (convert or plain)(value)) for key, value in self.bounds()))

    def holds(self, value: Decimal | int) -> bool:
        """The same in Python."""
        return all(bool(_COMPARE[key](value, bound)) for key, bound in self.bounds())

    def range(self, convert: Callable[[Decimal], Any] | None = None) -> Range:
        """The numbers that pass."""
        found = KNOWN
        for key, value in self.bounds():
            found &= compared(key, convert(value) if convert else value)
        return found

    @property
    def values(self) -> list[Decimal]:
        """Every number in it."""
        return [value for _, value in self.bounds()]


class AgeTest(_Bounds):
    """Bounds on how long ago something was; a bare duration means exactly that."""

    is_: Given[Length] = Field(default=None, alias="is")
    is_not: Given[Length] = None
    at_least: Given[Length] = None
    at_most: Given[Length] = None
    more_than: Given[Length] = None
    less_than: Given[Length] = None
    between: Annotated[Given[tuple[Length, Length]], BeforeValidator(_pair)] = None

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [LEAVES["duration"]]

    def _weight(self, value: Any) -> Any:
        return value.seconds

    def ages(self) -> list[tuple[str, Duration]]:
        """The bounds, each a key of the number test and a length."""
        return self.bounds()


def plain(value: Decimal) -> int | float:
    """What a database compares counts and measures with."""
    return int(value) if value == value.to_integral_value() else float(value)


def scaled(
    values: Iterable[Decimal], decimals: int = 4, most: int = 100_000
) -> tuple[int, dict[Decimal, int]]:
    """The power of ten that makes every value whole, and each value times it: what is never divided.

    Raises ValueError for a value finer than so many decimals, or greater than `most`.
    """
    found = list(values)
    for value in found:
        if value != round(value, decimals):
            raise ValueError(f"{value} is finer than {decimals} decimals")
        if abs(value) > most:
            raise ValueError(f"{value} is too large; at most {most:,} makes sense here")
    places = max((-int(value.normalize().as_tuple().exponent) for value in found), default=0)
    scale = 10 ** max(places, 0)
    return scale, {value: int(value * scale) for value in found}


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "is": lambda column, value: column == value,
    "is_not": lambda column, value: column != value,
    "at_least": lambda column, value: column >= value,
    "at_most": lambda column, value: column <= value,
    "more_than": lambda column, value: column > value,
    "less_than": lambda column, value: column < value,
}


class CountTest(NumberTest):
    """A number test on how many there are."""

    @classmethod
    def some(cls) -> Self:
        """At least one."""
        return cls.model_validate({"at_least": 1})

    @property
    def asks_only_some(self) -> bool:
        """Whether it only asks if there is any at all, so that nothing need be counted apart."""
        return self.bounds() == [("at_least", Decimal(1))] or self.bounds() == [("more_than", Decimal(0))]

    def range(self, convert: Callable[[Decimal], Any] | None = None) -> Range:
        return counts(super().range(convert))

    def impossible(self) -> bool:
        """Whether no count can pass: it is a whole number, and none is below 0."""
        below = any(
            key in ("is", "at_most", "less_than") and value < (key == "less_than")
            for key, value in self.bounds()
        )
        return below or self.empty() or (self.is_ is not None and self.is_ != self.is_.to_integral_value())
