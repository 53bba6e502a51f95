"""Depots of the demo firm."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from app.models.loans.loan import Depot
from sqlalchemy.orm import Session

from app.core.db.unit_of_work import in_unit_of_work
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.demo.parts import demo_part
from app.security.accounts.people import actor_named


@demo_part("depots", after=("warehouses",))
def depots(session: Session) -> Iterator[str]:
    if session.execute(sa.select(Depot.id).limit(1)).first() is None:

        def build() -> None:
            actor = actor_named(session, "boss")
            act_as(session, actor)
            ENTRIES[Depot].create(session, {"number": "D1", "name": "北区借用点"}, actor)

        session.rollback()
        in_unit_of_work(session, build)
        yield "depots: 1"
