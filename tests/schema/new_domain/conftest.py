"""The firm with one more domain, as if somebody had put its files into app/ this morning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from app.core.appbuilder import Model
from app.core.db.base import db
from tests.support import firm

TEMPLATES = Path(__file__).with_name("templates")


@pytest.fixture(scope="session")
def _app(_home: Path, databases: Any) -> Flask:
    app = firm.build_app(databases.url, _home)
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(TEMPLATES)])
    firm.build_template(app)
    with app.app_context():
        Model.metadata.create_all(db.engine)  # what its migration would do
        db.engine.dispose()
    databases.keep("firm")
    with app.app_context():
        databases.watch(db.engine)
    return app
