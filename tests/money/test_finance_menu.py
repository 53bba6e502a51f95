"""Finance knows customers by name and by what they owe: menu and pages lead to their statements. Manual 8.15."""

from __future__ import annotations

import re
from typing import Any

from app.core.db.base import db
from app.screens.frame.menu import menu_of
from tests.support.office import actor_named


def menu(login: str) -> dict[str, list[str]]:
    return {group.key: [entry.href for entry in group.entries] for group in menu_of(actor_named(db.session(), login))}


def test_finance_has_no_list_that_is_always_empty(office: Any) -> None:
    addresses = [address for group in menu("finance").values() for address in group]
    assert not {"/customer/list/", "/contact/list/"} & set(addresses)
    assert "/report/customer_statement/" in menu("finance")["money"]
    assert "/customer/list/" in menu("lin")["customers"]
    assert "/report/customer_statement/" not in menu("lin")["money"]


def test_the_statement_is_marked_in_the_menu_and_the_reports_are_not(at: Any, office: Any) -> None:
    finance = at("finance")
    for address in ("/report/customer_statement/", "/report/", "/"):
        side = finance.open(address).text.split('id="side"')[1].split("</nav>")[0]
        marked = re.findall(r'<a href="([^"]+)" class="on" aria-current="page">', side)
        assert marked == [address]


def test_a_customer_on_the_pages_of_finance_leads_to_its_statement(at: Any, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "1")])
    office.lin.fires("plan", order, instalments=1, first_on="2026-12-01")
    payment = office.finance.pays(order, "5")
    plan = office.plans(order)[0]
    customer = order.customer_id
    pages = [f"/salesorder/show/{order.id}", f"/paymentplan/show/{plan.id}", f"/payment/show/{payment.id}"]
    statement = f'href="/report/customer_statement/?customer={customer}"'
    finance, lin, keeper = at("finance"), at("lin"), at("keeper")
    for page in pages:
        told = finance.open(page).text
        assert statement in told, page
        assert f'href="/customer/show/{customer}"' not in told
        assert f'href="/customer/show/{customer}"' in lin.open(page).text, page
        assert statement not in keeper.open(page).text
    answer = finance.open(f"/report/customer_statement/?customer={customer}")
    assert answer.status == 200
    assert "¥5.00" in answer.text
