"""An approved document stays as it is, by whatever path somebody tries to change it. Manual 8.7.

A model declares it: `__frozen__ = Frozen(states, open_fields)`; its lines say `__frozen_with__ = "order"`.
Append-only rows (`__append_only__`) are guarded here too; the database's triggers are the second lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from app.core.errors import AppError, Refused
from app.core.record.fields import label_of


@dataclass(frozen=True)
class Frozen:
    """In these states only the open fields of a row (computed figures, consignee) may change."""

    states: frozenset[str]
    open_fields: frozenset[str]


ALWAYS_OPEN = {"id", "state", "version", "changed_at"}


def persisted_state(record: Any) -> str | None:
    """Return the state in the database, not the one being set just now."""
    history = sa.inspect(record).attrs.state.load_history()
    if history.deleted:
        return str(history.deleted[0])
    value = history.unchanged[0] if history.unchanged else None
    return None if value is None else str(value)


def is_frozen(record: Any) -> bool:
    frozen: Frozen | None = getattr(record, "__frozen__", None)
    if frozen is None or not frozen.states or not sa.inspect(record).persistent:
        return False  # a document without such states need not have a state at all
    return persisted_state(record) in frozen.states


def frozen_error(record: Any, field: str) -> AppError:
    text = _(
        "%(number)s is past its draft, so “%(field)s” cannot be changed. Withdraw it or have the approval revoked.",
        number=getattr(record, "number", "") or "",
        field=label_of(type(record), field),
    )
    return Refused("frozen", text, field=field)


def _changed_fields(record: Any) -> Iterable[str]:
    state = sa.inspect(record)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].load_history()
        if history.has_changes() and history.deleted != history.added:
            yield attribute.key


def require_thawed(record: Any, fields: Iterable[str], *, of: Any = None) -> None:
    """Refuse a change of a field that may not change in the record's state.

    errors  Refused "frozen" naming the first such field
    """
    head = of if of is not None else record
    if not is_frozen(head):
        return
    open_fields = getattr(record, "__frozen__", None) or getattr(record, "__frozen_open__", None)
    allowed = ALWAYS_OPEN | set(getattr(open_fields, "open_fields", open_fields or ()))
    for field in fields:
        if field not in allowed:
            raise frozen_error(head, field if of is None else "lines")


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for record in [*session.dirty, *session.deleted]:
        if getattr(record, "__append_only__", False) and (
            record in session.deleted or session.is_modified(record, include_collections=False)
        ):
            raise append_only_error()
    for record in session.dirty:
        if getattr(record, "__frozen__", None):
            require_thawed(record, _changed_fields(record))
        elif getattr(record, "__frozen_with__", None):
            require_thawed(record, _changed_fields(record), of=_head_of(record))
    for record in [*session.new, *session.deleted]:
        if getattr(record, "__frozen_with__", None):
            head = _head_of(record)
            if head is not None and is_frozen(head):
                raise frozen_error(head, "lines")
    for record in session.deleted:
        if is_frozen(record):
            raise frozen_error(record, "state")


def _head_of(line: Any) -> Any:
    attribute = line.__frozen_with__
    head = getattr(line, attribute)
    if head is None:  # The line was taken out of the collection, so ask what it belonged to.
        history = sa.inspect(line).attrs[attribute].load_history()
        head = history.deleted[0] if history.deleted else None
    return head


def append_only_error() -> AppError:
    text = _("This record is kept for good: it is corrected by a new opposite entry, never changed or deleted.")
    return Refused("append_only", text)


def _on_execute(state: ORMExecuteState) -> None:
    """Refuse UPDATE and DELETE by statement on guarded models, which skip the flush; only our own postings use them."""
    if not (state.is_update or state.is_delete) or state.execution_options.get("posting"):
        return
    mapper = state.bind_mapper
    if mapper is None:
        return
    model = mapper.class_
    if getattr(model, "__append_only__", False):
        raise append_only_error()
    if getattr(model, "__frozen__", None) or getattr(model, "__frozen_with__", None):
        raise Refused("frozen", _("Documents are changed one by one, through their own page or action."))


def watch(session_factory: Any) -> None:
    event.listen(session_factory, "before_flush", _before_flush)
    event.listen(session_factory, "do_orm_execute", _on_execute)
