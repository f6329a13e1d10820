"""What is counted about the calls of a process, for Prometheus."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vivavoce.live.supervisor import Calls

_LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


def lag_histogram(registry: CollectorRegistry) -> Callable[[float], None]:
    """Where every sample of the loop's lateness is counted (`Lag(observe=...)`)."""
    histogram = Histogram(
        "vivavoce_loop_lag_seconds",
        "By how much a timer fired too late, sampled ten times a second.",
        buckets=_LAG_BUCKETS,
        registry=registry,
    )
    return histogram.observe


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
