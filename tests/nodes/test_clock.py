"""The clock jumps a day forward and back: work goes on, every figure holds, and no job waits for it."""

from __future__ import annotations

import datetime as dt
import subprocess
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import jobs as running
from app.core.clock import at_moment, utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.jobs import jobs
from app.core.jobs.jobs import Job, JobState, enqueue, next_waiting
from tests.support.waiting import until

pytestmark = pytest.mark.committed

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_story_goes_on_when_the_clock_jumps(office: Any, jump: dt.timedelta) -> None:
    """R6: approved today, issued a day away, shipped and paid today again."""
    with at_moment(NOON):
        (product,) = office.stocked("10", price="25")
        order = office.approved("lin", [(product, "4")])
    with at_moment(NOON + jump):
        issue = office.issued(order)
        other = office.approved("lin", [(product, "1")])
        office.lin.changes(other, other.version, remark="时钟跳过")
    with at_moment(NOON):
        office.keeper.fires("ship", issue)
        office.finance.pays(order, "100")
    assert (order.status, order.shipping_status) == ("ended", "all")
    assert (office.on_hand(product), office.reserved(product)) == (D(6), D(1))
    assert office.mismatches() == []


@pytest.mark.parametrize("jump", [DAY, -DAY])
@pytest.mark.parametrize("state", [JobState.queued, JobState.running])
def test_a_job_does_not_wait_for_the_clock_to_come_back(
    office: Any, monkeypatch: pytest.MonkeyPatch, jump: dt.timedelta, state: JobState
) -> None:
    """R6: asked for, or begun by a machine that is gone, before the clock jumped; it is run at once afterwards."""
    monkeypatch.setitem(jobs.HANDLERS, "test", lambda session, job, pulse: {})
    with at_moment(NOON):
        key = office.admin.does(lambda session, actor: enqueue(session, "test", {}, actor).id)
        if state == JobState.running:
            left = {"state": state, "runner": "elsewhere:1:x", "heartbeat": utc_now()}
            in_unit_of_work(db.session(), lambda: db.session.execute(sa.update(Job).values(**left)))
            assert next_waiting(db.session()) is None
            db.session.rollback()
    with at_moment(NOON + jump):
        assert running.run_next(running.WORKERS_HAVE)
        assert db.session.get_one(Job, key).state == JobState.done


def test_a_runner_that_was_killed_with_its_parent_is_gone_although_nobody_has_asked_how_it_ended() -> None:
    """R5: on such a machine the number stays for a while; its job must not wait for that."""
    process = subprocess.Popen(["true"])
    until(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z", "its end")
    host = jobs.this_runner().partition(":")[0]
    assert jobs.is_gone(f"{host}:{process.pid}:MainThread")
    process.wait()
    assert not jobs.is_gone(jobs.this_runner())
