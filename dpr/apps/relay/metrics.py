"""What a relay tells Prometheus.

Rules: numbers by route, status and code, never by node, queue or message: who writes to whom stands in no metric. One registry
for each relay.

Example: `metrics.request("/v1/messages", 201, "", 0.004)`
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 40)


class Metrics:
    """The numbers of one relay. `gauges`: name → (what it is, how to ask)."""

    def __init__(self, gauges: dict[str, tuple[str, Callable[[], float]]]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dpr_relay_requests", "Answered requests.", ("route", "status", "code"), registry=self._registry
        )
        self._durations = Histogram(
            "dpr_relay_request_seconds", "Time to the answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._events = Counter("dpr_relay_events", "What became of messages.", ("event",), registry=self._registry)
        self._children: dict[tuple[str, int, str], Counter] = {}
        self._by_route: dict[str, Histogram] = {}
        for name, (words, ask) in gauges.items():
            Gauge(f"dpr_relay_{name}", words, registry=self._registry).set_function(ask)

    def request(self, route: str, status: int, code: str, seconds: float) -> None:
        """One was answered."""
        key = route, status, code
        counter = self._children.get(key)
        if counter is None:
            counter = self._children[key] = self._requests.labels(route, str(status), code)
        counter.inc()
        durations = self._by_route.get(route)
        if durations is None:
            durations = self._by_route[route] = self._durations.labels(route)
        durations.observe(seconds)

    def event(self, event: str, count: int = 1) -> None:
        """`submitted`, `handed_over`, `expired`, `forgotten`, `withdrawn`."""
        self._events.labels(event).inc(count)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)
