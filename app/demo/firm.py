"""演示公司 The demo firm: the cast, then what each area adds to it. design.md §7."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import current_app

from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.demo.parts import parts_in_order
from app.demo.people import CAST, build_people, demo_password
from app.models.system.user import AppUser


class NoDemo(RuntimeError):
    """A demo firm has no place in production."""


def build_firm(*, people_only: bool) -> Iterator[str]:
    """Build what is missing of the demo firm; yields lines that say how to sign in.

    errors  NoDemo in production
    """
    if current_app.config["CRM_ENV"] == "production":
        raise NoDemo("the demo firm is refused in production")
    session = db.session()
    has_people = session.execute(sa.select(AppUser.id).where(AppUser.username == "boss")).first() is not None
    session.rollback()
    if not has_people:
        password = demo_password()
        in_unit_of_work(session, lambda: build_people(session, password))
    yield "logins: " + " ".join(CAST)
    yield f"password: {demo_password()}"
    if not people_only:
        for part in parts_in_order():
            if not part.with_people:
                yield from part.build(session)
                session.rollback()  # what a part has read to see that it is there already
    yield "demo firm ready"
