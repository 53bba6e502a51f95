"""What the whole life of an order over REST costs the database. design.md §9; Tryton: over 3,000 for five lines."""

from __future__ import annotations

import pytest

from app.core.db.base import db
from tests.plugins.rest import SIGNED, Firm, done
from tests.support.statements import counted

MOST = {5: 180, 50: 180}


@pytest.mark.postgresql  # SQLite inserts lines one by one: their keys do not come back in order
@pytest.mark.parametrize("size", MOST)
def test_the_life_of_an_order_takes_a_few_statements(firm: Firm, size: int) -> None:
    """Create, submit, approve, issue, confirm, ship, plan, pay: §8.5 to §8.14, who signs in left out."""
    products = firm.stocked(*["1000"] * size, price="20")
    lines = [{"product": product, "quantity": "5", "unit_price": "19"} for product in products]
    customer = firm.customer("lin")["id"]
    for person in (firm.lin, firm.manager, firm.keeper, firm.finance):
        person.get("sales_order/")
    with firm.app.app_context():
        db.engine.dispose()
        with counted() as sent:
            key = _life(firm, customer, lines)
    order = done(firm.boss.get(f"sales_order/{key}"))["result"]
    assert order["status"] == "ended"
    print(f"\n{len(sent)} statements for {size} lines")
    assert len(sent) <= MOST[size], f"{len(sent)} statements"


def _life(firm: Firm, customer: int, lines: list[dict[str, object]]) -> int:
    order = firm.order("lin", customer=customer, lines=lines)
    at = f"sales_order/{order['id']}"
    done(firm.lin.post(f"{at}/submit"))
    done(firm.manager.post(f"{at}/approve"))
    (issue,) = done(firm.lin.post(f"{at}/issue"))["created"]
    done(firm.keeper.post(f"goods_issue/{issue['id']}/confirm"))
    done(firm.keeper.post(f"goods_issue/{issue['id']}/ship"))
    done(firm.lin.post(f"{at}/plan", {"instalments": 1, "first_on": SIGNED}))
    paid = {
        "customer": customer, "sales_order": order["id"], "amount": str(95 * len(lines)), "method": "现金",
        "received_on": SIGNED,
    }  # fmt: skip
    done(firm.finance.post("payment/", paid), 201)
    return int(order["id"])
