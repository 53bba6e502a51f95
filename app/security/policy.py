"""Rows of a model are narrowed to what a person may see and may write; `policies/` has the tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.appbuilder import Model
from app.core.cache.per_process import cached_per_process
from app.core.cache.per_transaction import cached_per_transaction
from app.core.db.base import Row, model_name
from app.core.errors import AppError, NotAllowed, no_such_row
from app.core.files.files import Attachment
from app.core.record.fields import Field
from app.models.document import Derived, parent_field
from app.models.system.user import UserSuperior
from app.security.roles import EVERYBODY, RIGHTS, R

# A function that an area adds to its table: it returns a condition on the rows of the model that opens them to the
# actor, or None where it opens none.
RowCondition = Callable[[type[Any], Actor], sa.ColumnElement[bool] | None]


class ExplainedCondition(ABC):
    """A row condition that can tell those whom it does not let write a row whom to ask instead."""

    @abstractmethod
    def __call__(self, model: type[Any], actor: Actor) -> sa.ColumnElement[bool] | None:
        """Return the condition on the rows, as every `RowCondition` does."""

    @abstractmethod
    def refusal(self, row: Any) -> AppError:
        """Return what those are told who may not write this row."""


@dataclass(frozen=True)
class Sees:
    """Each of these conditions opens a row.

    everyone   all rows, for everybody
    every      roles that see all rows
    owner      column: the person, and everyone above them
    own        columns: the person alone
    through    relations: whoever sees the row that one of them leads to
    where      further conditions that open a row, each a `RowCondition` of the area's table
    """

    everyone: bool = False
    every: tuple[R, ...] = ()
    owner: str | None = None
    own: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    where: tuple[RowCondition, ...] = ()


@dataclass(frozen=True)
class Policy:
    """The line of one model in the table of its area: who sees its rows, who changes them, who holds which right.

    sees        who sees a row
    changed_by  who may change a row they see; whoever keeps the model, as `sees` says, when left out
    kept_by     roles with the rights to create, edit, delete and import; nobody when left out
    read_by     roles that may read the model at all; everybody when left out
    rights      single rights that differ: right → roles, an empty tuple takes a right away. Whoever may read a list
                may also export it, until a line or the administrator says otherwise
    names       relations of a new row that may name a row which its maker cannot open (design.md §6)
    """

    sees: Sees
    changed_by: Sees | None = None
    kept_by: tuple[R, ...] = ()
    read_by: tuple[R, ...] = EVERYBODY
    rights: Mapping[str, tuple[R, ...]] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def all_rights(self) -> dict[str, tuple[R, ...]]:
        """Return every right on the model that is no step of a workflow, with the roles that hold it from the start."""
        read = {"read": self.read_by, "export": self.read_by}
        found = {**read, **dict.fromkeys(KEEPING, self.kept_by), **self.rights}
        return {right: roles for right, roles in found.items() if roles}


KEEPING = ("create", "edit", "delete", "import")


def declare(policies: Mapping[type[Any], Policy]) -> None:
    """Put the lines of an area's table in force; lines of documents follow the document they belong to.

    errors  ValueError when a model has a line already
    """
    for model, policy in policies.items():
        if model in VISIBILITY:
            raise ValueError(f"{model.__name__} has two lines in the tables of policies")
        VISIBILITY[model] = policy.sees
        changed_by = policy.changed_by or (policy.sees if policy.all_rights().keys() & {*KEEPING} else None)
        if changed_by is not None:
            CHANGES[model] = changed_by
        rights = policy.all_rights()
        if rights:
            RIGHTS[model_name(model)] = rights
        NAMEABLE.update((model, name) for name in policy.names)
        for parts, parent in parts_of(model):
            VISIBILITY[parts] = Sees(through=(parent,))


def parts_of(model: type[Any]) -> Iterator[tuple[type[Any], str]]:
    """Yield (model of the parts, relation back to the whole) of each list of rows that belong to a row of the model."""
    for relation in sa.inspect(model).relationships:
        parts = relation.mapper.class_
        if relation.cascade.delete_orphan and relation.back_populates and issubclass(parts, Row):
            yield parts, relation.back_populates


def require_policy(model: type[Any]) -> None:
    """See that somebody has decided who sees the model's rows; a document made from another one follows it by itself.

    errors  TypeError when no table of `policies/` has a line for the model
    """
    if model not in VISIBILITY and issubclass(model, Derived):
        name = parent_field(model)
        parent = sa.inspect(model).relationships[name].mapper.class_
        require_policy(parent)
        follows, readers = Sees(through=(name,)), RIGHTS.get(model_name(parent), {}).get("read", ())
        declare({model: Policy(follows, changed_by=follows, read_by=readers)})
    if model not in VISIBILITY:
        raise TypeError(
            f"Nobody has decided who sees rows of {model.__name__}: write its line in security/policies/<area>.py, as "
            f'{model.__name__}: Policy(Sees(every=(R.boss,), owner="owner_id"), kept_by=SALES_SIDE)'
        )


class Rules(dict[type[Any], Sees]):
    """A table of rules.

    A model gets its line when it is announced and keeps it, because conditions made of it are cached.
    """

    __hash__ = object.__hash__  # type: ignore[assignment]


VISIBILITY = Rules()
# Who may change a row they see; a right on the model is needed besides.
CHANGES = Rules()

# Rows that may be named by number and name, though not opened, by whoever may create the record that names them:
# finance books money of any customer. design.md §6
NAMEABLE: set[tuple[type[Any], str]] = set()


def people_below(actor: Actor) -> sa.Select[Any]:
    """Return ids of the actor and of everyone below, all the way down."""
    return sa.select(UserSuperior.user_id).where(UserSuperior.superior_id == actor.user_id)


def people_with_superiors() -> sa.Select[Any]:
    """Return ids of everybody whom somebody stands above."""
    return sa.select(UserSuperior.user_id).where(UserSuperior.depth > 0)


def may_name(model: type[Any], field: str, actor: Actor) -> bool:
    """Return whether this field of a new record may hold a row the actor cannot open."""
    return (model, field) in NAMEABLE and actor.may("create", model)


def is_below(session: Session, user_id: int | None, actor: Actor, *, strictly: bool = False) -> bool:
    """Return whether the person is the actor or stands somewhere below; strictly: the actor does not count."""
    query = sa.select(UserSuperior.depth).where(
        UserSuperior.user_id == user_id, UserSuperior.superior_id == actor.user_id
    )
    asked = ("is_below", user_id, actor.user_id)
    depth = cached_per_transaction(session, asked, lambda: session.execute(query).scalar())
    return depth is not None and (depth > 0 or not strictly)


def row_of(session: Session, attachment: Attachment) -> Any:
    """Return the record a file belongs to."""
    for mapper in Model.registry.mappers:
        if mapper.class_ in VISIBILITY and getattr(mapper.class_, "__tablename__", "") == attachment.model:
            return session.get(mapper.class_, attachment.record_id)
    return None


_ACTOR_ID: Any = sa.bindparam("actor_id", type_=sa.Integer)


def actor_placeholder(roles: frozenset[str]) -> Actor:
    """Stands for anybody with these roles in a statement that is made once and kept; ask it with `bind_actor`.

    Without the person it cannot be executed: nobody is shown what another may see.
    """
    return Actor(_ACTOR_ID, "", roles)


def bind_actor(actor: Actor, **values: Any) -> dict[str, Any]:
    """Return parameters of a statement made for `actor_placeholder`."""
    return {"actor_id": actor.user_id, **values}


def _who(actor: Actor) -> Actor:
    """Return the actor without what changes from day to day, as the key of cached conditions."""
    return Actor(actor.user_id, "", actor.roles)


@cached_per_process()
def _conditions(model: type[Any], actor: Actor, rules: Rules) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions any of which opens a row.

    It returns none when nothing opens a row, and one that is true when everything is open.

    Making one costs as much as asking the database for a row, and a page needs a dozen: they are kept by `_who`.
    """
    sees = rules.get(model)
    if sees is None:
        return ()
    if sees.everyone or actor.is_any(*sees.every):
        return (sa.true(),)
    conditions: list[sa.ColumnElement[bool]] = []
    if sees.owner:
        conditions.append(getattr(model, sees.owner).in_(people_below(actor)))
    conditions += [getattr(model, column) == actor.user_id for column in sees.own]
    for relation in sees.through:
        conditions += _through(model, relation, actor, rules)
    conditions += [found for add in sees.where if (found := add(model, actor)) is not None]
    return (sa.true(),) if _are_all(tuple(conditions)) else tuple(conditions)


