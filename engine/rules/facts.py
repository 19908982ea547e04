"""Facts: what rules want to know of history, collected from all rules and computed in one pass a table."""

from __future__ import annotations


class Facts:
    """Collects what the rules of one statement ask of history."""
