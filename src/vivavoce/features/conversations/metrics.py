"""What is counted about the calls of a process, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vivavoce.live.supervisor import Calls


class CallMetrics(Collector):
    """The figures of a process's calls, read when somebody asks."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def register(self, registry: CollectorRegistry) -> None:
        """Be asked by this registry."""
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Everything that is measured, now."""
        figures = self._calls.figures()
        yield GaugeMetricFamily("vivavoce_calls", "Calls that run.", value=figures.running)
        yield CounterMetricFamily("vivavoce_calls_admitted", "Calls that were taken.", value=figures.admitted)
        refused = CounterMetricFamily("vivavoce_calls_refused", "Calls that were not taken.", labels=["reason"])
        for reason, count in figures.refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "vivavoce_loop_late_seconds", "By how much timers fire late, on average.", value=figures.late_seconds
        )
        yield GaugeMetricFamily(
            "vivavoce_loop_worst_late_seconds", "The largest lateness of late.", value=figures.worst_late_seconds
        )
        yield GaugeMetricFamily("vivavoce_loop_busy", "The share of time that the loop computes.", value=figures.busy)
