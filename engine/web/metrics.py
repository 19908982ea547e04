"""The store's figures as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from engine.cycle.measures import Measure


class _Store(Collector):
    def __init__(self, measures: Sequence[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        """Gauges all: messages come into a state, and leave it again."""
        for one in self._measures:
            family = GaugeMetricFamily(one.name, one.says, labels=one.labels)
            for values, figure in one.rows:
                family.add_metric(values, figure)
            yield family


def exposition(measures: Sequence[Measure]) -> tuple[bytes, str]:
    """The text and its media type."""
    registry = CollectorRegistry()
    registry.register(_Store(measures))
    return generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8"
