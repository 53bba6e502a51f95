"""Figures for Prometheus. Under gunicorn the processes of a node add up, by files in PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import os
from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine

from app.core.clock import utc_now
from app.core.db.unit_of_work import reading
from app.core.jobs.jobs import Job, JobState
from app.operations.readiness import PATIENCE, within

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 10, 30)
_STATEMENTS = (1, 2, 5, 10, 15, 20, 30, 50, 100, 300)

REQUESTS = Counter("zhanggui_requests", "Requests answered", ("endpoint", "status"))
SECONDS = Histogram("zhanggui_request_seconds", "Time until an answer", ("endpoint", "status"), buckets=_SECONDS)
STATEMENTS = Histogram("zhanggui_request_statements", "SQL statements of a request", ("endpoint",), buckets=_STATEMENTS)
FAILED_SIGN_INS = Counter("zhanggui_failed_sign_ins", "Wrong passwords, and who has to wait", ("outcome",))


def observe(endpoint: str, status: int, seconds: float, statements: int) -> None:
    """One request. `endpoint` is the name of a route, never an address: addresses are without number."""
    status_class = f"{status // 100}xx"
    REQUESTS.labels(endpoint, status_class).inc()
    SECONDS.labels(endpoint, status_class).observe(seconds)
    STATEMENTS.labels(endpoint).observe(statements)


class Jobs(Collector):
    """Long work by state, as the database has it: the same answer from every process and node."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        is_up = GaugeMetricFamily("zhanggui_database_up", "Whether the database answers")
        try:
            states, waiting = within(PATIENCE, "figures", self._read)
        except Exception:  # a figure that is missing must not take the others with it
            is_up.add_metric((), 0)
            yield is_up
            return
        is_up.add_metric((), 1)
        yield is_up
        jobs = GaugeMetricFamily("zhanggui_jobs", "Jobs by state", labels=("state",))
        for state in JobState:
            jobs.add_metric((state.value,), states.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("zhanggui_oldest_queued_job_seconds", "How long the oldest job has waited", waiting)

    def _read(self) -> tuple[dict[JobState, int], float]:
        with reading(), self.engine.connect() as connection:
            counts = connection.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all()
            oldest = connection.scalar(sa.select(sa.func.min(Job.created_at)).where(Job.state == JobState.queued))
        waiting = (utc_now() - oldest).total_seconds() if oldest else 0.0
        return {state: int(count) for state, count in counts}, max(waiting, 0.0)


def exposition(engine: Engine) -> bytes:
    """All figures of this node in Prometheus' text format."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(Jobs(engine))
    return generate_latest(registry)
