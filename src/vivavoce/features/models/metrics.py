"""What is counted about the providers of minds, for Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vivavoce.features.models.providers import Providers

_LABELS = ("provider",)


class ProviderMetrics(Collector):
    """The figures of this process's providers, read when somebody asks."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def register(self, registry: CollectorRegistry) -> None:
        """Be asked by this registry."""
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Everything that is measured, now."""
        asked = CounterMetricFamily("vivavoce_mind_requests", "Requests to language models.", labels=_LABELS)
        failed = CounterMetricFamily("vivavoce_mind_failures", "Requests that failed.", labels=_LABELS)
        resting = GaugeMetricFamily("vivavoce_mind_resting", "1 while it is left alone after failures.", labels=_LABELS)
        slow = GaugeMetricFamily(
            "vivavoce_mind_first_word_seconds", "How long it takes to begin, on average, lately.", labels=_LABELS
        )
        for state in self._providers.states():
            asked.add_metric([state.name], state.asked)
            failed.add_metric([state.name], state.failed)
            resting.add_metric([state.name], float(state.condition == "resting"))
            if state.first_word_seconds is not None:
                slow.add_metric([state.name], state.first_word_seconds)
        yield from (asked, failed, resting, slow)
