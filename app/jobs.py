"""Who runs the jobs: two threads of each serving process, and workers woken through Redis where there is one.

One of the threads takes what child processes work on, the other all else, so that neither waits for the other.

The rows of `core/jobs/jobs.py` are the truth. Redis only says "look now"; without it, or while it is down, the thread
finds the rows by looking every few seconds.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from typing import Any

import click
import structlog
from flask import Flask
from redis import Redis, RedisError
from rq import Queue
from sqlalchemy.exc import SQLAlchemyError

from app import imports  # noqa: F401  # it registers its kinds of job
from app.core.cache.per_process import cached_per_process
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work, reading
from app.core.jobs import jobs
from app.core.jobs.runner import run_claimed

LOOK_EVERY = 2.0  # seconds
WORKERS_HAVE = dt.timedelta(seconds=10)  # this long a row is left to the workers Redis has woken
LONGEST = 6 * 3600  # seconds

log = structlog.get_logger(__name__)

_calls: dict[bool | None, threading.Event] = {}  # by the kinds of jobs that a thread takes
_runners: dict[tuple[int, bool], threading.Thread] = {}  # by process too: a fork starts with none of its own


def prepare(app: Flask) -> None:
    """Let committed jobs wake somebody; `flask run` runs them itself."""
    address: str = app.config.get("REDIS_URL", "")
    jobs.watch(db.session)
    jobs.WAKERS[:] = [lambda job_id: wake(address, job_id)]
    context = click.get_current_context(silent=True)
    if context is not None and context.info_name == "run":
        start_runner(app)


def wake(redis_address: str, job_id: int) -> None:
    """Call a worker; when Redis is silent, the thread of this process."""
    if redis_address:
        try:
            _queue(redis_address).enqueue(run_job, job_id, job_timeout=LONGEST, result_ttl=0)
        except RedisError as error:
            log.warning("redis_down", job=job_id, reason=str(error))
        else:
            return
    for call in list(_calls.values()):
        call.set()


@cached_per_process()
def _queue(address: str) -> Queue:
    return Queue(connection=Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2))


def start_runner(app: Flask) -> None:
    """Start the threads that look for jobs; one of each kind per process, however often it is asked."""
    for name, apart in (("jobs", False), ("files", True)):
        thread = _runners.get((os.getpid(), apart))
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=look, args=(app, threading.Event(), apart), name=name, daemon=True)
            _runners[os.getpid(), apart] = thread
            thread.start()


def look(app: Flask, stop: threading.Event, apart: bool | None = None) -> None:
    """Run whatever waits, until told to stop; a job whose turn at a worker has passed is taken too.

    apart  whether to take the jobs that are run apart, or the others; either when left out
    """
    call = _calls.setdefault(apart, threading.Event())
    queued_for = WORKERS_HAVE if app.config.get("REDIS_URL") else dt.timedelta(0)
    while not stop.is_set():
        called = call.wait(LOOK_EVERY)
        call.clear()
        try:
            while _run_next_alone(app, dt.timedelta(0) if called else queued_for, apart):
                pass
        except SQLAlchemyError as error:
            log.warning("jobs_not_read", reason=str(error.__cause__ or error))
        except Exception as error:
            log.error("job_runner_failed", exc_info=error)


def _run_next_alone(app: Flask, queued_for: dt.timedelta, apart: bool | None) -> bool:
    with app.app_context():  # its end gives the session back
        return run_next(queued_for, apart)


def run_next(queued_for: dt.timedelta = dt.timedelta(0), apart: bool | None = None) -> bool:
    """Run the oldest job nobody runs; False when there is none. apart  as of `look`"""
    with reading():
        job_id = jobs.next_waiting(db.session(), queued_for=queued_for, apart=apart)
        db.session.rollback()
    return job_id is not None and _run(job_id)


def _run(job_id: int) -> bool:
    session: Any = db.session()
    runner = jobs.this_runner(threading.current_thread().name)
    if not in_unit_of_work(session, lambda: jobs.claim(session, job_id, runner)):
        return False
    run_claimed(session, job_id, runner)
    return True


def run_job(job_id: int) -> None:
    """What a worker that was woken through Redis does; the row says whether there is anything to do."""
    with _worker_app().app_context():
        _run(job_id)


@cached_per_process()
def _worker_app() -> Flask:
    from app import create_app

    return create_app()