def _through(model: type[Any], relation: str, actor: Actor, rules: Rules) -> list[sa.ColumnElement[bool]]:
    """Return a condition for each condition that opens the row to which the relation leads."""
    property_ = sa.inspect(model).relationships[relation]
    target = property_.mapper.class_
    column = next(iter(property_.local_columns))
    foreign_key = getattr(model, column.key)
    found: list[sa.ColumnElement[bool]] = []
    for condition in _conditions(target, actor, rules):
        if isinstance(condition, sa.True_):  # Every row is open, so the database need not look.
            return [foreign_key.is_not(None) if column.nullable else condition]
        # EXISTS, not IN: asked for one row it looks at one row, where IN would gather all that may be seen first.
        found.append(sa.exists().where(target.id == foreign_key, condition).correlate(model))
    return found


def _condition(model: type[Any], actor: Actor, rules: Rules) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *_conditions(model, _who(actor), rules))


def sees_every(model: type[Any], actor: Actor) -> bool:
    """Return whether there is no row of the model this actor may not see."""
    return _are_all(_conditions(model, _who(actor), VISIBILITY))


def _are_all(conditions: tuple[sa.ColumnElement[bool], ...]) -> bool:
    return any(isinstance(condition, sa.True_) for condition in conditions)


def visible_conditions(model: type[Any], actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of `visible` one by one; any of them opens a row.

    A page of a long list reads a page under each condition and merges them: for a single condition the database knows
    whether to begin at the rows or at who may see them, for all of them at once it does not.
    """
    return _conditions(model, _who(actor), VISIBILITY)


def visible(statement: Any, model: type[Any], actor: Actor) -> Any:
    """Narrow a SELECT on `model` to the rows this actor may see; no rule, no rows."""
    return statement.where(_condition(model, actor, VISIBILITY))


def changeable(statement: Any, model: type[Any], actor: Actor) -> Any:
    """Narrow a SELECT on `model` to the rows this actor may change."""
    return statement.where(_condition(model, actor, CHANGES))


def is_visible(session: Session, row: Any, actor: Actor) -> bool:
    model = type(row)
    query = visible(sa.select(model.id).where(model.id == row.id), model, actor)
    return session.execute(query).first() is not None


def require_visible(
    session: Session, model: type[Any], row_id: Any, actor: Actor, *, options: tuple[Any, ...] = ()
) -> Any:
    """Return the row with this key.

    errors  NotFound when it is missing or not for these eyes: both answer alike
    """
    if not isinstance(row_id, int) or not 0 < row_id < 2**31:
        raise no_such_row()
    query = visible(sa.select(model).where(model.id == row_id), model, actor)
    row = session.scalars(query.options(*options)).first()
    if row is None:
        raise no_such_row()
    return row


def row_to_name(session: Session, field: Field, row_id: Any, actor: Actor) -> Any:
    """Return the row with this key, for a relation of a record.

    errors  NotFound when it is missing, or when this person can neither open it nor name it there
    """
    target = field.target or field.model
    if not may_name(field.model, field.name, actor):
        return require_visible(session, target, row_id, actor)
    row = session.get(target, row_id) if isinstance(row_id, int) and 0 < row_id < 2**31 else None
    if row is None:
        raise no_such_row()
    return row


@cached_per_process()
def _changeable_row(model: type[Any], roles: frozenset[str]) -> sa.Select[Any]:
    narrowed: sa.Select[Any] = changeable(sa.select(model.id), model, actor_placeholder(roles))
    return narrowed.where(model.id == sa.bindparam("row_id"))


def may_write(session: Session, row: Any, actor: Actor) -> bool:
    """Return whether the row is this actor's to change, whatever rights on the model they hold."""
    model = type(row)
    if _are_all(_conditions(model, _who(actor), CHANGES)):
        return True

    def asked() -> bool:
        with session.no_autoflush:
            found = session.execute(_changeable_row(model, actor.roles), bind_actor(actor, row_id=row.id))
            return found.first() is not None

    return cached_per_transaction(session, ("may_write", model, row.id, actor.user_id), asked)


def require_write(session: Session, row: Any, actor: Actor, text: Any, *, field: str | None = None) -> None:
    """Refuse a row that is not this person's to change.

    errors  NotAllowed in the words of the only condition that opens such rows, else in this text
    """
    if may_write(session, row, actor):
        return
    sees = CHANGES.get(type(row), Sees())
    is_all = not (sees.owner or sees.own or sees.through)
    told = [found for found in sees.where if isinstance(found, ExplainedCondition) and is_all]
    raise told[0].refusal(row) if told else NotAllowed("not_allowed", text, field=field)
