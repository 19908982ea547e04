"""The reference of the rule language, made of the conditions: their words, forms, examples and SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from engine import document
from engine.rules.compiler import select_ids, sql_text
from engine.rules.condition import CONDITIONS, Condition, Reading, parse
from engine.rules.forms import Form
from engine.rules.schema import definition
from engine.rules.scope import Scope
from engine.rules.text_test import TextTest
from engine.rules.time_test import TimeTest, Window
from engine.rules.value_test import ValueTest
from engine.vocabulary import Stage

#: When the examples are asked.
AS_OF = datetime(2026, 3, 21, 10, tzinfo=UTC)
#: Forms that have a chapter of their own, the narrower first.
_CHAPTERS: tuple[tuple[type[Form], str], ...] = (
    (TextTest, "[text test](#text-test)"),
    (TimeTest, "[time test](#time-test)"),
    (Window, "[window](#window)"),
    (ValueTest, "number, text or time test"),
)
_NAMED = {
    "TextTest": "[text test](#text-test)",
    "NumberTest": "[number test](#number-test)",
    "CountTest": "[number test](#number-test)",
    "TimeTest": "[time test](#time-test)",
    "AgeTest": "[number test](#number-test) over durations",
    "OrderWhere": "[tests on orders](#tests-on-orders)",
    "ValueTest": "number, text or time test",
    "Stage": ", ".join(f"`{stage.value}`" for stage in Stage),
    "Limits": "`max_audience`, `max_share`",
    "conditions": "[conditions](#conditions)",
    "schedule": "words, a crontab line, or `cron`, `once`, `timezone`",
    "steps": "a list of steps",
}


def conditions() -> str:
    """A line for each condition, and then a chapter for each."""
    kinds = CONDITIONS.kinds
    first = {key: re.split(r"(?<=\.)\s", _said(kind))[0] for key, kind in kinds.items()}
    lines = [f"| [`{key}`](#{key}) | {said} |" for key, said in first.items()]
    index = "\n".join(["| condition | who it means |", "| --- | --- |", *lines])
    return "\n\n".join([index, *(_chapter(key, kind) for key, kind in kinds.items())])


def form(name: str) -> str:
    """The table of a shared form's keys."""
    return _table(definition(name)["properties"])


def _chapter(key: str, kind: type[Condition]) -> str:
    clause, scope = _example(kind)
    parts = [
        f"### {key}",
        _said(kind),
        *_takes(kind),
        f"```yaml\n{kind.example}\n```",
        f"> {clause.english(scope)}",
        f"<details><summary>SQL</summary>\n\n```sql\n{_sql(clause, scope)}\n```\n</details>",
    ]
    return "\n\n".join(part for part in parts if part)


def _said(kind: type[Condition]) -> str:
    """Its docstring, a line for each paragraph."""
    lines = (kind.__dict__.get("__doc__") or "").strip().splitlines()
    return re.sub(r"(?<!\n)\n(?!\n)", " ", "\n".join(line.strip() for line in lines))


def _sql(clause: Condition, scope: Scope) -> str:
    """The statement. Long lists of names are cut: those of time zones differ between machines."""
    text = sql_text(select_ids(clause, scope), "sqlite")
    text = re.sub(r"IN \(('[^']*')(?:, '[^']*'){3,}\)", r"IN (\1, ...)", text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _example(kind: type[Condition]) -> tuple[Condition, Scope]:
    """The condition's example, and a world for it in which any segment is whoever has the tag of its name."""
    clause = parse(document.parse(kind.example, kind.key), (), Reading())
    tags = {name: CONDITIONS["tag"].model_validate(name) for name in clause.references()}
    return clause, Scope(AS_OF, segments=tags)


def _takes(kind: type[Condition]) -> Iterator[str]:
    """What may stand behind its key: forms with a chapter by name, the other keys in a table."""
    chapter = next((one for one in _CHAPTERS if issubclass(kind, one[0])), None)
    shared = _keys(chapter[0]) if chapter else set()
    known = definition(f"condition_{kind.key}").get("properties", {})
    own = {name: one for name, one in known.items() if name not in shared}
    if chapter and not own:
        yield f"It takes a {chapter[1]}."
    if own:
        yield _table(own) + (f"\n| | the keys of a {chapter[1]} | |" if chapter else "")


def _keys(form: type[Form]) -> set[str]:
    if issubclass(form, ValueTest):
        return set(form.written_keys())
    return {field.alias or name for name, field in form.model_fields.items()}


def _table(properties: Mapping[str, Any]) -> str:
    rows = [f"| `{key}` | {_kind(one)} | {one['description']} |" for key, one in properties.items()]
    return "\n".join(["| key | takes | meaning |", "| --- | --- | --- |", *rows])


def _kind(schema: Mapping[str, Any]) -> str:
    """What a key takes, in a word or two."""
    refs = [one.get("$ref", "") for one in (schema, *schema.get("allOf", ()))]
    name = next((ref.rpartition("/")[2] for ref in refs if ref), "")
    if name:
        return _NAMED.get(name, f"a {name}")
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{str(schema['const']).lower()}`"
    if schema.get("maximum") == 100:
        return "a share, like `10%`"
    if schema.get("maxItems") == 2:
        return "a list of two"
    types = schema.get("type", "")
    first = types if isinstance(types, str) else types[0]
    return _PLAIN.get(first, first)


_PLAIN = {
    "array": "a list",
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "string": "a text",
    "object": "tests by name",
}


def cookbook(texts: Iterable[tuple[str, str]]) -> str:
    """A chapter for each recipe: `texts` are their names and the texts of their rules."""
    return "\n\n".join(_recipe(name, text) for name, text in texts)


def _recipe(name: str, text: str) -> str:
    rule = document.parse(text, name).value
    schedule = re.search(r"^schedule:.*$", text, re.MULTILINE)
    audience = re.search(r"^audience:\n(?:[ #].*\n)+", text, re.MULTILINE)
    shown = "\n".join(part[0].rstrip() for part in (schedule, audience) if part)
    return f"### Recipe: {name}\n\n{rule['describe']}\n\n```yaml\n{shown}\n```"


def page(source: str, texts: Iterable[tuple[str, str]]) -> str:
    """The whole page: hand-written text, with what is made at its marks, `<!-- conditions -->`."""

    def fill(mark: re.Match[str]) -> str:
        if mark[1] == "cookbook":
            return cookbook(texts)
        return conditions() if mark[1] == "conditions" else form(mark[1])

    return re.sub(r"^<!-- (\w+) -->$", fill, source, flags=re.MULTILINE)
