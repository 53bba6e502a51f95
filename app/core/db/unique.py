"""Every unique rule of the database is a sentence beside its field, whether a model words one or not.

A model that words it says `explain_constraint(…)`. A rule over columns that only the system writes says so beside them:
`sa.UniqueConstraint("user_id", "key", info=KEPT_BY_SYSTEM)`, or its column does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db.base import models_by_name
from app.core.errors import Refused, explain_otherwise
from app.core.record.entry import ENTRIES
from app.core.record.fields import fields_of, label_of

_CODES = {
    "number": "duplicate_number", "name": "duplicate_name", "code": "duplicate_code", "username": "duplicate_login",
    "label": "duplicate_label",
}  # fmt: skip


@dataclass(frozen=True)
class UniqueRule:
    """No two rows of a model have the same values in these columns.

    alias  what the rule is called by SQLite, which tells its columns
    where  the rows that an index over some rows holds, else None
    """

    model: type[Any]
    name: str
    columns: tuple[sa.Column[Any], ...]
    is_kept_by_system: bool = False
    where: Any = None

    @property
    def alias(self) -> str:
        return "_".join(["uq", self.model.__tablename__, *(column.name for column in self.columns)])

    @property
    def fields(self) -> list[str]:
        """The fields that people know these columns by, in their order."""
        names = {described.column: described.name for described in fields_of(self.model).values()}
        columns = [column.info.get("normal_form_of", column.key) for column in self.columns]
        return [names.get(column, column) for column in columns]

    @property
    def typed(self) -> list[str]:
        """Of these the ones that people type, in forms of their own or in lines of another record."""
        entry = ENTRIES.get(self.model)
        return [name for name in self.fields if entry is not None and name in entry.writable]

    def refusal(self) -> Refused:
        """Return what a person is told who breaks the rule."""
        named = [label_of(self.model, name) for name in self.fields]
        name = (self.typed or self.fields)[-1]
        if len(named) == 1:
            text = _("“%(field)s” is taken: another record has the same.", field=named[0])
        else:
            text = _("Another record has the same already: %(fields)s.", fields="、".join(named))
        return Refused(duplicate_code(name), text, field=_place_of(self.model) or name)


def duplicate_code(name: str) -> str:
    """Return the code of the refusal of a value of this field that another row has already."""
    return _CODES.get(name, "duplicate_value")


def _place_of(model: type[Any]) -> str | None:
    """Return the field of another record that holds rows of this model as its lines."""
    for relation in sa.inspect(model).relationships:
        name: str | None = relation.back_populates
        if name and relation.mapper.relationships[name].cascade.delete_orphan:
            return name
    return None


def unique_rules(model: type[Any]) -> Iterator[UniqueRule]:
    """Yield the unique rules of a model's table, its key aside, in the order of their names."""
    table = model.__table__
    for found in sorted((*table.constraints, *table.indexes), key=lambda rule: str(rule.name)):
        if not isinstance(found, sa.UniqueConstraint) and not (isinstance(found, sa.Index) and found.unique):
            continue
        columns = tuple(found.columns)
        kept = found.info.get("kept_by_system") or all(column.info.get("kept_by_system") for column in columns)
        wheres = [options.get("where") for options in found.dialect_options.values()]
        where = next((each for each in wheres if each is not None), None)
        yield UniqueRule(model, str(found.name), columns, bool(kept), where)


def _refusal_of(name: str) -> Refused | None:
    for model in models_by_name().values():
        for rule in unique_rules(model):
            if name in (rule.name, rule.alias):
                return rule.refusal()
    return None


explain_otherwise(_refusal_of)
