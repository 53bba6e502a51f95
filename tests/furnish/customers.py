"""Customers: one that is shared, one above another, and one that was deleted."""

from __future__ import annotations

from typing import Any

from app.security.roles import R


def furnish(office: Any) -> None:
    above = office.customer("lin", name="苏南汽车集团", kind="company")
    office.lin.fires("share", above, roles=[R.technical], users=[office.xu.actor.user_id])
    office.customer("lin", name="王小明", kind="individual", parent=above)
    office.customer("zhou", name="常州周记五金")
    office.lin.deletes(office.customer("lin", name="写错的客户"))
