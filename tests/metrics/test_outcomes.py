"""Campaigns that ran elsewhere are reported with the lifts and intervals that others computed."""

from pathlib import Path
from typing import Any

import pytest

from engine.ingest.kinds.outcomes import left_alone
from engine.metrics.outcomes import elsewhere
from tests.metrics.shops import filled, truth

THEIRS = {"segment": "arm", "visit": "visited", "conversion": "converted", "spend": "revenue"}
MEASURES = {"visit": "visited", "conversion": "converted", "spend": "revenue"}


def test_hillstrom_s_lifts_and_intervals_to_their_printed_digits(store_url: str, shared_data: Path) -> None:
    folder = shared_data / "hillstrom_dev"
    database = filled(store_url, {"outcomes": folder / "campaign_results.csv.gz"}, "USD", THEIRS)
    with database.read() as connection:
        [campaign] = elsewhere(connection)
    database.close()
    answers = truth(folder)
    for arm in campaign["arms"]:
        expected = answers["arms"][arm["arm"]]
        assert (arm["customers"], arm["visited"], arm["converted"]) == (
            expected["n"],
            expected["visits"],
            expected["conversions"],
        )
        assert arm["revenue"] == expected["spend_total"]
        assert arm["holdout"] == (arm["arm"] == "No E-Mail")
    lifts = {
        (one["arm"].replace("all treated", "Any E-Mail"), one["measure"]): one for one in campaign["lift"]
    }
    for name, measures in answers["lift"].items():
        for measure, expected in measures.items():
            _is(lifts[name, MEASURES[measure]], expected, money=measure == "spend")


def _is(found: dict[str, Any], expected: dict[str, Any], money: bool) -> None:
    if money:
        assert found["absolute"] == expected["abs_lift_per_customer"]
        assert found["interval"] == expected["ci95"]
        assert round(found["statistic"], 6) == expected["welch_t"]
        assert round(found["incremental"], 2) == expected["incremental_revenue"]
        assert found["p_value"] == pytest.approx(expected["p_two_sided"], rel=1e-5)
        return
    assert round(found["absolute"], 6) == expected["abs_lift_pp"]
    assert [round(end, 6) for end in found["interval"]] == expected["newcombe95_pp"]
    assert round(found["relative"], 6) == expected["rel_lift_pct"]
    assert [round(end, 6) for end in found["relative_interval"]] == expected["rel_ci95_pct"]
    assert found["statistic"] == expected["z"]
    assert found["incremental"] == expected["incremental"]
    assert found["p_value"] == pytest.approx(expected["p_two_sided"], rel=1e-4)


@pytest.mark.parametrize(
    "name", ["No E-Mail", "control", "Control group", "holdout", "hold_out", "گروه شاهد"]
)
def test_a_control_group_is_known_by_its_name(name: str) -> None:
    assert left_alone(name)


@pytest.mark.parametrize("name", ["Mens E-Mail", "A", "treated", "novel email", "variant 2"])
def test_an_arm_that_was_written_to_is_not_taken_for_it(name: str) -> None:
    assert not left_alone(name)


def test_what_nobody_counted_is_not_reported_as_nothing(store_url: str, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text("customer_id,campaign,holdout,converted\n1,spring,no,yes\n2,spring,yes,\n3,spring,no,0\n")
    database = filled(store_url, {"outcomes": file}, "EUR")
    with database.read() as connection:
        [campaign] = elsewhere(connection)
    database.close()
    assert campaign["arms"] == [
        {
            "arm": "treated",
            "holdout": False,
            "customers": 2,
            "visited": None,
            "converted": 1,
            "revenue": None,
        },
        {"arm": "holdout", "holdout": True, "customers": 1, "visited": None, "converted": 0, "revenue": None},
    ]
    assert [one["measure"] for one in campaign["lift"]] == ["converted"]
