from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.rest.resources import resources
from tests.plugins.rest import SIGNED, Firm, done
from tests.support.statements import counted

MOST_FOR_A_LIST = 8
MOST_FOR_A_ROW = 12


@contextmanager
def statements(firm: Firm) -> Iterator[list[str]]:
    with firm.app.app_context(), counted() as sent:
        yield sent


@pytest.fixture
def busy(firm: Firm) -> Firm:
    """Twelve customers with an order each, half of them shipped and paid in part; one order has fifty lines."""
    products = firm.stocked(*["1000"] * 50, price="20")
    lines = [{"product": product, "quantity": "5", "unit_price": "19"} for product in products]
    for number in range(12):
        owner = ("lin", "zhou", "xu")[number % 3]
        customer = firm.customer(owner, source="展会", industry="医疗")["id"]
        done(getattr(firm, owner).post("contact/", {"customer": customer, "name": "王明"}), 201)
        if number % 2:
            firm.order(owner, customer=customer, lines=lines[:2])
            continue
        order = firm.approved(owner, customer=customer, lines=lines[: 2 if number else 50])
        at = f"sales_order/{order['id']}"
        done(getattr(firm, owner).post(f"{at}/plan", {"instalments": 3, "first_on": SIGNED}))
        (issue,) = done(getattr(firm, owner).post(f"{at}/issue"))["created"]
        done(firm.keeper.post(f"goods_issue/{issue['id']}/confirm"))
        done(firm.keeper.post(f"goods_issue/{issue['id']}/ship"))
        paid = {
            "customer": customer,
            "sales_order": order["id"],
            "amount": "10",
            "method": "现金",
            "received_on": SIGNED,
        }
        done(firm.finance.post("payment/", paid), 201)
    return firm


def test_a_list_takes_a_handful_of_statements_however_many_rows(busy: Firm) -> None:
    for login in ("boss", "lin", "finance", "keeper"):
        person = getattr(busy, login)
        for resource in resources():
            counts = []
            for size in (2, 100):
                with statements(busy) as sent:
                    status, _answer = person.get(f"{resource.name}/?q=(page_size:{size})")
                counts.append(len(sent))
            if status == 200:
                assert max(counts) <= MOST_FOR_A_LIST, (login, resource.name, sent)


def test_a_row_with_fifty_lines_takes_a_handful_of_statements(busy: Firm) -> None:
    rows = {"sales_order": 1, "goods_issue": 1, "shipment": 1, "customer": 1, "product": 1, "stock_init": 1}
    assert len(done(busy.boss.get("shipment/1"))["result"]["lines"]) == 50
    for model, row_id in rows.items():
        with statements(busy) as sent:
            done(busy.boss.get(f"{model}/{row_id}"))
        assert len(sent) <= MOST_FOR_A_ROW, (model, sent)


def test_saving_an_order_does_not_ask_the_database_line_by_line(firm: Firm) -> None:
    products = firm.stocked(*["1000"] * 50, price="20")
    lines = [{"product": p, "quantity": "1", "unit_price": "20"} for p in products]
    customer = firm.customer()["id"]
    head = {"customer": customer, "subject": "x", "signed_on": SIGNED, "latest_ship_on": SIGNED}
    counts = []
    for number in (5, 50):
        with statements(firm) as sent:
            done(firm.lin.post("sales_order/", {**head, "lines": lines[:number]}), 201)
        # SQLite inserts row by row because each row's key is asked for; that is no question per line.
        counts.append(
            len([statement for statement in sent if not statement.startswith("INSERT INTO sales_order_line")])
        )
    assert counts[0] == counts[1], (counts, sent)
