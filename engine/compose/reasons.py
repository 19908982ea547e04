"""Why a message could not be written, for people; the ledger keeps the short form."""

from __future__ import annotations


def in_words(error: str) -> str:
    """`template_missing:city` and `render_error: ...` in a sentence's part."""
    kind, _, rest = error.partition(":")
    if kind == "template_missing":
        return f"the template asks for {rest}, which is not known of them, and has no default for it"
    return rest.strip() if kind == "render_error" else error
