"""The ledger's totals as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Counts = Sequence[tuple[str, str, str, int]]


class _Ledger(Collector):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """A gauge: messages come into a state, and leave it again."""
        family = GaugeMetricFamily(
            "rekindle_deliveries", "Messages in the ledger.", labels=("campaign", "channel", "state")
        )
        for campaign, channel, state, count in self._counts:
            family.add_metric((campaign, channel, state), count)
        yield family


def exposition(counts: Counts) -> tuple[bytes, str]:
    """The text and its media type."""
    registry = CollectorRegistry()
    registry.register(_Ledger(counts))
    return generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8"
