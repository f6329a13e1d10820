"""What is counted about requests, for Prometheus: how many and how long, by route, method and status.

A route is named by its template, never by its path: ids of customers stay out, and the number of series is bounded.
Other parts register their own on `registry`. Each process counts for itself.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The counters of one server process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "vivavoce_http_requests", "Requests answered.", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "vivavoce_http_request_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["route", "method"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        # Looking a series up by its labels costs more than counting does.
        self._series = dict[tuple[str, str, int], tuple[Counter, Histogram]]()

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (route, method, status)
        series = self._series.get(key)
        if series is None:
            known = method if method in _METHODS else "OTHER"
            series = (self._requests.labels(route, known, str(status)), self._seconds.labels(route, known))
            if known != "OTHER":
                self._series[key] = series
        series[0].inc()
        series[1].observe(seconds)

    def text(self) -> bytes:
        """Everything on the registry, as Prometheus reads it."""
        return generate_latest(self.registry)
