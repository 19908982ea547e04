from collections.abc import Iterator

import pytest

from engine.store.database import Database


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()
