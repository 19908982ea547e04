"""What went wrong in a template, in a sentence without anything of the customer's in it."""

from __future__ import annotations

import re
from types import TracebackType

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import TemplateError

_NAME = re.compile(r"(?:attribute|element) '?([^']*)'?$|^'([^']*)' is undefined$")
#: Messages of these may quote a value, which is the customer's.
_TOLD: dict[type, str] = {
    ZeroDivisionError: "it divides by zero",
    RecursionError: "it is nested too deeply, or calls itself without end",
    MemoryError: "it needs more memory than a message may",
    ValueError: "a value cannot be read as the template wants it",
    OverflowError: "a number is too large",
    KeyError: "a key is missing",
    IndexError: "an item is missing",
}


def described(error: Exception, path: str = "") -> str:
    """`template_missing:first_name`, or `render_error:` with file, line and reason."""
    if isinstance(error, UndefinedError):
        found = _NAME.search(str(error))
        return f"template_missing:{(found.group(1) or found.group(2)) if found else 'a name'}"[:200]
    return f"render_error: {_where(error, path)}{_why(error)}"[:500]


def _why(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name!r} in the folder"
    if isinstance(error, TemplateError | TypeError):
        return str(error.args[0] if error.args else "") or type(error).__name__
    kinds = type(error).__mro__
    return next((_TOLD[kind] for kind in kinds if kind in _TOLD), kinds[0].__name__)


def _where(error: Exception, path: str) -> str:
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name or path}:{error.lineno}: "
    place = _template_line(error.__traceback__)
    return place or (f"{path}: " if path else "")


def _template_line(traceback: TracebackType | None) -> str:
    """The innermost line of a template that was running."""
    found = ""
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            found = f"{template.name}:{template.get_corresponding_lineno(traceback.tb_lineno)}: "
        traceback = traceback.tb_next
    return found
