"""The firm with one more model, as if somebody had added it this morning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.db.base import db
from tests.support import firm


@pytest.fixture(scope="session")
def _app(_home: Path, databases: Any) -> Flask:
    """Imported here and nowhere else, so that only this process knows the model; in the order of the layers."""
    from tests.schema.new_model import policy, view  # noqa: F401  # they register
    from tests.schema.new_model.model import Maintenance

    app = firm.build_app(databases.url, _home)
    firm.build_template(app)
    with app.app_context():
        Maintenance.metadata.create_all(db.engine)  # what its migration would do
        db.engine.dispose()
    databases.keep("firm")
    with app.app_context():
        databases.watch(db.engine)
    return app
