"""Planning what is due, so that a campaign which cannot be planned does not keep the others from it."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from engine.app import App
from engine.daemon.project import Project
from engine.errors import RekindleError, Standstill, TryAgain

log = logging.getLogger("rekindle.daemon")


#: A held run is looked at again so often, in case what held it has passed; an approved one at once.
_REST = timedelta(minutes=5)
#: The store's own faults, which no campaign is to blame for.
_STORE = (TryAgain, Standstill, OperationalError, InterfaceError)


class Planner:
    """Plans all campaigns together; after a fault, one by one. `faults` says which ones fail."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    @property
    def faults(self) -> list[str]:
        return [f"{name} cannot be planned: {words}" for name, words in sorted(self._faults.items())]

    def plan(self, project: Project) -> None:
        """Raises only the faults of the store."""
        if not self._faults:
            try:
                project.app.plan_due(rest=_REST)
                return
            except _STORE:
                raise
            except Exception as error:  # noqa: BLE001  told with its campaign
                _ = project.app.store  # the store's own fault is raised here
                log.error("planning failed (%s): trying campaign by campaign", type(error).__name__)
        names = project.by_priority
        self._faults = {name: words for name, words in self._faults.items() if name in names}
        for name in names:
            self._plan_one(name, project.only(name))

    def _plan_one(self, name: str, alone: App) -> None:
        try:
            alone.plan_due(rest=_REST)
        except _STORE:
            raise
        except Exception as error:  # noqa: BLE001  it costs one campaign
            self._fault(name, error)
            return
        if self._faults.pop(name, None):
            log.warning("%s can be planned again", name, extra={"campaign": name})

    def _fault(self, name: str, error: Exception) -> None:
        ours = not isinstance(error, RekindleError)
        words = f"a bug of ours ({type(error).__name__})" if ours else str(error)
        if self._faults.get(name) != words:
            log.error("%s cannot be planned: %s", name, words, exc_info=ours, extra={"campaign": name})
        self._faults[name] = words
