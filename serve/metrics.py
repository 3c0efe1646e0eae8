"""Prometheus series, each process with a registry of its own so that nothing else leaks in."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_RUN_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)


class QueueMetrics:
    """What the job queue counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.jobs = Counter(
            "lookreel_jobs", "Jobs that ended", ["model", "status"], registry=self._registry
        )
        self.interruptions = Counter(
            "lookreel_interruptions",
            "Runs cut off by the loss of a replica",
            ["model"],
            registry=self._registry,
        )
        self.queued = Gauge(
            "lookreel_queued_jobs", "Jobs that wait", ["model"], registry=self._registry
        )
        self.in_progress = Gauge(
            "lookreel_jobs_in_progress", "Jobs that run", ["model"], registry=self._registry
        )
        self.stage_seconds = Histogram(
            "lookreel_stage_seconds",
            "Seconds in each stage of completed jobs",
            ["model", "stage"],
            buckets=_RUN_BUCKETS,
            registry=self._registry,
        )
        self.wait_seconds = Histogram(
            "lookreel_queue_wait_seconds",
            "Seconds from acceptance to the first step of a run",
            ["model"],
            buckets=_RUN_BUCKETS,
            registry=self._registry,
        )

    def render(self) -> bytes:
        """All series as text."""
        return generate_latest(self._registry)


class RequestMetrics:
    """What one ingress replica counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.seconds = Histogram(
            "lookreel_request_seconds",
            "Seconds until a request's answer began",
            ["method", "route", "status"],
            registry=self._registry,
        )

    def render(self) -> bytes:
        """All series as text."""
        return generate_latest(self._registry)
