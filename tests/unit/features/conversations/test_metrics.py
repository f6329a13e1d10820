"""The figures of calls as Prometheus reads them."""

from prometheus_client import CollectorRegistry, generate_latest

from vivavoce.features.conversations.metrics import CallMetrics, lag_histogram
from vivavoce.live.lag import Lag
from vivavoce.live.supervisor import Calls
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.leases import MemoryLeases


def test_every_figure_is_there() -> None:
    registry = CollectorRegistry()
    observe = lag_histogram(registry)
    lag = Lag(observe=observe)
    lag.load.late_seconds, lag.load.busy = 0.01, 0.5
    calls = Calls(leases=MemoryLeases(ManualClock()), owner="process_1", lag=lag)
    CallMetrics(calls).register(registry)
    observe(0.003)
    lines = generate_latest(registry).decode().splitlines()
    assert {
        "vivavoce_calls 0.0",
        "vivavoce_calls_admitted_total 0.0",
        "vivavoce_loop_late_seconds 0.01",
        "vivavoce_loop_busy 0.5",
        'vivavoce_loop_lag_seconds_bucket{le="0.0025"} 0.0',
        'vivavoce_loop_lag_seconds_bucket{le="0.005"} 1.0',
    } <= set(lines)
