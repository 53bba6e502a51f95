"""任务 A job is long work that outlives its request. Its row is the truth, whichever process runs it.

A job is enqueued in the transaction of what it belongs to. Afterwards somebody is woken to run it: a thread of the
serving process, or a worker through Redis; when the call is lost, the next look at the table finds the row.
A row is taken by one conditional UPDATE; the runner says every few seconds that it lives, and a row whose runner fell
silent is taken up again, so a handler must be able to go on from where it was.
"""

from __future__ import annotations

import datetime as dt
import enum
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.cache.per_process import cached_per_process
from app.core.clock import utc_now
from app.core.db.base import Row
from app.core.db.engine import changed_rows
from app.core.db.types import UtcDateTime, choice_type
from app.core.record.fields import label_codes, label_fields
from app.core.record.tones import tone_codes

SILENT_AFTER = dt.timedelta(seconds=30)
MOST_ATTEMPTS = 5
MOST_LOOKED_AT = 100


class JobState(enum.StrEnum):
    queued = enum.auto()
    running = enum.auto()
    done = enum.auto()
    failed = enum.auto()


class Job(Row, Model):
    """One piece of long work. `progress` of `total` is for the bar; `heartbeat` is when its runner last spoke."""

    __tablename__ = "job"
    __display_columns__ = ("kind", "id")
    __table_args__ = (sa.Index("ix_job_waiting", "state", "id"),)

    kind: Mapped[str] = mapped_column(sa.String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[JobState] = mapped_column(choice_type(JobState, "state"), default=JobState.queued)
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    failure: Mapped[str | None] = mapped_column(sa.Text)  # shown to the person who asked for it
    role: Mapped[str] = mapped_column(sa.String(40), default="")  # the role the person worked in
    runner: Mapped[str | None] = mapped_column(sa.String(120))
    attempts: Mapped[int] = mapped_column(default=0)
    heartbeat: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime())
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.done, JobState.failed)


@dataclass
class JobProgress:
    """A handler reports its progress through this object; its runner writes it down every few seconds."""

    progress: int = 0
    total: int = 0
    lost: bool = field(default=False)  # Another runner has the job by now.

    def at(self, progress: int, total: int | None = None) -> None:
        self.progress = progress
        self.total = self.total if total is None else total


Handler = Callable[[Session, Job, JobProgress], dict[str, Any] | None]
HANDLERS: dict[str, Handler] = {}
# Kinds whose work child processes do: a runner of their own waits for these, so that no import is in their way.
APART: set[str] = set()
# This is called with the id of a job that has just been committed; app/jobs.py says how a runner is woken.
WAKERS: list[Callable[[int], None]] = []


def job(kind: str, *, apart: bool = False) -> Callable[[Handler], Handler]:
    """Register what runs jobs of this kind. It commits through units of work and may be called again after a crash.

    apart  whether it mostly waits for a child process
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        if apart:
            APART.add(kind)
        return handler

    return register


def enqueue(session: Session, kind: str, payload: dict[str, Any], actor: Actor) -> Job:
    """Return a new job, which runs once this transaction is committed, and never when it is not."""
    row = Job(kind=kind, payload=payload, created_by_id=actor.user_id, role=actor.active_role)
    session.add(row)
    session.flush()
    session.info.setdefault("enqueued_jobs", []).append(row.id)
    return row


def this_runner(name: str = "") -> str:
    return f"{_here()}:{os.getpid()}:{name}"[:120]


@cached_per_process()
def _here() -> str:
    """Return what tells machines apart whose process numbers are their own: two containers may share a host name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8]
        return f"{socket.gethostname()[:60]}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # not Linux
        return socket.gethostname()[:60]


def next_waiting(
    session: Session, *, queued_for: dt.timedelta = dt.timedelta(0), apart: bool | None = None
) -> int | None:
    """Return the id of the oldest job that nobody runs.

    It was queued for long enough, or its runner fell silent or died.

    apart  whether it is one of those that are run apart, or of the others; either when left out
    """
    columns = (Job.id, Job.state, Job.runner, Job.heartbeat, Job.created_at)
    waiting = sa.select(*columns).where(Job.state.in_((JobState.queued, JobState.running)))
    if apart is not None:
        waiting = waiting.where(Job.kind.in_(APART) == apart)
    now = utc_now()
    for row in session.execute(waiting.order_by(Job.id).limit(MOST_LOOKED_AT)):
        if row.state == JobState.queued and (row.created_at <= now - queued_for or _is_to_come(row.created_at, now)):
            return int(row.id)
        if row.state == JobState.running and _is_left_behind(row, now):
            return int(row.id)
    return None


