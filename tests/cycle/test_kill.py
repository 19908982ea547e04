"""`kill -9` at any moment: nothing is sent twice, nothing is lost in silence."""

from pathlib import Path

import pytest

from tests.cycle.kills.battery import Count, batter
from tests.cycle.kills.project import Project
from tests.cycle.kills.street import street


def battered(url: str, root: Path, promise: str, email: str, kills: int) -> Count:
    with street() as servers:
        project = Project(root / "shop", url, promise, email, servers.post.port)
        count = batter(project, servers, kills, seed=7)
        project.database.close()
    return count


@pytest.mark.parametrize(
    ("dialect", "promise", "email"),
    [("sqlite", "at_most_once", "smtp"), ("postgresql", "at_least_once", "sendgrid")],
    indirect=["dialect"],
)
def test_killed_senders_keep_the_promise(store_url: str, tmp_path: Path, promise: str, email: str) -> None:
    count = battered(store_url, tmp_path, promise, email, kills=3)
    assert sum(count.wire) > 0, "the test must hit messages on the wire"
    assert count.breaches == []
    assert set(count.taken) <= set(count.rows)
