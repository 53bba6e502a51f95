"""单据录入 The header and the lines of a document are written in one save, as their models say. Manual 8.4, 8.5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.record.entry import entry_of
from app.core.record.fields import Field, fields_of
from app.core.record.numbering import next_number
from app.models.document import line_model
from app.security.dictionaries import required_default
from app.workflows.document.lines import set_lines
from app.workflows.document.pricing import PRICED_BY, add_up
from app.workflows.from_fields import FieldsEntry, owner_of, typed_fields


class DocumentEntry(FieldsEntry):
    """The entry of a document with lines; a domain subclasses it for rules of its own, in `prepare`.

    What people may write follows from the model: fields that neither steps nor the system compute. Left empty, a field
    that must have a value takes the default of its dictionary, or the default row of the model it refers to.
    """

    deletable_states = ("draft",)

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "model"):
            fields = [described for described in typed_fields(cls.model) if not described.is_computed]
            lines = [described for described in _line_fields(cls.model) if not described.is_computed]
            derived = {
                "writable": (*(f.name for f in fields if f.name != "number"), "lines"),
                "optional": tuple(f.name for f in fields if f.name == owner_of(cls.model) or _has_default(f)),
                "line_fields": tuple(described.name for described in lines),
                "line_required": tuple(f.name for f in lines if f.required and not _has_default(f)),
            }
            for name, value in derived.items():
                if name not in cls.__dict__:
                    setattr(cls, name, value)
        super().__init_subclass__()

    def prepare(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        if new:
            self._begin(session, row)
        super().prepare(session, row, values, actor, new=new)
        if new or "lines" in values:
            set_lines(session, row, values.get("lines") or [])
        elif not PRICED_BY.isdisjoint(values):
            add_up(row)
        if new:
            row.number = next_number(session, self.model)

    def _begin(self, session: Session, row: Any) -> None:
        """Set the figures that steps will compute to their defaults, and what was left empty to its default."""
        for column in self.model.__table__.c:
            is_begun = column.info.get("computed") or (column.key in self.writable and getattr(row, column.key) is None)
            if is_begun and isinstance(column.default, sa.ColumnDefault) and column.default.is_scalar:
                setattr(row, column.key, column.default.arg)
        for described in fields_of(self.model).values():
            if described.name in self.optional and _has_default(described) and getattr(row, described.name) is None:
                setattr(row, described.name, _default(session, described))


def _line_fields(document: type[Any]) -> Iterator[Field]:
    """Return fields of a line that people write, in their order, the product first."""
    line = line_model(document)
    own = (line.__frozen_with__, "position", "id")
    found = [f for f in fields_of(line).values() if f.name not in own and not f.kind.is_lines]
    return iter(sorted(found, key=lambda described: described.name != "product"))


def _has_default(described: Field) -> bool:
    """Return whether a required field is filled in when it is left empty."""
    return described.required and (described.dictionary is not None or bool(described.said.get("default_row")))


def _default(session: Session, described: Field) -> Any:
    if described.dictionary is not None:
        return required_default(session, str(described.dictionary))
    return entry_of(described.target or described.model).default_row(session)  # type: ignore[union-attr]
