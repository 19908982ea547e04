"""The smallest rule on which the reference and the engine still differ, told with the customer's rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML

from engine.errors import RekindleError
from engine.store.database import Database
from tests.reference.rules import GROUPS_OF
from tests.reference.shop import Customer
from tests.reference.trials import Trial, answers


@dataclass(frozen=True)
class Difference:
    """A rule that one customer meets for one of the two and not for the other.

    `beside` are other rules that it had to be asked together with.
    """

    trial: Trial
    rule: Any
    as_of: datetime
    cut: bool
    customer: str
    database: str
    beside: tuple[Any, ...] = ()

    def told(self) -> str:
        who = next(one for one in self.trial.shop.customers if one.customer_id == self.customer)
        met = self.trial.world(self.as_of, self.cut).matches(self.rule, self.customer)
        ours, theirs = ("yes", "no") if met else ("no", "yes")
        cut = ", its ledger cut there" if self.cut else ""
        return "\n".join(
            [
                f"seed {self.trial.seed} on {self.database}: the reference says {ours}, the engine {theirs}",
                f"as of {self.as_of.isoformat()}{cut}, {self.trial.shop.brand}",
                _yaml(self.rule),
                *(f"asked beside: {_yaml(one)}" for one in self.beside),
                *_rows(who),
            ]
        )


def smallest(found: Difference, database: Database) -> Difference:
    """The same difference with as little of the rule as shows it."""
    if not differ(found, database):
        found = replace(found, beside=tuple(found.trial.rules.values()))
    while True:
        least = next((one for one in _less(found) if differ(one, database)), None)
        if least is None:
            return found
        found = least


def _less(found: Difference) -> Iterator[Difference]:
    """The same with one part less: half of the rules beside it, one of them, or a part of the rule."""
    beside, half = found.beside, len(found.beside) // 2
    if half:
        yield replace(found, beside=beside[:half])
        yield replace(found, beside=beside[half:])
    yield from (replace(found, beside=beside[:n] + beside[n + 1 :]) for n in range(len(beside)))
    yield from (replace(found, rule=rule) for rule in smaller(found.rule, found.trial))


def differ(found: Difference, database: Database) -> bool:
    """Whether the two differ. A rule that the engine refuses shows nothing."""
    trial = found.trial
    try:
        said = trial.world(found.as_of, found.cut).matches(found.rule, found.customer)
        rules = {"rule": found.rule} | {f"beside {n}": one for n, one in enumerate(found.beside)}
        told = answers(database, trial.read(rules), trial.scope(found.as_of, found.cut))["rule"]
    except (RekindleError, LookupError, AttributeError, TypeError):
        return False
    return said != (found.customer in told)


def smaller(rule: Any, trial: Trial) -> Iterator[Any]:
    """Rules with one part less, or with a part in place of the whole."""
    if isinstance(rule, list):
        yield from (part for part in rule if isinstance(part, dict))
        yield from (rule[:n] + rule[n + 1 :] for n in range(len(rule)) if len(rule) > 1)
        for number, part in enumerate(rule):
            yield from ([*rule[:number], less, *rule[number + 1 :]] for less in smaller(part, trial))
    elif isinstance(rule, dict):
        yield from (rule[key] for key in GROUPS_OF if key in rule)
        yield from (trial.segments[rule[key]] for key in ("segment",) if key in rule)
        yield from ({k: v for k, v in rule.items() if k != key} for key in rule if len(rule) > 1)
        yield from (rule | {key: less} for key, part in rule.items() for less in smaller(part, trial))


def _yaml(rule: Any) -> str:
    text = io.StringIO()
    writer = YAML()
    writer.default_flow_style = None
    writer.dump(rule, text)
    return text.getvalue().rstrip()


def _rows(one: Customer) -> Iterator[str]:
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, tuple):
            yield from (f"  {_short(row)}" for row in value)
        elif value:
            yield f"  {field.name}: {_short(value)}"


def _short(value: Any) -> str:
    """A row without what it has not."""
    if isinstance(value, tuple):
        return f"[{'; '.join(_short(one) for one in value)}]"
    if not is_dataclass(value):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    told = ((field.name, getattr(value, field.name)) for field in fields(value))
    said = ", ".join(f"{name} {_short(one)}" for name, one in told if one not in (None, (), {}))
    return f"{type(value).__name__.lower()}: {said}"
