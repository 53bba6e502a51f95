"""An entry creates, changes and deletes the rows of a model, for form, REST, import and demo alike.

A domain subclasses `Entry` in `workflows/<domain>.py` and puts its rules into `prepare`; nothing else saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.errors import AppError, NotAllowed, Refused, StateConflict, invalid_many
from app.core.kinds.day import DayKind
from app.core.ledger.books import require_days
from app.core.record.fields import Field, fields_of, label_of
from app.core.record.freeze import is_frozen, require_thawed
from app.core.record.recycle import keep_for_restore
from app.core.search.index import index_record


class Entry:
    """An entry creates, changes and deletes the rows of one model.

    writable     names of fields people may set; anything else they send is not theirs to set
    create_only  of these, the ones that hold from the first save on
    line_fields  for documents with lines: names that may be set on a line
    """

    model: type[Any]
    writable: tuple[str, ...] = ()
    create_only: tuple[str, ...] = ()
    line_fields: tuple[str, ...] = ()
    line_required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # required by the table, filled by the rules when left out
    deletable_states: tuple[str, ...] | None = None  # None: while nothing refers to it

    def __init_subclass__(cls) -> None:
        if hasattr(cls, "model"):
            ENTRIES[cls.model] = cls()

    def required(self) -> list[Field]:
        """Return fields a person must give on creation."""
        fields = fields_of(self.model)
        return [fields[n] for n in self.writable if n in fields and fields[n].required and n not in self.optional]

    def create(self, session: Session, values: Mapping[str, Any], actor: Actor, *, form: bool = True) -> Any:
        """Return a new flushed row. `values` hold Python values and mapped rows, keyed by field name.

        errors  NotAllowed without the right; Refused with every field that is missing or breaks a rule
        """
        self.require_right("create", actor)
        missing = [f for f in self.required() if values.get(f.name) in (None, "")]
        if missing:
            raise invalid_many((f.name, _("Please fill in “%(field)s”.", field=f.label)) for f in missing)
        row = self.model()
        given = {name: value for name, value in values.items() if name in self.writable}
        self._require_days(session, given)
        self.assign(session, row, given, actor, new=True)
        session.add(row)
        session.flush()
        self.created(session, row, given, actor)
        index_record(session, row)
        return row

    def change(
        self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor, version: int | None = None
    ) -> Any:
        """Return the same row with new values; only what is named in `values` changes.

        errors  NotAllowed; StateConflict "stale" when someone changed it since `version`; Refused "frozen", "invalid"
        """
        self.require_right("edit", actor)
        self.require_writable(session, row, actor)
        if version is not None and version != row.version:
            raise stale(row)
        given = self._without_blanks({name: value for name, value in values.items() if name in self.writable})
        self._require_fixed(row, given)
        if is_frozen(row):
            require_thawed(row, (self._column(name) for name in self._really_changed(row, given)))
        self._require_days(session, {name: given[name] for name in self._really_changed(row, given)})
        with session.no_autoflush:
            self.assign(session, row, given, actor, new=False)
            self._require_no_circle(row, given)
        session.flush()
        self.changed(session, row, given, actor)
        index_record(session, row)
        return row

    def delete(self, session: Session, row: Any, actor: Actor) -> None:
        """Delete a row: a document while it is a draft, master data while nothing refers to it.

        The row can be restored.
        """
        self.require_right("delete", actor)
        self.require_writable(session, row, actor)
        if self.deletable_states is not None and row.state not in self.deletable_states:
            raise Refused("not_a_draft", _("Only a draft can be deleted; %(number)s is past that.", number=str(row)))
        self.deleting(session, row, actor)
        keep_for_restore(session, row, actor)
        session.delete(row)
        session.flush()

    def assign(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        """Put the values on the row, then let the domain's rules fill in and check."""
        for name, value in values.items():
            if not fields_of(self.model)[name].kind.is_lines:
                setattr(row, name, value)
        self.prepare(session, row, values, actor, new=new)

    # Methods that a domain may override

    def prepare(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor, *, new: bool) -> None:
        """Fill in computed fields and check the rules, before the flush."""

    def created(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor) -> None:
        """Create what must exist beside a new row."""

    def changed(self, session: Session, row: Any, values: Mapping[str, Any], actor: Actor) -> None:
        """Do what must follow a change."""

    def deleting(self, session: Session, row: Any, actor: Actor) -> None:
        """Refuse, or take away what hangs on the row."""

    def require_writable(self, session: Session, row: Any, actor: Actor) -> None:
        """Refuse a row that is not this person's to change.

        errors  NotAllowed
        """

    def warnings(self, session: Session, row: Any, actor: Actor) -> list[dict[str, Any]]:
        """Return what a person should look at although the row was saved."""
        return []

    def default_row(self, session: Session) -> Any:
        """Return the row that a document refers to when nothing was chosen.

        errors  Refused when there is none
        """
        raise NotImplementedError(f"{self.model.__name__} names no row as the default")

    def alike(self, session: Session, row: Any, actor: Actor) -> list[Any]:
        """Return rows that may be the same as this one, of those that this person sees."""
        return []

    # The mechanism

    def require_right(self, right: str, actor: Actor) -> None:
        if not actor.may(right, self.model):
            raise NotAllowed("not_allowed", _("You do not have the right to do this."))

    def _column(self, name: str) -> str:
        found = fields_of(self.model)[name]
        return found.column or name

    def _really_changed(self, row: Any, values: Mapping[str, Any]) -> Iterable[str]:
        for name, value in values.items():
            if fields_of(self.model)[name].kind.is_lines or getattr(row, name) != value:
                yield name

    def _without_blanks(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values without blanks.

        A blank field that must have a value is left to the rules, else it is asked for.
        """
        fields = fields_of(self.model)
        blank = [fields[n] for n, value in values.items() if n in fields and is_missing(fields[n], value)]
        asked = [field for field in blank if field.name not in self.optional]
        if asked:
            raise invalid_many((f.name, _("Please fill in “%(field)s”.", field=f.label)) for f in asked)
        return {name: value for name, value in values.items() if name not in {field.name for field in blank}}

    def _require_days(self, session: Session, values: Mapping[str, Any]) -> None:
        """Refuse days that lie outside the bounds of their fields.

        errors  Refused "date_out_of_bounds", "month_closed"
        """
        fields = fields_of(self.model)
        days = [(fields[name], value) for name, value in values.items() if isinstance(fields[name].kind, DayKind)]
        words = [(field, value, field.said.get("day", "")) for field, value in days if value is not None]
        require_days(session, ((f.name, f.label, day, word) for f, day, word in words if word != "of_a_life"))

    def _require_no_circle(self, row: Any, values: Mapping[str, Any]) -> None:
        """Refuse a row that would stand above itself.

        errors  Refused "superior_circle"
        """
        for name in values:
            described = fields_of(self.model)[name]
            if not described.kind.is_relation or described.target is not self.model:
                continue
            passed: set[Any] = set()
            above = getattr(row, name)
            while above is not None and above not in passed:
                if above is row:
                    raise Refused("superior_circle", _("Nobody can be above themselves."), field=name)
                passed.add(above)
                above = getattr(above, name)

    def _require_fixed(self, row: Any, values: Mapping[str, Any]) -> None:
        for name in self.create_only:
            if name in values and values[name] != getattr(row, name):
                label = label_of(self.model, name)
                raise Refused(
                    "fixed", _("“%(field)s” cannot be changed after the first save.", field=label), field=name
                )


def is_missing(field: Field, value: Any) -> bool:
    """Return whether the field must have a value, by its own word or the database's, and has none."""
    return is_blank(value) if field.required else value is None and not field.may_be_null


def is_blank(value: Any) -> bool:
    """Return whether a value is nothing, or text of spaces only."""
    return value is None or (isinstance(value, str) and not value.strip())


ENTRIES: dict[type[Any], Entry] = {}


def entry_of(model: type[Any]) -> Entry | None:
    return ENTRIES.get(model)


def stale(row: Any) -> AppError:
    """Return the refusal of a form that is older than the row; who saved it and when stand in the message."""
    text = _(
        "%(what)s was changed by someone else since you opened it. Please look at their changes first.", what=str(row)
    )
    return StateConflict("stale", text, model=model_name(row), id=row.id)
