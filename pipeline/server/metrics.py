"""Numbers about the service for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """One registry a server, so that two servers in one process do not share their counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "renzhi_requests",
            "HTTP requests, by route, method and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "renzhi_request_seconds",
            "Seconds from a request to the end of its answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.documents = Counter(
            "renzhi_documents",
            "Documents by outcome: annotated, rejected, timeout, died",
            ["outcome"],
            registry=self.registry,
        )
        self.characters = Counter(
            "renzhi_characters", "Characters of annotated documents", registry=self.registry
        )
        self.waiting = Gauge(
            "renzhi_waiting", "Documents that wait for a worker", registry=self.registry
        )
        self.running = Gauge(
            "renzhi_running", "Documents that a worker has in hand", registry=self.registry
        )
        self.restarts = Counter(
            "renzhi_worker_restarts", "Workers that died or were killed", registry=self.registry
        )

    def text(self) -> bytes:
        """The numbers in Prometheus' text format."""
        return generate_latest(self.registry)
