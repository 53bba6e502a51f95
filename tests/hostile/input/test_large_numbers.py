"""Numbers that are too large are refused in words wherever they are typed, computed or added up. quality R11."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.db.types import LARGEST_UNITS, Fixed
from app.core.errors import too_large
from app.core.kinds.numerals import LARGEST
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, fields_of
from app.models.document import PricedLine, line_model
from app.models.money.payment import CustomerBalance
from app.models.sales.sales_order import SalesOrder
from app.models.stock.stock import StockBalance, StockInit, StockKind
from app.rest.resources import resources
from app.screens.document.document_view import DocumentView
from app.screens.list.address import public_name
from app.security.accounts.people import actor_named
from app.workflows.stock.stock import STOCK, stock_posting
from tests.furnish import another
from tests.hostile.sent import first, sent_document, typed
from tests.support.everything import VIEWS, distinct_people
from tests.support.office import Api, Office, refused

TOO_LARGE = ("1000000000000", "9223372036854775807", "9" * 19, "9" * 40, "-1000000000000", "-" + "9" * 30)
MAKEABLE = [model for model, view in VIEWS.items() if model in ENTRIES and view.can_add]
DOCUMENTS = [model for model in MAKEABLE if issubclass(VIEWS[model], DocumentView)]
PLAIN = [model for model in MAKEABLE if model not in DOCUMENTS]
PRICED = [model for model in DOCUMENTS if issubclass(line_model(model), PricedLine)]


def numbers_of(model: type[Any], names: Any) -> list[Field]:
    """The fields among these that hold numbers which somebody types."""
    fields = fields_of(model)
    return [fields[name] for name in names if name in fields and fields[name].kind.is_numeric]


def maker_of(model: type[Any]) -> str:
    return next(login for login in distinct_people() if actor_named(db.session(), login).may("create", model))


@pytest.mark.parametrize(
    "model", [model for model in PLAIN if numbers_of(model, ENTRIES[model].writable)], ids=model_name
)
def test_a_form_refuses_them_beside_their_field(
    at: Any, lenient: Flask, furnished: dict[str, int], model: type[Any]
) -> None:
    """fault F4: a number beyond what the column holds was answered with 500; manual 8.5."""
    row = db.session.scalars(sa.select(model).order_by(model.id.desc())).first()
    values, login = {**typed(model, row), **another().get(model, {})}, maker_of(model)
    names = [public_name(field.name) for field in numbers_of(model, ENTRIES[model].writable)]
    db.session.remove()
    browser = at(login)
    values |= {"csrf_token": browser.open("/password").typed("csrf_token"), "form_token": "t" * 32}
    for name in names:
        for number in TOO_LARGE:
            answer = browser.client.post(f"{VIEWS[model].route_base}/add", data={**values, name: number})
            assert answer.status_code == 422, (name, number)
            page = answer.get_data(as_text=True)  # of a form that does not ask for it, the refusal stands above it
            assert f'id="f-{name}-e"' in page or f'name="{name}"' not in page, (name, number)


def _sent(at: Any, login: str, model: type[Any], body: dict[str, Any]) -> tuple[int, Any]:
    browser = at(login)
    token = browser.open("/password").typed("csrf_token")
    path = f"{VIEWS[model].route_base}/save"
    answer = browser.client.post(path, json=body | {"form_token": "t" * 32}, headers={"X-CSRFToken": token})
    return answer.status_code, answer.get_json()


def _document(model: type[Any]) -> tuple[str, dict[str, Any]]:
    for login in distinct_people():
        if actor_named(db.session(), login).may("create", model):
            row = first(model, login)
            if row is not None:
                body = sent_document(row, login)
                db.session.remove()
                return login, {**body, "lines": body["lines"][:1]}
    raise AssertionError(f"let tests/furnish/ make a {model.__name__}")


@pytest.mark.parametrize("model", DOCUMENTS, ids=model_name)
def test_a_document_refuses_them_beside_their_cell(
    at: Any, lenient: Flask, furnished: dict[str, int], model: type[Any]
) -> None:
    """fault F4: every number of head and lines; manual 8.5."""
    login, body = _document(model)
    head = [public_name(field.name) for field in numbers_of(model, ENTRIES[model].writable)]
    lines = [field.name for field in numbers_of(line_model(model), ENTRIES[model].line_fields)]
    for number in TOO_LARGE:
        for name in head:
            status, told = _sent(at, login, model, {**body, "head": {**body["head"], name: number}})
            assert (status, told["reasons"][0].get("field")) == (422, name), (number, told)
        for name in lines:
            status, told = _sent(at, login, model, {**body, "lines": [{**body["lines"][0], name: number}]})
            assert (status, told["reasons"][0].get("field")) == (422, f"lines.0.{name}"), (number, told)


PRODUCTS = (("999999999999", "999999"), ("999999999999", "999999999999.9999"), ("1000000", "1000000"))


@pytest.mark.parametrize("model", PRICED, ids=model_name)
def test_an_amount_and_a_total_are_bounded(
    at: Any, lenient: Flask, furnished: dict[str, int], model: type[Any]
) -> None:
    """fault F4: `quantity 999999999999 × 999999` was answered with 500; manual 8.5."""
    login, body = _document(model)
    counted, line = line_model(model).__counted__, body["lines"][0]
    for quantity, price in PRODUCTS:
        lines = [line, {**line, counted: quantity, "unit_price": price}]
        status, told = _sent(at, login, model, {**body, "lines": lines})
        assert (status, told["code"]) == (422, "number_too_large"), told
        assert told["reasons"][0]["field"] == f"lines.1.{counted}"
    half = {**line, counted: "1", "unit_price": "500000000000"}
    status, told = _sent(at, login, model, {**body, "lines": [half, half]})
    assert (status, told["code"], told["reasons"][0]["field"]) == (422, "number_too_large", "lines"), told


@pytest.mark.parametrize("name", [resource.name for resource in resources() if resource.takes("POST")])
def test_programs_are_refused_too(lenient: Flask, furnished: dict[str, int], name: str) -> None:
    """fault F4: every number field of every resource, alone and in lines, as text and as number of JSON; manual 8.5."""
    resource = next(one for one in resources() if one.name == name)
    with lenient.app_context():
        row = db.session.scalars(sa.select(resource.model).order_by(resource.model.id.desc())).first()
        key, login = row.id, maker_of(resource.model)
        members = list(_number_paths(resource.model))
        db.session.remove()
    api = Api(lenient, login)
    shown = api.get(f"{name}/{key}")[1]["result"] if api.get(f"{name}/{key}")[0] == 200 else {}
    for path in members:
        for number in (*TOO_LARGE, 10**12, -(10**12), 2**63, 10**40):
            head, _dot, field = path.partition(".")
            part = {field: number} if field else number
            body = {**shown, head: [{**(shown.get(head) or [{}])[0], **part}] if field else part}
            status, told = api.post(f"{name}/", body)
            assert status == 422, (path, number, told)
            fields = {reason.get("field") for reason in told["reasons"]}
            assert f"{head}.0.{field}" in fields if field else head in fields, (path, number, told)


def _number_paths(model: type[Any]) -> Iterator[str]:
    entry = ENTRIES[model]
    yield from (field.name for field in numbers_of(model, entry.writable))
    if "lines" in fields_of(model):
        yield from (f"lines.{field.name}" for field in numbers_of(line_model(model), entry.line_fields))


# Sums that overflow only when they are added up


def nearly_full(column: Any) -> Decimal:
    return Decimal(LARGEST_UNITS).scaleb(-column.type.scale)


def test_a_receivable_that_would_overflow_refuses_the_approval(office: Office) -> None:
    """fault F4: balances that overflow only at approval were 500, on SQLite inexact; manual 8.7."""
    product = office.product()
    order = office.order("lin", [(product, "1", "999999999999")])
    full = nearly_full(CustomerBalance.contract_value)
    office.lin.fires("submit", order)
    office.lin.does(
        lambda session, _actor: session.add(CustomerBalance(customer_id=order.customer_id, contract_value=full))
    )
    with refused("number_too_large"):
        office.director.fires("approve", order)
    db.session.expire_all()
    assert db.session.get_one(SalesOrder, order.id).state == "pending"


def test_a_stock_that_would_overflow_refuses_the_receipt(office: Office) -> None:
    """fault F4: stock on hand is such a sum too; manual 11.2."""
    product = office.product()
    office.stock({product: "1"})
    full = nearly_full(StockBalance.on_hand)
    wanted = sa.update(StockBalance.__table__).where(StockBalance.product_id == product.id).values(on_hand=full)
    office.lin.does(lambda session, _actor: session.execute(wanted))
    with refused("number_too_large"):
        office.keeper.does(lambda session, actor: _post(session, office.warehouse().id, product.id, actor))


def _post(session: Any, warehouse: int, product: int, actor: Any) -> None:
    document = session.scalars(sa.select(StockInit)).first()
    STOCK.post(session, [stock_posting(warehouse, product, StockKind.opening, document, on_hand=Decimal(1))], actor)


def test_the_database_says_so_in_words(office: Office) -> None:
    """fault F4: SQLSTATE 22003 and the overflow of SQLite are a sentence where database errors are translated."""
    over = Decimal(LARGEST_UNITS) + 1

    def stored(session: Any, _actor: Any) -> None:
        session.execute(sa.update(CustomerBalance.__table__).values(contract_value=over))

    with refused(too_large().code):
        office.lin.does(stored)
    for statement in ("SELECT sum(n) FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1) numbers",
                      "SELECT 9223372036854775807 + CAST(1 AS bigint)"):  # fmt: skip
        if db.engine.dialect.name == ("sqlite" if "CAST" in statement else "postgresql"):
            continue
        with refused(too_large().code):
            office.lin.does(lambda session, _actor, said=statement: session.execute(sa.text(said)).all())


def test_a_column_knows_what_it_holds() -> None:
    assert Fixed(2).holds(LARGEST * 90_000)
    assert not Fixed(2).holds(LARGEST * 100_000)
