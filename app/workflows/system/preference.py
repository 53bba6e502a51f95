"""清单偏好 Keeping how a person likes a list; each person's own, seen by nobody else. design.md §8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.cache.per_process import cached_per_process
from app.core.cache.per_version import cached_per_version
from app.core.db.engine import insert_into
from app.core.errors import Refused
from app.models.system.preference import ListPreference

MOST_VIEWS = 12
LONGEST_NAME = 20
LONGEST_QUERY = 1500


@dataclass(frozen=True)
class Liked:
    """How a person likes a list: its columns in order, and views by name and query."""

    columns: Sequence[str]
    views: Sequence[Mapping[str, str]]


def preference_of(session: Session, list_name: str, actor: Actor) -> Liked | None:
    """How this person likes the list; None while they have said nothing."""
    own = {"user_id": actor.user_id, "list_name": list_name}

    def asked() -> Liked | None:
        found: ListPreference | None = session.scalar(_own(), own)
        return Liked(tuple(found.columns), tuple(found.views)) if found is not None else None

    return cached_per_version(session, ("liked", *own.values()), asked)


def choose_columns(session: Session, list_name: str, columns: Sequence[str], actor: Actor) -> None:
    """The columns this person wants to see; none brings the standard ones back."""
    _kept(session, list_name, actor).columns = list(columns)


def save_view(session: Session, list_name: str, name: str, query: str, actor: Actor) -> None:
    """Keep what the list is narrowed and sorted by under a name; the same name again replaces it.

    errors  Refused "invalid" without a name; "too_many"
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Refused("invalid", _("Please give the view a name."), field="name")
    if len(query) > LONGEST_QUERY:
        raise Refused("invalid", _("There are too many filters to keep."))
    kept = _kept(session, list_name, actor)
    others = [view for view in kept.views if view["name"] != name]
    if len(others) >= MOST_VIEWS:
        raise Refused("too_many", _("You have %(n)s views on this list; drop one first.", n=MOST_VIEWS))
    kept.views = [*others, {"name": name, "query": query}]


def drop_view(session: Session, list_name: str, name: str, actor: Actor) -> None:
    """Forget a view; one that is not there is gone already."""
    kept = _kept(session, list_name, actor)
    kept.views = [view for view in kept.views if view["name"] != name]


@cached_per_process()
def _own() -> sa.Select[Any]:
    query = sa.select(ListPreference).where(ListPreference.user_id == sa.bindparam("user_id"))
    return query.where(ListPreference.list_name == sa.bindparam("list_name"))


def _kept(session: Session, list_name: str, actor: Actor) -> ListPreference:
    """The person's row, locked, so that two windows do not overwrite each other's views."""
    values = {"user_id": actor.user_id, "list_name": list_name, "columns": [], "views": []}
    session.execute(
        insert_into(session, ListPreference)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["user_id", "list_name"])
    )
    own = {"user_id": actor.user_id, "list_name": list_name}
    kept: ListPreference = session.scalars(_own().with_for_update(), own).one()
    return kept
