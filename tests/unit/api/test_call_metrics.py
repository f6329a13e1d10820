"""The figures of calls as Prometheus reads them."""

from prometheus_client import CollectorRegistry, generate_latest

from vivavoce.api.call_metrics import CallMetrics, lag_histogram
from vivavoce.live.supervisor import CallFigures


def test_every_figure_is_there() -> None:
    registry = CollectorRegistry()
    registry.register(CallMetrics(lambda: CallFigures(3, 10, {"busy": 2}, 0.01, 0.2, 0.5)))
    lag_histogram(registry)(0.003)
    lines = generate_latest(registry).decode().splitlines()
    assert {
        "vivavoce_calls 3.0",
        "vivavoce_calls_admitted_total 10.0",
        'vivavoce_calls_refused_total{reason="busy"} 2.0',
        "vivavoce_loop_late_seconds 0.01",
        "vivavoce_loop_busy_ratio 0.5",
        'vivavoce_loop_lag_seconds_bucket{le="0.0025"} 0.0',
        'vivavoce_loop_lag_seconds_bucket{le="0.005"} 1.0',
    } <= set(lines)
