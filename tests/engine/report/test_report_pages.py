"""The page of a report, its workbook and its filter of customers, over the web."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from python_calamine import CalamineWorkbook

from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.core.report import REPORTS
from tests.support.office import Office
from tests.support.pages import Browser

Clients = Callable[[str], FlaskClient]


@pytest.fixture
def chosen(app: Flask) -> dict[str, int]:
    """Keys to choose by: a customer of lin's with an order, a shipment and money, and the main warehouse."""
    with app.app_context(), force_locale("zh"):  # closed again, so that each request has a person of its own
        office = Office()
        customer = office.customer("lin", "上海恒通<b>五金</b>")
        [product] = office.stocked("9", price="20", cost="13.57")
        order = office.approved("lin", [(product, "2")], customer=customer)
        office.shipped(order)
        office.finance.pays(order, "15")
        return {"customer": customer.id, "warehouse": office.warehouse().id}


def address(name: str, chosen: dict[str, int]) -> str:
    return f"/report/{name}/?" + "&".join(f"{key}={chosen[key]}" for key in REPORTS[name].required)


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_has_a_page_with_its_columns_and_foot(
    name: str, app: Flask, chosen: dict[str, int], client_as: Clients
) -> None:
    answer = client_as("boss").get(address(name, chosen))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    with app.app_context(), force_locale("zh"):
        labels = [str(column.label) for column in REPORTS[name].columns]
    assert re.findall(r"<th[^>]*>([^<]*)</th>", page) == labels
    assert "<tfoot>" in page
    assert f"/report/{name}/workbook" in page
    assert "None" not in page


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_can_be_taken_home_as_a_workbook(name: str, chosen: dict[str, int], client_as: Clients) -> None:
    answer = Browser(client_as("boss")).post(address(name, chosen).replace("/?", "/workbook?"))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(sheet) > 4


def test_the_log_keeps_who_took_a_report_along(app: Flask, chosen: dict[str, int], client_as: Clients) -> None:
    """As with lists: what, how many rows, narrowed to what. Over the address alone nothing is taken."""
    boss = Browser(client_as("boss"))
    assert boss.client.get("/report/customer_statement/workbook").status_code == 405
    boss.post(f"/report/customer_statement/workbook?customer={chosen['customer']}")
    told = boss.open("/audit/list/?model=report_customer_statement").text
    assert "报表：客户对账单" in told
    assert "导出" in told
    with app.app_context():
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export")).one()
        assert re.fullmatch(r"[1-9]\d* · 客户：上海恒通<b>五金</b>.*", entry.note or "")


def test_figures_lead_to_the_rows_behind_them(chosen: dict[str, int], client_as: Clients) -> None:
    """Manual 8.14: from a customer's receivable to the statement, and from there to the documents."""
    client = client_as("lin")
    page = client.get("/report/customer_finance/").get_data(as_text=True)
    statement = f"/report/customer_statement/?customer={chosen['customer']}"
    assert statement in page
    assert "¥25.00" in page
    page = client.get(statement).get_data(as_text=True)
    assert "/salesorder/show/" in page
    assert "¥25.00" in page
    assert client_as("boss").get("/report/stock_assets/").get_data(as_text=True).count("stock_assets_of_warehouse") >= 2


def test_a_customers_name_is_text_on_the_page(chosen: dict[str, int], client_as: Clients) -> None:
    page = client_as("lin").get("/report/customer_finance/").get_data(as_text=True)
    assert "<b>五金" not in page
    assert "&lt;b&gt;五金" in page


def test_a_report_that_needs_a_choice_asks_for_it(chosen: dict[str, int], client_as: Clients) -> None:
    page = client_as("lin").get("/report/customer_statement/").get_data(as_text=True)
    assert "<table" not in page.partition("<main")[2].partition("</main>")[0]
    assert "/report/customer_statement/pick/customer" in page


@pytest.mark.parametrize(
    ("login", "path", "status"),
    [
        ("lin", "stock_assets/", 403),
        ("keeper", "customer_finance/", 403),
        ("service", "customer_statement/pick/customer", 403),
        ("boss", "nothing/", 404),
        ("boss", "stock_assets/pick/customer", 404),
        ("xu", "customer_statement/?customer={customer}", 404),
        ("lin", "customer_statement/?customer=99999999999999999999", 404),
        ("lin", "customer_statement/?from=yesterday", 422),
        ("lin", "customer_statement/?from=%00", 422),
        ("boss", "stock_assets/?category=-1", 404),
        ("boss", "stock_assets/?page_X=abc&_oc_X=nope&q=(((", 200),
    ],
)
def test_what_is_not_to_be_had_is_refused_plainly(
    login: str, path: str, status: int, chosen: dict[str, int], client_as: Clients
) -> None:
    answer = client_as(login).get("/report/" + path.format(**chosen))
    assert answer.status_code == status


def test_nobody_takes_along_a_report_they_may_not_read(chosen: dict[str, int], client_as: Clients) -> None:
    assert Browser(client_as("lin")).post("/report/stock_assets/workbook").status_code == 403
    other = f"/report/customer_statement/workbook?customer={chosen['customer']}"
    assert Browser(client_as("xu")).post(other).status_code == 404


def test_cost_is_not_in_the_page_of_those_who_may_not_see_it(chosen: dict[str, int], client_as: Clients) -> None:
    """Manual 8.8: 7 left at 13.57."""
    assert "94.99" in client_as("boss").get("/report/stock_assets/").get_data(as_text=True)
    client = client_as("keeper")
    assert "94.99" not in client.get("/report/stock_assets/").get_data(as_text=True)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(Browser(client).post("/report/stock_assets/workbook").data))
    assert 94.99 not in [cell for row in sheet.get_sheet_by_index(0).to_python() for cell in row]


def test_customers_are_offered_while_typing(chosen: dict[str, int], client_as: Clients) -> None:
    found = client_as("finance").get("/report/customer_statement/pick/customer?q=htwj").get_json()
    assert found == []  # the marks of bold type stand between the initials
    found = client_as("finance").get("/report/customer_statement/pick/customer?q=shht").get_json()
    assert [row["id"] for row in found] == [chosen["customer"]]
    assert client_as("xu").get("/report/customer_statement/pick/customer?q=shht").get_json() == []


def test_the_reports_offered_are_those_the_person_may_read(chosen: dict[str, int], client_as: Clients) -> None:
    """Manual 3.2, 16: one page names each of them, and none besides."""
    for login, wanted in (
        ("keeper", {"stock_assets", "stock_assets_of_warehouse"}),
        ("lin", {"customer_finance", "customer_entries", "customer_statement"}),
    ):
        page = client_as(login).get("/report/").get_data(as_text=True).partition("<main")[2]
        assert set(re.findall(r'href="/report/(\w+)/"', page)) == wanted
    assert client_as("engineer").get("/report/").status_code == 403


def test_nobody_reads_a_report_without_signing_in(app: Any) -> None:
    for path in (
        "/report/customer_finance/",
        "/report/customer_statement/pick/customer",
    ):
        assert app.test_client().get(path).status_code in (302, 401)
    assert app.test_client().post("/report/customer_finance/workbook").status_code in (302, 400, 401)
