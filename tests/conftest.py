"""Real databases for every test that asks: each test gets its own, and it is gone afterwards."""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
RUN = "TEST_RUN_DIRECTORY"  # one folder a run, shared by xdist's workers, who inherit the variable
_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="rekindle-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(Path(os.environ.pop(RUN)))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own REKINDLE_..., keys and proxies must not reach the tests."""
    for name in list(os.environ):
        if name.startswith(("REKINDLE_", "SENDGRID_", "TWILIO_", "SMTP_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _a_staged_clock_starts_with_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the process: what a test expects must not hang on how many ran before it."""
    monkeypatch.setattr("engine.clock._started", time.monotonic())


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, on SQLite and on PostgreSQL."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "template0")


@pytest.fixture
def store_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store with every table and no rows, on SQLite and on PostgreSQL."""
    if dialect == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres_server")
        yield from _postgres_database(server, request.getfixturevalue("migrated_postgres"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets with their independently computed answers, in a folder beside the checkout."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the shared data sets are not beside this checkout (../shared/data)")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Path:
    """The run's folder, with a server in it."""
    directory = Path(os.environ[RUN])
    with postgres.locked(directory):
        postgres.start(directory)
    return directory


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from engine.store.migrate import upgrade

    folder = tmp_path_factory.mktemp("store")
    upgrade(f"sqlite:///{folder / 'migrated.db'}")
    source, target = sqlite3.connect(folder / "migrated.db"), sqlite3.connect(folder / "copy.db")
    with closing(source), closing(target):
        source.backup(target)  # one file, whatever is still in its journal
    return folder / "copy.db"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Path) -> str:
    from engine.store.migrate import upgrade

    with postgres.locked(postgres_server):
        if not (postgres_server / "migrated").exists():
            postgres.execute(postgres_server, "CREATE DATABASE migrated TEMPLATE template0")
            upgrade(postgres.url(postgres_server, "migrated"))
            # A template that anyone is connected to cannot be copied.
            postgres.execute(postgres_server, "ALTER DATABASE migrated ALLOW_CONNECTIONS false")
            (postgres_server / "migrated").touch()
    return "migrated"


def _postgres_database(server: Path, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    postgres.execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield postgres.url(server, name)
    postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")
