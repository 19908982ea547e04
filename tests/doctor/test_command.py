"""`rekindle doctor` as people and programs see it, and a clock that was set back."""

import json
from pathlib import Path

import pytest

from engine.cli.program import run
from engine.cycle.doctor.examination import EXAMINATIONS
from engine.store.database import Database
from tests.daemon.shop import NOON, Shop

OFFLINE = ["doctor", "--offline"]


@pytest.fixture
def shop(tmp_path: Path, migrated_sqlite: Path) -> Shop:
    (tmp_path / "store.db").write_bytes(migrated_sqlite.read_bytes())
    made = Shop(tmp_path, f"sqlite:///{tmp_path}/store.db")
    made.campaign()
    made.customers(3)
    return made


def rekindle(shop: Shop, *words: str) -> int:
    return run(["--config", str(shop.root / "config.yaml"), *words])


def test_what_it_says(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_NOW", NOON)
    assert rekindle(shop, "run") == 0
    capsys.readouterr()
    assert rekindle(shop, *OFFLINE) == 0
    said = capsys.readouterr().out
    assert all(f" {name} " in said for name in EXAMINATIONS)
    assert (
        said.index("the installation")
        < said.index("I0" if "I0" in said else "i0_one_row")
        < said.index("outside")
    )
    with Database(shop.url).write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET epoch = 0")
    assert rekindle(shop, *OFFLINE) == 1
    said = capsys.readouterr().out
    assert "broken   i7_epochs          3 attempts: of a later claim than its message's" in said
    assert "→ stop sending with `rekindle pause --all`" in said
    assert "people.test" not in said
    assert said.rstrip().endswith("1 broken, 1 to look at, 3 not asked")


def test_for_programs(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert rekindle(shop, *OFFLINE, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is True
    by = {one["name"]: one for one in told["examinations"]}
    assert set(by) == set(EXAMINATIONS)
    assert by["i0_one_row"]["number"] == "I0"
    assert by["i0_one_row"]["findings"] == [
        {"level": "well", "found": "", "count": 0, "examples": [], "advice": ""}
    ]
    assert {one["level"] for one in told["examinations"] if one["family"] == "outside"} == {"unasked"}


def test_without_a_store_it_says_which_command_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(tmp_path, f"sqlite:///{tmp_path}/none.db")
    assert rekindle(shop, *OFFLINE) == 1
    said = capsys.readouterr().out
    assert "rekindle db upgrade" in said
    assert "i0_one_row" not in said


def test_by_a_clock_set_back_nothing_is_run(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKINDLE_NOW", "2027-03-02T10:00:00Z")
    assert rekindle(shop, "run") == 0
    monkeypatch.setenv("REKINDLE_NOW", NOON)
    assert rekindle(shop, "run") == 2
    assert "set the clock right" in capsys.readouterr().err
    assert rekindle(shop, "doctor", "--offline") == 1
    assert rekindle(shop, "resume", "--all") == 0
    assert rekindle(shop, "run") == 0
    assert rekindle(shop, "doctor", "--offline") == 0
