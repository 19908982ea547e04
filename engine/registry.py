"""Shelves: folders of plug-ins. A plug-in registers itself; the registry finds its shelf."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from engine.errors import RekindleError

T = TypeVar("T")


class Registry(Generic[T]):
    """The kinds on one shelf, by key.

    `shelf` is the package that holds the plug-ins; third parties add theirs under the entry-point
    group of the same name. Two plug-ins with one key are an error that names both.
    """

    def __init__(self, shelf: str) -> None:
        self.shelf = shelf
        self._kinds: dict[str, type[T]] = {}

    def register(self, key: str) -> Callable[[type[T]], type[T]]:
        """A class decorator: `@CONDITIONS.register("country")`."""

        def put(kind: type[T]) -> type[T]:
            there = self._kinds.get(key)
            if there is not None and there.__qualname__ != kind.__qualname__:
                raise RekindleError(
                    f"two plug-ins claim {key!r} on {self.shelf}: "
                    f"{there.__module__}.{there.__qualname__} and {kind.__module__}.{kind.__qualname__}"
                )
            self._kinds[key] = kind
            return kind

        return put

    @cached_property
    def kinds(self) -> dict[str, type[T]]:
        """Every kind on the shelf, in alphabetical order of its key."""
        package = importlib.import_module(self.shelf)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.shelf}.{module.name}")
        for point in entry_points(group=self.shelf):
            point.load()
        return dict(sorted(self._kinds.items()))

    def _alone(self, key: str) -> bool:
        """Whether the file that bears the key's name has it: then the rest of the shelf may rest.

        Some plug-ins bring a large library along.
        """
        if key not in self._kinds and key.isidentifier():
            module = f"{self.shelf}.{key}"
            try:
                importlib.import_module(module)
            except ModuleNotFoundError as error:
                if error.name != module:
                    raise
        return key in self._kinds

    def __getitem__(self, key: str) -> type[T]:
        return self._kinds[key] if self._alone(key) else self.kinds[key]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (self._alone(key) or key in self.kinds)

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)
