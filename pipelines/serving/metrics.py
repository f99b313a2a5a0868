"""What is counted, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Counts:
    """The counters of one served name."""

    def __init__(self, name: str) -> None:
        registry, prefix = CollectorRegistry(), "autotweak_serving"
        self._registry, self._name = registry, name
        self.requests = Counter(f"{prefix}_requests", "Requests answered.", ["name", "status"], registry=registry)
        failures = Counter(f"{prefix}_failures", "Requests that no version has answered.", ["name"], registry=registry)
        self.failures = failures.labels(name)
        self._swaps = Counter(
            f"{prefix}_swaps", "Versions that were to be swapped in.", ["name", "result"], registry=registry
        )
        restarts = Counter(f"{prefix}_restarts", "Backends that died.", ["name"], registry=registry)
        self.restarts = restarts.labels(name)
        seconds = Histogram(f"{prefix}_seconds", "Time to answer /invocations.", ["name"], registry=registry)
        self.seconds = seconds.labels(name)
        self._version = Gauge(f"{prefix}_version", "The version served; 0: none.", ["name"], registry=registry)
        self.serves(None)

    def answered(self, status: int) -> None:
        """One request was answered."""
        self.requests.labels(self._name, str(status)).inc()

    def swapped(self, result: str) -> None:
        """A version took the traffic, or was refused."""
        self._swaps.labels(self._name, result).inc()

    def serves(self, version: str | None) -> None:
        """The version that has the traffic."""
        self._version.labels(self._name).set(float(version) if version and version.isdigit() else 0)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
