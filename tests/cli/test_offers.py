"""`offers list`, `codes` and `export`, as a person and as the shop's own system read them."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from engine.app import App, init
from engine.cli.program import run
from engine.store.database import table
from engine.store.replies import Code

Rekindle = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
OFFER = """offer: comeback
describe: 15% off the next order
discount: {percent: 15}
code: {unique: "BACK-????-????"}
expires: {after: 14 days}
budget: {codes: 10}
"""


@pytest.fixture
def rekindle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rekindle:
    """A starter project with an offer, of which two codes are given, one to a name like a formula."""
    init(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_NOW", "2026-07-01T10:00:00Z")
    (tmp_path / "rules" / "comeback.yaml").write_text(OFFER)
    app = App.open(tmp_path / "config.yaml")
    app.upgrade()
    rows = [("=cmd()", "BACK-CDFG-HJKM", "issued", 0), ("ann", "BACK-PQRT-WXY3", "reserved", 1)]
    with app.store.write() as connection:
        for who, code, state, serial in rows:
            given: dict[str, Any] = {
                "customer_id": who,
                "dedupe_key": f"win-back|{who}",
                "offer": "comeback",
                "code": code,
            }
            given |= {"state": state, "serial": serial, "reserved_at": NOW, "issued_at": NOW}
            connection.execute(table(Code).insert().values(given))
    app.close()

    def call(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_the_list_says_how_many_are_left(rekindle: Rekindle) -> None:
    code, out, _ = rekindle("offers", "list")
    assert code == 0
    assert "comeback: 15% off the next order\n  1 reserved, 1 issued; 8 left\n" in out
    (found,) = json.loads(rekindle("offers", "list", "--json")[1])["offers"]
    assert found["discount"] == {"percent": 15}
    assert (found["left"], found["budget"], found["expires"]) == (8, 10, "14 days")


def test_who_has_which_code(rekindle: Rekindle) -> None:
    _, out, _ = rekindle("offers", "codes", "comeback", "--state", "reserved")
    assert out == "BACK-PQRT-WXY3  reserved   ann\n"
    found = json.loads(rekindle("offers", "codes", "comeback", "--json")[1])["codes"]
    assert [one["campaign"] for one in found] == ["win-back", "win-back"]


def test_a_cell_that_looks_like_a_formula_is_made_inert(rekindle: Rekindle, tmp_path: Path) -> None:
    _, out, _ = rekindle("offers", "export", "comeback", "-")
    rows = list(csv.DictReader(StringIO(out)))
    assert [row["customer_id"] for row in rows] == ["'=cmd()", "ann"]
    assert rekindle("offers", "export", "comeback", "codes.json")[0] == 0
    assert len(json.loads((tmp_path / "codes.json").read_text())["codes"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("codes", "comebak"), "there is no offer 'comebak' (did you mean 'comeback'?)"),
        (("codes", "comeback", "--state", "used"), "'used' is no state of a code"),
        (("export", "comeback", "codes.xls"), "codes.xls is no .csv and no .json"),
        (("export", "comeback", "nowhere/codes.csv"), "nowhere/codes.csv cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told(rekindle: Rekindle, words: tuple[str, ...], told: str) -> None:
    code, _, err = rekindle("offers", *words)
    assert code == 2
    assert told in err