def claim(session: Session, job_id: int, runner: str) -> bool:
    """Take a job that nobody runs; False when someone else has it or it is over."""
    now = utc_now()
    row = session.execute(sa.select(Job.state, Job.runner, Job.heartbeat).where(Job.id == job_id)).first()
    if row is None or not (
        row.state == JobState.queued or (row.state == JobState.running and _is_left_behind(row, now))
    ):
        return False
    table = Job.__table__
    # The row must be as it was just seen: of two runners that look at the same moment, the second updates nothing.
    taken = session.execute(
        sa.update(table)
        .where(
            table.c.id == job_id,
            table.c.state == row.state,
            table.c.runner.is_not_distinct_from(row.runner),
            table.c.heartbeat.is_not_distinct_from(row.heartbeat),
        )
        .values(state=JobState.running, runner=runner, heartbeat=now, attempts=table.c.attempts + 1)
    )
    return changed_rows(taken) > 0


def _is_left_behind(row: Any, now: dt.datetime) -> bool:
    if row.heartbeat is None or row.heartbeat < now - SILENT_AFTER or _is_to_come(row.heartbeat, now):
        return True
    return is_gone(row.runner)


def _is_to_come(moment: dt.datetime, now: dt.datetime) -> bool:
    """Return whether a moment lies ahead, as it does after the clock was set back; waiting for it could take days."""
    return moment > now + SILENT_AFTER


def is_gone(runner: str | None) -> bool:
    """Return whether the process that ran a job here has ended; of other machines nothing is known."""
    host, _colon, rest = (runner or "").partition(":")
    number = rest.partition(":")[0]
    if host != _here() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _only_waits_for_its_parent(number)


def _only_waits_for_its_parent(number: str) -> bool:
    """Return whether a process has ended and is only kept until its parent asks how it ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):  # not Linux, or gone by now
        return False


def record_heartbeat(session: Session, job_id: int, runner: str, pulse: JobProgress) -> bool:
    """Write down that the runner lives; False when the job is not its own any more."""
    table = Job.__table__
    mine = sa.update(table).where(table.c.id == job_id, table.c.runner == runner, table.c.state == JobState.running)
    told = session.execute(mine.values(heartbeat=utc_now(), progress=pulse.progress, total=pulse.total))
    return changed_rows(told) > 0


def settle(
    session: Session, job_id: int, runner: str, *, result: dict[str, Any] | None = None, failure: str | None = None
) -> None:
    """Write down that the job is over, well or not; nothing happens when another runner has it by now."""
    table = Job.__table__
    state = JobState.done if failure is None else JobState.failed
    session.execute(
        sa.update(table)
        .where(table.c.id == job_id, table.c.runner == runner, table.c.state == JobState.running)
        .values(state=state, result=result, failure=failure, finished_at=utc_now())
    )


def release(session: Session, job_id: int, runner: str) -> None:
    """Give a job back to be run later: something was in the way that passes."""
    table = Job.__table__
    session.execute(
        sa.update(table)
        .where(table.c.id == job_id, table.c.runner == runner)
        .values(state=JobState.queued, runner=None, heartbeat=None, created_at=utc_now())
    )


def _after_commit(session: Session) -> None:
    for job_id in session.info.pop("enqueued_jobs", []):
        for wake in WAKERS:
            wake(job_id)


def _after_rollback(session: Session) -> None:
    session.info.pop("enqueued_jobs", None)


def watch(session_factory: Any) -> None:
    """Wake somebody once a job is committed, never before; asked again, it listens only once."""
    for name, listener in (("after_commit", _after_commit), ("after_rollback", _after_rollback)):
        if not event.contains(session_factory, name, listener):
            event.listen(session_factory, name, listener)


label_codes(
    JobState, queued=_l("Waiting"), running=_l("Running"), done=_l("Done"), failed=_l("Failed")
)  # fmt: skip
tone_codes(JobState, done="ok", failed="stop", running="wait", queued="wait")
label_fields(Job, kind=_l("Kind of work"), progress=_l("Progress"), failure=_l("What went wrong"))
