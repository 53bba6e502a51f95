"""Every mapped record has these things in common: names of constraints, the session, id, times, version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column

from app.core.appbuilder import SQLA, Model
from app.core.cache.per_process import cached_per_process
from app.core.clock import utc_now
from app.core.db.types import UtcDateTime
from app.core.record.naming import name_of

db = SQLA()
# The `info` of a unique rule, or of a column in one, that only the system writes: nobody can break it by hand.
KEPT_BY_SYSTEM: Mapping[str, Any] = MappingProxyType({"kept_by_system": True})
# Every mapper made since this module was loaded: what is cached of all models is asked anew when there is another one.
_mapped: list[type[Any]] = []
sa.event.listen(Mapper, "after_mapper_constructed", lambda _mapper, model: _mapped.append(model))


class Row:
    """Every row of ours has a whole number as its key."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-10)

    def __str__(self) -> str:
        return name_of(self)


class Record(Row):
    """A row that people make and change knows who made it and when; its version shows that a form is stale."""

    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now, sort_order=90)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime(), default=utc_now, onupdate=utc_now, sort_order=92)
    version: Mapped[int] = mapped_column(default=1, sort_order=99)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        return mapped_column(sa.ForeignKey("ab_user.id"), index=True, sort_order=91)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Searched:
    """The search in the top bar finds such rows by their texts, unless `__searched__` names what is looked at."""

    search_text: Mapped[str] = mapped_column(sa.Text, default="", sort_order=95)


def link_to(target: str, *, optional: bool = False, **options: Any) -> Any:
    """Return a foreign key column, always indexed."""
    ondelete = options.pop("ondelete", None)
    options.setdefault("index", True)
    return mapped_column(sa.ForeignKey(target, ondelete=ondelete), nullable=optional, **options)


def model_name(model: type[Any] | Any) -> str:
    """Return the stable snake-case name of a model: key of permissions, addresses, audit and attachments."""
    kind: Any = model if isinstance(model, type) else type(model)
    found: str = kind.__tablename__
    return "user" if found == "ab_user" else found


def models_by_name() -> Mapping[str, type[Any]]:
    """Return the mapped models by name; of two on one table, such as people, the one that is ours."""
    return _models_by_name(len(_mapped))


@cached_per_process()
def _models_by_name(_count: int) -> Mapping[str, type[Any]]:
    mappers = sorted(Model.registry.mappers, key=lambda m: (len(list(m.iterate_to_root())), m.class_.__name__))
    return MappingProxyType({model_name(mapper.class_): mapper.class_ for mapper in mappers})
