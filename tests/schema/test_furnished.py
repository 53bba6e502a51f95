"""The furnished firm has rows of every model, and whoever only reads it leaves it as it is."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from tests.support.everything import MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_row_in_the_furnished_firm(furnished: dict[str, int], office: Any, model: type[Any]) -> None:
    found = db.session.execute(sa.select(sa.literal(1)).select_from(model).limit(1)).first()
    assert found, f"let tests/furnish/ make a {model.__name__}: sweeps ask it of what is there"
