"""The stores that are measured on: a shop's files in SQLite and in PostgreSQL, made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import postgres, project, shop
from benchmarks.measure import Cost, in_child, say
from benchmarks.postgres import Server
from benchmarks.project import Project
from benchmarks.shop import NOW, Shop
from engine.ingest import import_file
from engine.store import migrate
from engine.store.database import Database

KINDS = ("customers", "orders", "subscriptions")


@dataclass
class Stores:
    """Everything that a benchmark works on, in one folder."""

    folder: Path
    shop: Shop
    databases: tuple[str, ...]
    server: Server | None = None
    #: What it took to import each kind into each store, where that was done in this run.
    imported: dict[tuple[str, str], Cost] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.folder / "project"

    def empty(self, database: str, name: str) -> str:
        """The URL of a store with its tables and no rows, in the place of one of that name."""
        if database == "postgresql":
            assert self.server is not None
            url = self.server.make(name)
        else:
            self.remove(database, name)
            url = f"sqlite:///{self.folder / name}.db"
        migrate.upgrade(url)
        return url

    def remove(self, database: str, name: str) -> None:
        if database == "postgresql":
            assert self.server is not None
            self.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        for ending in (".db", ".db-wal", ".db-shm"):
            (self.folder / f"{name}{ending}").unlink(missing_ok=True)

    def loaded(self, database: str) -> str:
        """The URL of a store with the whole shop in it."""
        name, done = f"shop_{self.shop.customers}", self.folder / f"{database}-{self.shop.customers}.done"
        if not done.exists():
            url = self.empty(database, name)
            for kind in KINDS:
                say(f"  importing {kind} into {database}")
                cost = in_child(import_kind, url, kind, self.shop.file(kind), self.root)
                say(f"    {cost.seconds:.1f} s, {cost.peak_mb:.0f} MB")
                self.imported[database, kind] = cost
            done.write_text(url)
        return done.read_text()

    def project(self, database: str, port: int = 1) -> Project:
        """A project on the loaded store."""
        return Project(self.root, self.loaded(database), port)


def import_kind(url: str, kind: str, file: Path, root: Path) -> int:
    """Imports the file as the command does; how many rows were kept."""
    settings = Project(root, url).settings()
    database = Database(settings.database_url)
    kept = import_file(database, settings, kind, file, NOW).kept
    database.close()
    return kept


@contextmanager
def opened(folder: Path, customers: int, databases: tuple[str, ...]) -> Iterator[Stores]:
    """The folder with a shop of that size, and a PostgreSQL server where it is asked for."""
    say(f"a shop of {customers:,} customers")
    made = shop.make(folder / "shop", customers)
    project.make(folder / "project")
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running(folder / "pg")) if "postgresql" in databases else None
        yield Stores(folder, made, databases, server)
