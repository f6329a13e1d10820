"""What is measured about calls, for Prometheus: how many run, came in and were refused, and how late the loop is.

`live` counts, and knows nothing of Prometheus; its figures are read whenever somebody asks.
"""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vivavoce.live.supervisor import CallFigures

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
    """The calls of one process, as Prometheus reads them."""

    def __init__(self, figures: Callable[[], CallFigures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment."""
        figures = self._figures()
        yield GaugeMetricFamily("vivavoce_calls", "Calls that run now.", value=figures.running)
        yield CounterMetricFamily("vivavoce_calls_admitted", "Calls that were let in.", value=figures.admitted)
        refused = CounterMetricFamily("vivavoce_calls_refused", "Calls that were refused.", labels=["reason"])
        for reason, count in sorted(figures.refused.items()):
            refused.add_metric([reason], count)
        yield refused
        yield GaugeMetricFamily(
            "vivavoce_loop_late_seconds", "By how much the loop is late, averaged.", value=figures.late_seconds
        )
        yield GaugeMetricFamily(
            "vivavoce_loop_busy_ratio", "The share of time that the loop's thread computes.", value=figures.busy
        )
