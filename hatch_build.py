"""Ship the starter project inside the wheel, so that `rekindle init` works wherever it is installed."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STARTER = ("rules", "templates", "config.yaml")


class StarterHook(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install finds these at the root of the checkout; a copy of them would only grow stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"].update({name: f"engine/starter/{name}" for name in STARTER})
