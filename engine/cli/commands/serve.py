"""`serve`: the web's door, until SIGTERM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import logs, output
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App
    from engine.web.server import Server

Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0: any.")]
#: What the extra `web` brings.
_EXTRA = ("fastapi", "starlette", "uvicorn")


@program.command()
def serve(host: Host = "127.0.0.1", port: Port = 8080) -> int:
    """Answer on the web: providers' hooks, the pages behind the letters, links, the console, health, metrics.

    It belongs behind a web server with a certificate, at the address that brand.public_url names; see
    docs/web.md. `daemon --serve` runs this and the scheduler in one.
    """
    logs.start("INFO")
    opened = app()
    server = door(lambda: opened, host, port)
    output.out().print(listening(server), markup=False)
    return server.run()


def listening(server: Server) -> str:
    return f"serve: listening on {server.url}"


def door(opened: Callable[[], App], host: str, port: int) -> Server:
    """The server, not started yet. Raises YoursToFix without the extra."""
    try:
        from engine.web.server import Server
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise YoursToFix("the web app needs FastAPI: pip install 'rekindle[web]'") from None
    return Server(opened, host, port)
