"""数据日志 The audit says who changed which field from what to what, and who took which step. It is append-only.

Rows are written by the session itself, so no path around it exists but raw SQL.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.chain.rows import AppendOnlyRow
from app.core.clock import utc_now
from app.core.db.base import Record, model_name
from app.core.db.types import UtcDateTime
from app.core.search.normal_forms import is_normal_form

_UNTOLD = {"id", "created_at", "created_by_id", "changed_at", "version", "password", "search_text"}


class AuditEntry(AppendOnlyRow, Model):
    """One act on one record."""

    __tablename__ = "audit_entry"
    __plural__ = _l("Audit")
    __table_args__ = (sa.Index("ix_audit_entry_record", "model", "record_id", "id"),)

    at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now, index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(40), default="")
    model: Mapped[str] = mapped_column(sa.String(60))
    record_id: Mapped[int]
    action: Mapped[str] = mapped_column(sa.String(40))
    from_state: Mapped[str | None] = mapped_column(sa.String(40))
    to_state: Mapped[str | None] = mapped_column(sa.String(40))
    changes: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)  # field → [old, new]
    note: Mapped[str | None] = mapped_column(sa.Text)


# The labels of acts that are no step of a workflow: action → label.
ACT_LABELS: dict[str, Any] = {}


def label_acts(labels: Mapping[str, Any]) -> None:
    """Name acts of the log for people.

    errors  ValueError when one of them has a name already
    """
    for action, label in labels.items():
        if action in ACT_LABELS:
            raise ValueError(f"the act {action} is named twice")
        ACT_LABELS[action] = label


label_acts({
    "create": _l("Created"), "update": _l("Changed"), "delete": _l("Deleted"), "restore": _l("Restored"),
    "import": _l("Imported"), "export": _l("Exported"), "attach": _l("Attached"), "detach": _l("Detached"),
})  # fmt: skip


def act_as(session: Session, actor: Actor) -> None:
    """Let what this session writes from now on be written by this person."""
    session.info["actor"] = actor


def acting(session: Session) -> Actor | None:
    return session.info.get("actor")


def record_act(
    session: Session,
    record: Any,
    action: str,
    actor: Actor | None,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    changes: dict[str, Any] | None = None,
    note: str | None = None,
) -> None:
    """Write one line of history for a flushed record."""
    session.add(
        AuditEntry(
            user_id=actor.user_id if actor else None,
            role=actor.active_role if actor else "",
            model=model_name(record),
            record_id=record.id,
            action=action,
            from_state=from_state,
            to_state=to_state,
            changes=changes or {},
            note=note,
        )
    )


def record_reading(session: Session, subject: str, action: str, actor: Actor, note: str) -> None:
    """Write a line of history for rows that were exported: it belongs to no single record, so its key is 0.

    subject  name of the model or the report they are of
    """
    session.add(
        AuditEntry(
            user_id=actor.user_id,
            role=actor.active_role,
            model=subject,
            record_id=0,
            action=action,
            changes={},
            note=note,
        )  # fmt: skip
    )


def record_members(session: Session, record: Any, name: str, actor: Actor | None) -> None:
    """Write a line of history when the rows of a many-to-many relation (roles, keepers) are about to change."""
    history = sa.inspect(record).attrs[name].history
    if history.added or history.deleted:
        before = sorted(_called(row) for row in [*(history.unchanged or ()), *(history.deleted or ())])
        after = sorted(_called(row) for row in getattr(record, name))
        record_act(session, record, "update", actor, changes={name: [before, after]})


def _called(row: Any) -> str:
    return str(getattr(row, "name", row))


def logged_value(value: Any) -> Any:
    """Return a value as it stands in the log: readable and JSON."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Decimal | dt.date | dt.datetime):
        return str(value)
    return value


