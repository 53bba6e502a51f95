"""Jobs: claimed by one, taken up again when their runner dies, and run without Redis as with it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import jobs as running
from app.core.clock import utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work, reading
from app.core.errors import Refused, StateConflict
from app.core.jobs import jobs
from app.core.jobs import runner as job_runner
from app.core.jobs.jobs import Job, JobProgress, JobState, claim, enqueue, next_waiting
from tests.support.services import redis as redis_server
from tests.support.waiting import until


@pytest.fixture
def ran() -> Iterator[list[Any]]:
    """What jobs of the kind "test" have done."""
    done: list[Any] = []

    def handler(session: Any, job: Job, pulse: JobProgress) -> dict[str, Any]:
        done.append(job.payload.get("n"))
        error = {"refused": Refused("no", "no"), "busy": StateConflict("busy", "busy"), "bug": ValueError("secret")}
        if job.payload.get("fails") in error:
            raise error[job.payload["fails"]]
        pulse.at(1, 1)
        return {"n": job.payload.get("n")}

    jobs.HANDLERS["test"] = handler
    yield done
    del jobs.HANDLERS["test"]


def queued(office: Any, **payload: Any) -> int:
    key: int = office.admin.does(lambda session, actor: enqueue(session, "test", payload, actor).id)
    return key


def state_of(job_id: int) -> JobState:
    """As the database has it; nothing is left open that others would wait for."""
    db.session.rollback()
    with reading():
        state = db.session.get_one(Job, job_id).state
        db.session.rollback()
    return state


def altered(job_id: int, **values: Any) -> None:
    in_unit_of_work(db.session(), lambda: db.session.execute(sa.update(Job).where(Job.id == job_id).values(**values)))


def test_jobs_run_in_the_order_they_were_asked_for(office: Any, ran: list[Any]) -> None:
    keys = [queued(office, n=n) for n in (1, 2, 3)]
    while running.run_next():
        pass
    assert ran == [1, 2, 3]
    assert [state_of(key) for key in keys] == [JobState.done] * 3
    assert db.session.get_one(Job, keys[0]).result == {"n": 1}


def test_a_job_is_claimed_once(office: Any, ran: list[Any]) -> None:
    key = queued(office)
    taken = [in_unit_of_work(db.session(), lambda r=r: claim(db.session(), key, r)) for r in ("one", "two", "one")]
    assert taken == [True, False, False]


@pytest.mark.parametrize("silent_for", [5, 25])
def test_a_runner_that_lives_keeps_its_job(office: Any, ran: list[Any], silent_for: int) -> None:
    key = queued(office)
    altered(key, state=JobState.running, runner="elsewhere:1:x", heartbeat=utc_now() - dt.timedelta(seconds=silent_for))
    assert next_waiting(db.session()) is None
    db.session.rollback()
    assert not in_unit_of_work(db.session(), lambda: claim(db.session(), key, "two"))


def test_a_runner_that_fell_silent_loses_its_job(office: Any, ran: list[Any]) -> None:
    key = queued(office, n=7)
    altered(key, state=JobState.running, runner="elsewhere:1:x", heartbeat=utc_now() - dt.timedelta(seconds=31))
    assert running.run_next()
    assert (ran, state_of(key)) == ([7], JobState.done)


def test_a_runner_whose_process_ended_loses_its_job_at_once(office: Any, ran: list[Any]) -> None:
    key = queued(office, n=8)
    host = jobs.this_runner().partition(":")[0]
    altered(key, state=JobState.running, runner=f"{host}:999999999:x", heartbeat=utc_now())
    assert running.run_next()
    assert (ran, state_of(key)) == ([8], JobState.done)


@pytest.mark.parametrize(
    ("kind", "state"), [("refused", JobState.failed), ("bug", JobState.failed), ("busy", JobState.queued)]
)
def test_how_a_job_ends_that_cannot_be_done(office: Any, ran: list[Any], kind: str, state: JobState) -> None:
    """A refusal and a bug end it, a lost race puts it back; the text of a bug is nobody's business."""
    key = queued(office, fails=kind)
    running.run_next()
    assert state_of(key) == state
    assert "secret" not in (db.session.get_one(Job, key).failure or "")


def test_a_job_that_kills_every_runner_is_given_up(office: Any, ran: list[Any]) -> None:
    key = queued(office, n=9)
    altered(key, attempts=jobs.MOST_ATTEMPTS)
    running.run_next()
    assert (ran, state_of(key)) == ([], JobState.failed)


def test_what_the_transaction_did_not_commit_wakes_nobody(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(jobs, "WAKERS", [woken.append])
    jobs.watch(db.session)

    def fails(session: Any, actor: Any) -> None:
        enqueue(session, "test", {}, actor)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        office.admin.does(fails)
    assert woken == []
    key = queued(office)
    assert woken == [key]


@pytest.mark.committed
def test_a_heartbeat_is_written_while_a_job_runs(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runner, "BEAT_EVERY", 0.05)
    seen: list[tuple[Any, int]] = []

    def slow(session: Any, job: Job, pulse: JobProgress) -> None:
        key = job.id
        pulse.at(3, 9)
        session.rollback()

        def is_written() -> bool:
            row = session.execute(sa.select(Job.heartbeat, Job.progress).where(Job.id == key)).one()
            seen.append((row.heartbeat, row.progress))
            session.rollback()
            return bool(row.progress)

        until(is_written, "the heartbeat")

    monkeypatch.setitem(jobs.HANDLERS, "test", slow)
    key = queued(office)
    running.run_next()
    assert state_of(key) == JobState.done
    assert seen[-1][1] == 3
    assert seen[-1][0] > seen[0][0] or len(seen) == 1


@pytest.fixture
def thread(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Thread]:
    """The runner of a serving process, ended with the test."""
    monkeypatch.setattr(running, "LOOK_EVERY", 0.1)
    stop = threading.Event()
    found = threading.Thread(target=running.look, args=(app, stop), daemon=True)
    found.start()
    yield found
    stop.set()
    found.join(10)


@pytest.mark.committed
@pytest.mark.parametrize("address", ["", "redis://127.0.0.1:1/0"])
def test_the_thread_of_a_process_runs_jobs_without_redis_and_while_it_is_down(
    office: Any, app: Flask, ran: list[Any], thread: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(jobs, "WAKERS", [lambda job_id: running.wake(address, job_id)])
    jobs.watch(db.session)
    key = queued(office, n=1)
    until(lambda: state_of(key) == JobState.done, "the job's end")
    assert ran == [1]


def test_redis_carries_only_the_call_to_look(
    office: Any, app: Flask, ran: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis import Redis
    from rq import Queue, SimpleWorker

    monkeypatch.setattr(running, "_worker_app", lambda: app)
    with redis_server() as address:
        monkeypatch.setattr(jobs, "WAKERS", [lambda job_id: running.wake(address, job_id)])
        jobs.watch(db.session)
        key = queued(office, n=5)
        queue = Queue(connection=Redis.from_url(address))
        assert [found.args for found in queue.jobs] == [(key,)]
        assert running.run_next()  # somebody else is quicker
        SimpleWorker([queue], connection=queue.connection).work(burst=True)
        assert queue.count == 0
    assert ran == [5]
