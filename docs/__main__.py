"""`make docs`: what is made of the code. `docs/source/` has the hand-written part of a page."""

from __future__ import annotations

import json
from pathlib import Path

from engine.recipes import recipes
from engine.rules.reference import page
from engine.rules.schema import json_schema
from engine.shipped import starter

ROOT = Path(__file__).resolve().parent.parent


def rules_page() -> str:
    """docs/rules.md."""
    source = (ROOT / "docs" / "source" / "rules.md").read_text("utf-8")
    return page(source, [(one.name, one.text) for one in recipes(starter()).values()])


def main() -> None:
    """Writes docs/rules.md and rules/schema.json."""
    (ROOT / "docs" / "rules.md").write_text(rules_page(), "utf-8")
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2)
    (ROOT / "rules" / "schema.json").write_text(schema + "\n", "utf-8")


if __name__ == "__main__":
    main()