def field_changes(record: Any) -> dict[str, list[Any]]:
    """Return a mapping of the changed columns of a record: field → [old, new]."""
    state = sa.inspect(record)
    untold = _UNTOLD | getattr(record, "__untold__", set())
    found: dict[str, list[Any]] = {}
    for attribute in state.mapper.column_attrs:
        if attribute.key in untold or is_normal_form(attribute.columns[0]):
            continue
        history = state.attrs[attribute.key].load_history()
        if history.has_changes():
            old = logged_value(history.deleted[0]) if history.deleted else None
            new = logged_value(history.added[0]) if history.added else None
            if old != new:
                found[attribute.key] = [old, new]
    return found | _relation_changes(state, untold)


def _relation_changes(state: Any, untold: set[str]) -> dict[str, list[Any]]:
    """Return the same for relations set to another row, whose foreign keys follow only in the flush itself."""
    found: dict[str, list[Any]] = {}
    for relation in state.mapper.relationships:
        if relation.uselist or relation.viewonly:
            continue
        history = state.attrs[relation.key].history
        key = state.mapper.get_property_by_column(next(iter(relation.local_columns))).key
        if not history.added or key in untold or key not in state.mapper.column_attrs:
            continue
        new = getattr(history.added[0], "id", None)
        old = state.attrs[key].value
        if old != new:
            found[key] = [old, new]
    return found


def _is_audited(record: Any) -> bool:
    return isinstance(record, Record) or getattr(record, "__audited__", False)


def is_audited(model: type[Any]) -> bool:
    """Return whether rows of this model stand in the log."""
    return issubclass(model, Record) or bool(getattr(model, "__audited__", False))


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    actor = acting(session)
    # The list is made anew for each flush: what a refused flush left behind must never be logged.
    pending: list[tuple[Any, str, dict[str, Any]]] = []
    session.info["audit_pending"] = pending
    step: tuple[Any, dict[str, Any]] = session.info.get("audit_step", (None, {}))
    for record in session.new:
        if isinstance(record, Record) and record.created_by_id is None and actor:
            record.created_by_id = actor.user_id
        if _is_audited(record):
            pending.append((record, getattr(record, "came_by", "create"), {}))
    for record in session.dirty:
        if _is_audited(record) and session.is_modified(record, include_collections=False):
            changes = field_changes(record)
            if record is step[0]:
                _merge(step[1], changes)
            elif changes:
                pending.append((record, "update", changes))
    for record in session.deleted:
        if _is_audited(record):
            record_act(session, record, "delete", actor)


def _merge(told_before: dict[str, Any], changes: dict[str, list[Any]]) -> None:
    """Merge the changes of several flushes of one step: the first old value, the last new one."""
    changes.pop("state", None)
    for name, (old, new) in changes.items():
        told_before[name] = [told_before.get(name, [old])[0], new]


@contextmanager
def recorded_as_one(session: Session, record: Any, changes: dict[str, Any]) -> Iterator[None]:
    """Gather what changes on a document while a workflow step runs, for the step's own line of history."""
    session.info["audit_step"] = (record, changes)
    try:
        yield
    finally:
        session.info.pop("audit_step", None)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    pending = session.info.pop("audit_pending", [])
    if not pending:
        return
    actor = acting(session)
    rows = [
        {
            "at": utc_now(),
            "user_id": actor.user_id if actor else None,
            "role": actor.active_role if actor else "",
            "model": model_name(record),
            "record_id": sa.inspect(record).identity[0] if sa.inspect(record).identity else record.id,
            "action": action,
            "changes": changes,
        }
        for record, action, changes in pending
    ]
    session.connection().execute(sa.insert(AuditEntry.__table__), rows)


def _remember_old_values() -> None:
    """Let a column that is set on a row which is not loaded load its old value first, for the log needs it."""
    for mapper in Model.registry.mappers:
        if issubclass(mapper.class_, Record) or getattr(mapper.class_, "__audited__", False):
            for attribute in mapper.column_attrs:
                getattr(mapper.class_, attribute.key).impl.active_history = True


def watch(session_factory: Any) -> None:
    """Let every session made by this factory keep the log."""
    _remember_old_values()
    event.listen(session_factory, "before_flush", _before_flush)
    event.listen(session_factory, "after_flush", _after_flush)
