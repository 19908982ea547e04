"""The whole job on a real shop's history: what the preview says is what the run does."""

import json
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.app import init
from engine.cli.program import run
from engine.store.database import Database

CAMPAIGNS = sorted(
    path.stem
    for path in (Path(__file__).parent.parent / "rules").glob("*.yaml")
    if "\ncampaign:" in "\n" + path.read_text("utf-8")
)


def rekindle(capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0) -> str:
    code = run(list(words))
    told = capsys.readouterr()
    assert code == expect, told.err
    return told.out


def rows(url: str) -> dict[str, int]:
    """How many rows each table holds, and a checksum of the ledger."""
    database = Database(url)
    with database.read() as connection:
        names = sa.inspect(connection).get_table_names()
        counts = {
            name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names
        }
    database.close()
    return counts


@pytest.fixture
def shop(
    store_url: str,
    tmp_path: Path,
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    folder = tmp_path / "shop"
    init(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("REKINDLE_NOW", "2011-12-10T10:00:00Z")
    monkeypatch.setenv("REKINDLE_POLICY__CONSENT", "assumed")
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    for kind in ("customers", "products", "orders", "order_lines"):
        rekindle(capsys, "import", kind, str(shared_data / "online_retail_dev" / f"{kind}.csv.gz"))
    return store_url


def test_the_preview_adds_up_changes_nothing_and_the_run_keeps_its_word(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(shop)
    preview = json.loads(rekindle(capsys, "preview", *CAMPAIGNS, "--json", "--list", "will_send"))
    assert rows(shop) == before
    campaigns = {one["campaign"]: one for one in preview["campaigns"]}
    assert sorted(campaigns) == CAMPAIGNS
    for one in campaigns.values():
        stopped = sum(one["excluded"].values()) + sum(one["deferred"].values())
        assert one["matched"] == stopped + one["will_send"]
        assert len(one["names"]["will_send"]) == one["will_send"]
    assert sum(one["will_send"] for one in campaigns.values()) > 20

    run(["run", *CAMPAIGNS])
    capsys.readouterr()
    ledger = json.loads(rekindle(capsys, "deliveries", "--json"))["deliveries"]
    accepted = [one for one in ledger if one["state"] == "accepted"]
    for name, one in campaigns.items():
        sent = {row["customer_id"] for row in accepted if row["campaign"] == name}
        promised = {row["customer_id"] for row in one["names"]["will_send"]}
        assert sent == (set() if one["held"] else promised), name
    assert sorted(one["provider_id"] for one in accepted) == sorted(
        file for file in os.listdir("outbox") if not file.startswith(".")
    )

    run(["run", *CAMPAIGNS])
    capsys.readouterr()
    again = json.loads(rekindle(capsys, "deliveries", "--json"))["deliveries"]
    assert again == ledger
