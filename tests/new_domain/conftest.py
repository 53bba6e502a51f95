"""The firm with one more domain, as if somebody had put its files into app/ this morning."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from tests import firm

HERE = Path(__file__).parent
# Package of a layer → folder with what the domain puts into it.
LAYERS = {
    "app.models": "models", "app.security.policies": "policies", "app.workflows": "workflows",
    "app.reports": "reports", "app.views": "views", "app.demo": "demo",
}  # fmt: skip


class AlsoHere:
    """Lets packages of layers hold the files of the domain too, so that they are found by their place alone."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in LAYERS else None
        if spec is not None and spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str(HERE / LAYERS[name]))
        return spec


assert "app" not in sys.modules, "the layers have been looked through already"
sys.meta_path.insert(0, AlsoHere)


@pytest.fixture(scope="session")
def _app(_home: Path, databases: Any) -> Flask:
    app = firm.build_app(databases.url, _home)
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(HERE / "templates")])
    firm.build_template(app)
    from app.core.appbuilder import Model
    from app.core.db.base import db

    with app.app_context():
        Model.metadata.create_all(db.engine)  # what its migration would do
        db.engine.dispose()
    databases.keep_template()
    return app


@pytest.fixture
def at(office: Any, client_as: Any) -> Callable[[str], Any]:
    """`at("lin").open("/toolloan/list/")`; what the office did before is finished."""
    from app.core.db.base import db
    from tests.views.browser import Browser

    def signed_in(login: str) -> Any:
        db.session.remove()
        return Browser(client_as(login))

    return signed_in
