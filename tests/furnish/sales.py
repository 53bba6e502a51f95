"""Sales orders at every stage of their life, and what they lead to."""

from __future__ import annotations

from typing import Any

from tests.furnish import goods

CUSTOMER = "无锡华盛汽车维修"


def furnish(office: Any) -> dict[str, int]:
    product = goods()
    customer = office.customer("lin", name=CUSTOMER)
    contact = office.contact(customer, name="陈建国")
    order = office.approved("lin", [(product, "4")], customer=customer, subject="秋季补货")
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.shipped(order)
    payment = office.finance.pays(order, "10")
    draft = office.order("lin", [(product, "1")], customer=customer)
    office.issued(office.approved("lin", [(product, "2")], customer=customer))
    pending = office.order("lin", [(product, "1")], customer=customer)
    office.lin.fires("submit", pending)
    office.lin.fires("issue", office.approved("lin", [(product, "3")], customer=customer))
    office.lin.fires("stop", office.approved("lin", [(product, "1")], customer=customer), reason="客户不要了")
    office.lin.deletes(office.order("lin", [(product, "1")], customer=customer))
    return {
        "product": product.id, "customer": customer.id, "contact": contact.id, "sales_order": order.id,
        "draft": draft.id, "pending": pending.id, "payment": payment.id,
    }  # fmt: skip
