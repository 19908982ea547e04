"""Stopping and looking, whatever became of the rule's file."""

from pathlib import Path

from tests.cli.test_commands import Rekindle, rekindle, shop

__all__ = ["rekindle", "shop"]  # fixtures


def test_a_campaign_can_be_stopped_though_its_file_is_broken_or_gone(shop: Rekindle) -> None:
    """What is planned goes out in the version that planned it, and a daemon knows the last good one."""
    Path("rules/hello.yaml").write_text("campaign: hello\n")
    assert shop("pause", "hello")[0] == 0
    Path("rules/hello.yaml").unlink()
    assert shop("resume", "hello")[1] == "resumed: hello\n"
    assert "no campaign or channel 'emial' (did you mean 'email'?)" in shop("pause", "emial")[2]
    assert "no message fits; there is no campaign 'hullo'" in shop("deliveries", "--campaign", "hullo")[2]


def test_numbers_without_a_country_are_told_where_one_is_set(shop: Rekindle) -> None:
    assert "brand.country" not in shop("import", "customers", "customers.csv")[2]
    Path("phones.csv").write_text("customer_id,phone\nz,0912 345 6789\n")
    assert "brand.country in config.yaml (GB, IR, ...) says" in shop("import", "customers", "phones.csv")[2]


def test_an_instant_without_its_zone_is_told_how_to_have_one(shop: Rekindle) -> None:
    told = shop("audience", "hello", "--as-of", "2026-06-01T10:00")[2]
    assert "'2026-06-01T10:00' does not say in which zone; write '2026-06-01T10:00Z' for UTC" in told
