"""REST stories: the cast as REST clients, and goods on the shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.support.office import Api, Office

SIGNED = "2026-11-02"


class Firm:
    """`firm.lin.post(…)`: each of the cast signs in once; `firm.inside()` works below the interface."""

    def __init__(self, app: Flask, api_as: Callable[[str], Api]) -> None:
        self.app = app
        self._api_as = api_as
        self._people: dict[str, Api] = {}
        self._made = 0

    def __getattr__(self, login: str) -> Api:
        if login not in self._people:
            self._people[login] = self._api_as(login)
        return self._people[login]

    @contextmanager
    def inside(self) -> Iterator[Office]:
        """The office in a context of its own: a request must not find one open."""
        with self.app.app_context(), force_locale("zh"):
            yield Office()

    def stocked(self, *quantities: str, **values: Any) -> list[int]:
        """Ids of new products with so much on hand in the main warehouse; once per test, before anything moves."""
        with self.inside() as office:
            return [product.id for product in office.stocked(*quantities, **values)]

    def customer(self, owner: str = "lin", **values: Any) -> dict[str, Any]:
        self._made += 1
        given = {"kind": "company", "name": f"上海第{self._made}机电商行", **values}
        return done(getattr(self, owner).post("customer/", given), 201)["result"]

    def order(self, owner: str = "lin", **values: Any) -> dict[str, Any]:
        """A draft of one line of 5 pieces at 20 yuan, unless said otherwise."""
        if "customer" not in values:
            values["customer"] = self.customer(owner)["id"]
        if "lines" not in values:
            product = values.pop("product", None) or self.stocked("100", price="20")[0]
            values["lines"] = [{"product": product, "quantity": "5", "unit_price": "20"}]
        given = {
            "subject": "补货", "signed_on": SIGNED, "latest_ship_on": "2026-12-01", "consignee": "王明",
            "consignee_phone": "13800000000", "consignee_address": "上海市宝山区一号库", **values,
        }  # fmt: skip
        return done(getattr(self, owner).post("sales_order/", given), 201)["result"]

    def approved(self, owner: str = "lin", **values: Any) -> dict[str, Any]:
        order = self.order(owner, **values)
        done(getattr(self, owner).post(f"sales_order/{order['id']}/submit"))
        done(self.director.post(f"sales_order/{order['id']}/approve"))
        return order


def done(answer: tuple[int, Any], status: int = 200) -> Any:
    """The body of a call that went well."""
    assert answer[0] == status, answer
    return answer[1]


def refused(answer: tuple[int, Any], status: int, code: str, field: str | None = None) -> Any:
    """The body of a call that was refused in the one shape, with this code, for this field."""
    assert answer[0] == status, answer
    told = answer[1]
    assert set(told) == {"code", "message", "reasons"}, told
    assert told["message"]
    assert all(reason["code"] and reason["message"] for reason in told["reasons"]), told
    assert told["reasons"], told
    assert code in {told["code"], *(reason["code"] for reason in told["reasons"])}, told
    if field is not None:
        assert field in [reason.get("field") for reason in told["reasons"]], told
    return told


@pytest.fixture
def firm(app: Flask, api_as: Callable[[str], Api]) -> Firm:
    return Firm(app, api_as)
