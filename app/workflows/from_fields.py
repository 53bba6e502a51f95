"""A model without rules of its own is kept by what its fields say, and people make only what they may change.

A model whose view says `kept_by` gets its entry here; one with rules writes an entry of its own, from `FieldsEntry` or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.unique import duplicate_code
from app.core.errors import NotAllowed, Refused, invalid
from app.core.record.entry import ENTRIES, Entry, is_blank
from app.core.record.fields import Field, fields_of, unique_fields
from app.core.search.normal_forms import same_value
from app.models.system.user import AppUser, Owned
from app.security.policy import CHANGES, require_write

# Kept by the system itself.
_OWN_USE = {"id", "created_at", "created_by_id", "changed_at", "version", "search_text", "state"}


class FieldsEntry(Entry):
    """This entry trims texts, requires unique values to be unique, and takes as owner oneself or someone below."""

    def create(self, session: Session, values: Mapping[str, Any], actor: Actor, *, form: bool = True) -> Any:
        """Return a new row; what was left empty takes the default of its column."""
        fields = fields_of(self.model)
        given = {n: v for n, v in values.items() if v is not None or n not in fields or fields[n].required}
        return super().create(session, given, actor, form=form)

    def prepare(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        for name, value in values.items():
            described = fields_of(self.model)[name]
            if described.kind.is_text and isinstance(value, str):
                setattr(row, name, value.strip())
            if (described.required and is_blank(value)) or (value is None and not _may_be_empty(described)):
                text = _("Please fill in “%(field)s”.", field=described.label)
                raise Refused("invalid", text, field=name)
            if value is not None:
                _require_in_range(described, value)
            if described.needs and value is not None and not actor.may("edit", described.needs):
                text = _("You do not have the right to set “%(field)s”.", field=described.label)
                raise NotAllowed("not_allowed", text, field=name)
        if new and owner_of(self.model) in self.optional and row.owner is None:
            row.owner = session.get_one(AppUser, actor.user_id)
        with session.no_autoflush:
            self._require_unique(session, row, values)

    def _require_unique(self, session: Session, row: Any, values: Mapping[str, Any]) -> None:
        for described in unique_fields(self.model):
            value = getattr(row, described.name)
            if described.name not in values or value is None:
                continue
            if session.execute(same_value(self.model, described.name, value, but=row.id)).first():
                raise duplicate(described, value)

    def created(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor) -> None:
        """Refuse a row that its maker could not change afterwards. It is made neither for nor in the name of others."""
        text = _("You may enter this for yourself and for those below you only.")
        require_write(session, row, actor, text, field=_decides(self.model))

    def changed(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor) -> None:
        """Refuse a change that would give the row away."""
        self.created(session, row, values, actor)

    def require_writable(self, session: Session, row: Any, actor: Actor) -> None:
        require_write(session, row, actor, _("This record is somebody else's, so you may read it but not change it."))


def _require_in_range(described: Field, value: Any) -> None:
    """Refuse a number below the least that its field says.

    errors  Refused "invalid"
    """
    try:
        described.kind.require_in_range(value)
    except ValidationError as error:
        raise invalid(described.name, error.messages[0]) from error


def duplicate(described: Field, value: Any) -> Refused:
    """Return the refusal of a number, name or other value that another row has already."""
    text = _("“%(value)s” is taken: every “%(field)s” exists only once.", value=str(value)[:60], field=described.label)
    return Refused(duplicate_code(described.name), text, field=described.name)


def entry_for(model: type[Any]) -> Entry:
    """Return the model's entry; made from its fields where the model has none of its own."""
    if model not in ENTRIES:
        fields = typed_fields(model)
        names = tuple(described.name for described in fields)
        owner = (owner_of(model),) if owner_of(model) in names else ()
        said = {"model": model, "writable": names, "create_only": owner, "optional": owner}
        type(f"{model.__name__}Entry", (FieldsEntry,), said)  # making the class is what registers it
    return ENTRIES[model]


def owner_of(model: type[Any]) -> str:
    """Return the field that holds the owner of a row; empty where rows have none."""
    return model.__owner_field__ if issubclass(model, Owned) else ""


def typed_fields(model: type[Any]) -> list[Field]:
    """Return fields of a model that people may type in."""
    return [f for f in fields_of(model).values() if f.name not in _OWN_USE and f.kind.is_typed]


def _may_be_empty(described: Field) -> bool:
    """Return whether the field may be left empty: the database takes NULL, or the column has a default."""
    return described.column is None or bool(described.model.__table__.c[described.column].nullable)


def _decides(model: type[Any]) -> str | None:
    """Return the field that says whose a row is."""
    rule = CHANGES.get(model)
    if rule is None:
        return None
    return next(iter(rule.through), None) or (rule.owner or "").removesuffix("_id") or None
