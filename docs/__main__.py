"""`make docs`: what is made of the code. `docs/source/` has the hand-written part of a page."""

from __future__ import annotations

import json
from pathlib import Path

from engine.metrics.definitions.returning_visitors import VISITS
from engine.metrics.metric import METRICS
from engine.recipes import recipes
from engine.rules.reference import page
from engine.rules.schema import json_schema
from engine.shipped import starter

ROOT = Path(__file__).resolve().parent.parent


def rules_page() -> str:
    """docs/rules.md."""
    source = (ROOT / "docs" / "source" / "rules.md").read_text("utf-8")
    return page(source, [(one.name, one.text) for one in recipes(starter()).values()])


def metrics_page() -> str:
    """docs/metrics.md."""
    source = (ROOT / "docs" / "source" / "metrics.md").read_text("utf-8")
    rows = [
        f"| {one.name} | {one.meaning} | `{one.formula}` | {one.source} |" for one in METRICS.kinds.values()
    ]
    told = "\n".join(["| metric | what it tells | formula | source |", "| --- | --- | --- | --- |", *rows])
    visits = ", ".join(f"`{name}`" for name in VISITS)
    return source.replace("{metrics}", told).replace("{visits}", visits)


def main() -> None:
    """Writes docs/rules.md, docs/metrics.md and rules/schema.json."""
    (ROOT / "docs" / "rules.md").write_text(rules_page(), "utf-8")
    (ROOT / "docs" / "metrics.md").write_text(metrics_page(), "utf-8")
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2)
    (ROOT / "rules" / "schema.json").write_text(schema + "\n", "utf-8")


if __name__ == "__main__":
    main()
