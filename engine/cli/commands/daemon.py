"""`daemon`: the scheduler, until SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine import clock
from engine.cli import logs, output
from engine.cli.commands.serve import Host, Port, door, listening
from engine.cli.program import Chosen, app, program

if TYPE_CHECKING:
    from engine.daemon.service import Daemon


@program.command()
def daemon(
    serve: Annotated[bool, typer.Option("--serve", help="Answer on the web too, as `serve` does.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8080,
) -> int:
    """Run every campaign on its schedule, until SIGTERM or Ctrl-C.

    Edits to config.yaml, rules/ and templates/ are taken over as they are made; a broken one leaves
    the last good version at work, and `rekindle status` says so. Several daemons on one store share
    the work. At the end, messages on the wire are finished first; a second signal ends it at once.
    """
    from engine.daemon.service import Daemon

    logs.start("INFO")
    scheduler = Daemon(app(), Chosen.config)
    server = door(lambda: scheduler.project.app, host, port) if serve else None
    output.out().print(_agenda(scheduler), markup=False)
    if server is None:
        return scheduler.run()
    output.out().print(listening(server), markup=False)
    server.start()
    code = scheduler.run(server.stop)
    server.join()
    return code


def _agenda(scheduler: Daemon) -> str:
    runs = [f"{name} {clock.iso(at) if at else 'never again'}" for name, at in scheduler.agenda()]
    if not runs:
        return "daemon: there is no campaign to run yet; one put into rules/ is taken over"
    return f"daemon: {len(runs)} campaign{'s' if len(runs) > 1 else ''}, next runs: {', '.join(runs)}"
