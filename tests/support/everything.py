"""All that domains declare, for tests that are generated from it; importing this loads every file of every area."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

import app  # noqa: F401  # maps the models and registers workflows, reports and policies
from app.core.appbuilder import Model
from app.core.db.base import db, model_name
from app.core.discovery import import_areas
from app.core.flow.workflow import WORKFLOWS
from app.core.report import REPORTS
from app.demo.people import CAST
from app.imports.engine.importer import IMPORTERS
from app.screens.frame.registry import VIEWS
from app.security.policy import CHANGES, VISIBILITY, actor_placeholder, changeable, visible
from app.security.roles import R, default_rights

import_areas("app.views")
import_areas("app.imports")

__all__ = [
    "CAST",
    "IMPORTERS",
    "MODELS",
    "REPORTS",
    "STEPS",
    "VIEWS",
    "WORKFLOWS",
    "codes_of_rows",
    "covering_people",
    "distinct_people",
    "kinds_of_people",
]

# Every model that is not the framework's own.
MODELS = sorted(
    (mapper.class_ for mapper in Model.registry.mappers if mapper.class_.__module__.startswith("app.")),
    key=lambda model: model.__name__,
)
# Steps that people take.
STEPS = [
    pytest.param(model, action, id=f"{model_name(model)}-{action}")
    for model, workflow in WORKFLOWS.items()
    for action in workflow.steps
]


@cache
def kinds_of_people() -> tuple[tuple[str, ...], ...]:
    """The cast by kinds: people of one kind have the same rights and the same ways to see and change rows."""
    found: dict[Any, tuple[str, ...]] = {}
    for login, (_name, role, _superior) in CAST.items():
        kind = frozenset(_rights_of(role)), _ways_of(role)
        found[kind] = (*found.get(kind, ()), login)
    return tuple(found.values())


def distinct_people() -> tuple[str, ...]:
    """Of each kind of people the first."""
    return tuple(kind[0] for kind in kinds_of_people())


@cache
def covering_people() -> tuple[str, ...]:
    """Of these the fewest that together hold every right, whoever adds most first."""
    rights = {login: _rights_of(CAST[login][1]) for login in distinct_people()}
    wanted, found = set().union(*rights.values()), []
    while wanted:
        login = max(rights, key=lambda one: len(rights[one] & wanted))
        found.append(login)
        wanted -= rights[login]
    return tuple(found)


def _rights_of(role: R) -> set[tuple[str, str]]:
    return {(right, subject) for whose, right, subject in default_rights() if whose == str(role)}


def _ways_of(role: R) -> tuple[str, ...]:
    """What the policy asks of rows for somebody in this role, model by model."""
    actor = actor_placeholder(frozenset({str(role)}))
    seen = [str(visible(sa.select(model.id), model, actor)) for model in VISIBILITY]
    return (*seen, *(str(changeable(sa.select(model.id), model, actor)) for model in CHANGES))


def codes_of_rows() -> dict[tuple[str, int], tuple[Any, ...]]:
    """What every row of a model with pages holds in its columns of codes and flags, by address and key."""
    found = {}
    for model, view in VIEWS.items():
        columns = [c for c in model.__table__.columns if isinstance(c.type, sa.Enum | sa.Boolean)]
        for key, *codes in db.session.execute(sa.select(model.__table__.c.id, *columns)):
            found[str(view.route_base), key] = tuple(codes)
    return found
