"""The fixtures' own promise: every test gets a database of its own, empty or migrated."""

import sqlalchemy as sa


def tables(url: str) -> list[str]:
    database = sa.create_engine(url)
    try:
        return sa.inspect(database).get_table_names()
    finally:
        database.dispose()


def test_a_database_is_empty(database_url: str, dialect: str) -> None:
    assert tables(database_url) == []
    assert sa.make_url(database_url).get_backend_name() == dialect


def test_a_store_has_every_table(store_url: str) -> None:
    assert {"customer", "delivery"} <= set(tables(store_url))
