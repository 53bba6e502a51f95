"""Messages that are read and unread, about an order and about nothing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.workflows.office.message import tell


def furnish(office: Any) -> None:
    people = list(db.session.scalars(sa.select(AppUser).order_by(AppUser.id)))
    order = db.session.scalars(sa.select(SalesOrder).order_by(SalesOrder.id)).first()
    for person in people:
        office.boss.does(lambda session, _actor, person=person: tell(session, person, "月底盘点，请提前安排"))
        about = office.lin.does(lambda session, _actor, person=person: tell(session, person, "请跟进这个订单", order))
    office.person(people[-1].username).fires("read", about)
