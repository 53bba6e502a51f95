"""回收站 The recycle bin keeps a deleted draft or master record whole, so that it can come back. spec.md §0."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, Mapper, RelationshipProperty, Session, mapped_column, relationship

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.clock import utc_now
from app.core.db.base import Row, model_name, models_by_name
from app.core.db.types import Fixed, UtcDateTime
from app.core.errors import NotAllowed, Refused, no_such_row
from app.core.search.index import forget_record, index_record
from app.core.search.normal_forms import is_normal_form


class DeletedRecord(Row, Model):
    """A snapshot of a deleted row and its lines, column by column, and the keys of the rows it was joined to."""

    __tablename__ = "deleted_record"
    __plural__ = _l("Recycle bin")

    model: Mapped[str] = mapped_column(sa.String(40), index=True)
    record_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    deleted_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now, index=True)
    deleted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(sa.JSON)

    owner: Mapped[Any] = relationship("AppUser", foreign_keys=[owner_id])
    deleted_by: Mapped[Any] = relationship("AppUser", foreign_keys=[deleted_by_id])


def _packed(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Decimal | dt.date | dt.datetime):
        return str(value)
    return value


def _snapshot(record: Any) -> dict[str, Any]:
    mapper = sa.inspect(type(record))
    columns = {a.key: _packed(getattr(record, a.key)) for a in mapper.column_attrs}
    children = {
        relation.key: [_snapshot(child) for child in getattr(record, relation.key)]
        for relation in mapper.relationships
        if relation.uselist and relation.cascade.delete_orphan
    }
    members = {relation.key: [row.id for row in getattr(record, relation.key)] for relation in _joined(mapper)}
    return {"columns": columns, "children": children, "members": members}


def _joined(mapper: Mapper[Any]) -> list[RelationshipProperty[Any]]:
    """Return the many-to-many relations of a model, as a warehouse has to its keepers."""
    return [relation for relation in mapper.relationships if relation.secondary is not None and not relation.viewonly]


def keep_for_restore(session: Session, record: Any, actor: Actor) -> None:
    """Put a snapshot of the record into the bin; the caller deletes the record."""
    session.add(
        DeletedRecord(
            model=model_name(record),
            record_id=record.id,
            title=str(record)[:200],
            owner_id=getattr(record, "owner_id", None) or getattr(record, "created_by_id", None),
            deleted_by_id=actor.user_id,
            content=_snapshot(record),
        )
    )
    forget_record(session, record)


def _unpacked(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    type_ = column.type
    if isinstance(type_, sa.Enum) and type_.enum_class:
        return type_.enum_class[value]
    if isinstance(type_, Fixed):
        return Decimal(value)
    if isinstance(type_, UtcDateTime):
        return dt.datetime.fromisoformat(value)
    if isinstance(type_, sa.Date):
        return dt.date.fromisoformat(value)
    return value


def _rebuilt(session: Session, model: type[Any], content: dict[str, Any]) -> Any:
    mapper = sa.inspect(model)
    record = model()
    for attribute in mapper.column_attrs:
        if (
            attribute.key in content["columns"]
            and attribute.key != "state"
            and not is_normal_form(attribute.columns[0])
        ):
            setattr(record, attribute.key, _unpacked(attribute.columns[0], content["columns"][attribute.key]))
    for name, children in content["children"].items():
        target = mapper.relationships[name].mapper.class_
        setattr(record, name, [_rebuilt(session, target, child) for child in children])
    for name, keys in content.get("members", {}).items():
        target = mapper.relationships[name].mapper.class_
        setattr(record, name, [row for key in keys if (row := session.get(target, key)) is not None])
    return record


def restore(session: Session, deleted: DeletedRecord, actor: Actor) -> Any:
    """Return the record as it was, with its old key and number; a document comes back as a draft.

    errors  Refused "cannot_restore" when something took its place meanwhile (a name, a number, a parent that is gone)
    """
    model = models_by_name().get(deleted.model)
    if model is None:
        raise no_such_row()
    if not actor.may("restore", DeletedRecord) or not actor.may("create", model):
        raise NotAllowed("not_allowed", _("You do not have the right to do this."))
    record = _rebuilt(session, model, deleted.content)
    record.came_by = "restore"  # as the history tells it
    if hasattr(record, "search_text"):
        record.search_text = ""
    try:
        with session.begin_nested():
            session.add(record)
            session.flush()
    except sa.exc.IntegrityError as error:
        text = _("“%(title)s” cannot be restored: something else has taken its place.", title=deleted.title)
        raise Refused("cannot_restore", text) from error
    index_record(session, record)
    session.delete(deleted)
    session.flush()
    return record
