"""Customers: one that is shared, one above another, one that two people have met, and one that was deleted."""

from __future__ import annotations

from typing import Any

from app.core.record.entry import ENTRIES
from app.models.customers.customer import Customer
from app.security.roles import R

DIALOGS = {(Customer, "share"): lambda _row: {"roles": [str(R.technical)]}}


def furnish(office: Any) -> None:
    above = office.customer("lin", name="苏南汽车集团", kind="company")
    office.lin.fires("share", above, roles=[R.technical], users=[office.xu.actor.user_id])
    office.customer("lin", name="王小明", kind="individual", parent=above)
    hot = office.customer("zhou", name="常州周记五金")
    office.zhou.fires("mark_hot", hot)
    office.customer("lin", name="常熟远大机电", phone="0512-52345678")
    again = office.customer("zhou", name="常熟机电安装", phone="0512-52345678")
    office.zhou.does(lambda session, actor: ENTRIES[Customer].warnings(session, again, actor))
    office.lin.deletes(office.customer("lin", name="写错的客户"))
