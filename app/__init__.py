"""掌柜 Zhanggui: create_app() wires the parts together; it holds no rule."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import sessionmaker

from app import (
    models,  # noqa: I001 - models are mapped before anything refers to them
    reports,
    workflows,
)
from app.core.appbuilder import AppBuilder
from app.core.chain import key
from app.core.db import engine
from app.core.db.base import db
from app.core.files import files
from app.core.files.files import Storage
from app.core.flow import over_rows
from app.core.record import audit, freeze
from app.operations import logs, outage
from app.security import cache_version, policies
from app.security.accounts import people
from app.security.accounts.manager import AppSecurityManager

migrate = Migrate(directory="migrations", compare_type=True)
csrf = CSRFProtect()

__all__ = ["create_app", "models", "policies", "reports", "workflows"]


def create_app(**settings: Any) -> Flask:
    """A ready application. `settings` override config.py, for tests and tools."""
    app = Flask(__name__)
    app.config.from_object("config")
    app.config.update(settings)
    logs.prepare(app.config["CRM_ENV"], app.config["LOG_FORMAT"])
    options = engine.engine_options(app.config["SQLALCHEMY_DATABASE_URI"], app.config["STATEMENT_TIMEOUT"])
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    migrate.init_app(app, db)
    csrf.init_app(app)
    app.extensions["storage"] = Storage(app.config["CRM_DATA"])
    key.use_key(app.config["CHAIN_KEY"])
    with app.app_context():
        engine.prepare_engine(db.engine)
        _watch_session()
        from app import cli, jobs, views  # views register routes on the app being made

        views.prepare(app)
        outage.install(app)
        builder = AppBuilder(security_manager_class=AppSecurityManager)
        builder.init_app(app, db.session)
        views.register(builder)
        cli.register(app)
        jobs.prepare(app)
    return app


_watched: set[int] = set()


def _watch_session() -> None:
    """History, freeze and rules over rows hang on every session; once per process, whatever number of apps it makes."""
    factory = db.session.session_factory
    target = factory.class_ if isinstance(factory, sessionmaker) else factory
    if id(target) in _watched:
        return
    _watched.add(id(target))
    for keeper in (freeze, over_rows, people, cache_version, audit, files):  # what is refused must not be told
        keeper.watch(target)
