"""A firm with one of everything, served as on a server: an exception is answered, not raised into the test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.appbuilder import Role
from app.core.db.base import db, model_name
from app.core.files.files import Attachment
from app.core.flow.workflow import WORKFLOWS
from app.core.jobs.jobs import Job
from app.core.record.fields import fields_of
from app.core.record.recycle import DeletedRecord
from app.imports.engine.importer import IMPORTERS
from app.models.system.import_batch import ImportBatch
from app.models.system.user import AppUser
from app.security.roles import R
from tests.hostile.asking import Known
from tests.support.everything import REPORTS, VIEWS, distinct_people


@pytest.fixture
def lenient(app: Flask) -> Iterator[Flask]:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app
    app.config["PROPAGATE_EXCEPTIONS"] = True


@pytest.fixture
def known(app: Flask, furnished: dict[str, int], office: Any) -> Known:
    """Keys of rows that are there, and every word an address, form or body may name."""
    found = Known(arguments=_arguments(), keys=_keys(), names=_names())
    actors = {login: office.person(login).actor for login in distinct_people()}
    pages = {type(view): view for view in app.extensions["appbuilder"].baseviews}
    for model, view in VIEWS.items():
        base = base_of(model)
        rows = db.session.scalars(sa.select(model)).all()
        found.tabs[base] = tuple(sorted({tab.name for row in rows for tab in pages[view].tabs(row, actors["boss"])}))
        if model in WORKFLOWS:
            found.steps[base] = tuple(WORKFLOWS[model].steps)
        if writers := tuple(who for who, actor in actors.items() if actor.may("edit", model)):
            found.writers[base] = writers
    db.session.remove()
    return found


def base_of(model: type[Any]) -> str:
    """What stands before the keys of its rows in addresses."""
    return str(VIEWS[model].route_base).strip("/")


def _keys() -> dict[str, tuple[str, ...]]:
    found = {base_of(model): _keys_of(model) for model in VIEWS}
    found |= {"attachment": _keys_of(Attachment), "recycle": _keys_of(DeletedRecord), "import": _keys_of(ImportBatch)}
    found["prepared"] = _keys_of(Job)
    # Some that may be changed and deleted without an end to the sweep: one person whom nobody asks as, late roles.
    found["user"] = tuple(str(key) for key in db.session.scalars(sa.select(AppUser.id).where(AppUser.username == "ma")))
    found["role"] = tuple(str(key) for key in db.session.scalars(sa.select(Role.id).order_by(Role.id.desc()).limit(2)))
    found["dictionaryitem"] = found["dictionaryitem"][-3:]
    return found


def _keys_of(model: type[Any]) -> tuple[str, ...]:
    return tuple(str(key) for key in db.session.scalars(sa.select(model.id).order_by(model.id)))


def _names() -> tuple[str, ...]:
    found = {name for model in VIEWS for name in fields_of(model)}
    return tuple(sorted(found | {column.key for model in VIEWS for column in model.__table__.columns}))


def _arguments() -> dict[str, tuple[str, ...]]:
    steps = {step for workflow in WORKFLOWS.values() for step in workflow.steps}
    return {
        "name": (*sorted({model_name(model) for model in VIEWS} | {base_of(model) for model in VIEWS}), *REPORTS),
        "action": (*sorted(steps), "delete"), "kind": tuple(sorted(IMPORTERS)), "code": tuple(R),
        "locale": ("zh", "en"), "filename": ("css/app.css", "js/form/forms.js"),
    }  # fmt: skip
