"""The sandbox that templates run in: plain data, a short list of methods, no way to anything else."""

from __future__ import annotations

from collections.abc import Mapping
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Undefined
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from engine.compose.filters import FILTERS, KEPT

MAX_RANGE = 1000

_TEXT = frozenset(
    "capitalize casefold count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric "
    "isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper".split()
)
_LOOP = frozenset(
    "changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0".split()
)
#: What may be asked of a value, by its type; an attribute that is not here does not exist.
ALLOWED: dict[type, frozenset[str]] = {
    str: _TEXT,
    Markup: _TEXT,
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    LoopContext: _LOOP,
}
_CALLABLE = (Macro, BlockReference, LoopContext, BuiltinMethodType, MethodType)


def small_range(*bounds: int) -> range:
    """`range`, as long as a letter could need."""
    found = range(*bounds)
    if len(found) > MAX_RANGE:
        raise SecurityError(f"range is longer than {MAX_RANGE}")
    return found


class Fenced(ImmutableSandboxedEnvironment):
    """Jinja without the doors: the context's dicts are read by key, and only listed methods are seen."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if self.is_safe_attribute(obj, attribute, None):
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            str(obj)  # fails, and names what is missing
        try:
            return obj[attribute]
        except (TypeError, LookupError):
            return self._absent(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (TypeError, LookupError):
            if isinstance(argument, str) and self.is_safe_attribute(obj, argument, None):
                return getattr(obj, argument)
        return self._absent(obj, argument)

    def _absent(self, obj: Any, name: Any) -> Undefined:
        if isinstance(name, str) and name.startswith("_"):
            raise SecurityError("names that begin with _ are closed to templates")
        return self.undefined(obj=obj, name=name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        allowed = ALLOWED.get(type(obj))
        if allowed is not None:
            return attr in allowed
        return type(obj) is TemplateModule and not attr.startswith("_") and hasattr(obj, attr)

    def is_safe_callable(self, obj: Any) -> bool:
        if obj is small_range or isinstance(obj, (*_CALLABLE, Undefined)):
            return True  # an undefined one fails by itself, and names what is missing
        raise SecurityError(f"a value of type {type(obj).__name__} cannot be called")


def environment(files: Mapping[str, str], autoescape: bool) -> Fenced:
    """A sandbox over these files, by path. HTML escapes by itself; text and SMS do not."""
    made = Fenced(
        loader=DictLoader(files),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters = {name: made.filters[name] for name in KEPT} | FILTERS
    made.globals = {"range": small_range}
    return made
