"""The order form as its script sees it, and what stands in the database afterwards."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.db.base import db
from app.models.sales.sales_order import SalesOrder
from tests.support.pages import Browser


def settled() -> None:
    """End what the office has begun; what the test holds in hand stays readable."""
    session = db.session()
    for record in list(session):
        session.refresh(record)
    session.expunge_all()
    db.session.remove()


class OrderForm:
    """One filled-in page; of another document with its own path."""

    def __init__(self, browser: Browser, path: str = "/salesorder/add") -> None:
        self.client, self.base = browser.client, "/" + path.split("/")[1]
        page = browser.open(path).text
        self.tokens = {name: _hidden(page, name) for name in ("csrf_token", "form_token")}

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        sent = {"X-CSRFToken": self.tokens["csrf_token"], **headers}
        answer = self.client.post(f"{self.base}/{path}", json=body, headers=sent)
        return answer.status_code, answer.get_json(silent=True)

    def save(
        self, head: dict[str, Any], lines: list[dict[str, Any]], path: str = "save", **more: Any
    ) -> tuple[int, Any]:
        body = {"head": head, "lines": lines, "form_token": self.tokens["form_token"], **more}
        return self.post(path, body)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no {name} on the page"
    return found[1]


def head(customer: Any, **more: Any) -> dict[str, Any]:
    given = {"customer": str(customer.id), "subject": "补货", "signed_on": "2026-11-02", "latest_ship_on": "2026-12-02"}
    return {**given, "owner": str(customer.owner_id), "warehouse": "1", **more}


def line(product: Any, quantity: str = "2", price: str = "10", rate: str = "0.13") -> dict[str, Any]:
    return {"product": product.id, "quantity": quantity, "unit_price": price, "tax_rate": rate}


def orders() -> list[SalesOrder]:
    query = sa.select(SalesOrder).options(selectinload(SalesOrder.lines)).order_by(SalesOrder.id)
    found = list(db.session.scalars(query))
    db.session.expunge_all()
    db.session.remove()
    return found


def reasons(body: Any) -> dict[str | None, str]:
    return {reason.get("field"): reason["code"] for reason in body["reasons"]}
