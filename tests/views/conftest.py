"""People at browsers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.db.base import db
from tests.views.browser import Browser


@pytest.fixture
def at(office: Any, client_as: Any) -> Callable[[str], Browser]:
    """`at("lin").open("/customer/list/")`; what the office did before is finished."""

    def signed_in(login: str) -> Browser:
        db.session.remove()
        return Browser(client_as(login))

    return signed_in
