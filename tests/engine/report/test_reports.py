"""Every report of the registry, generated: columns, sums, rights, rows, statements."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal as D
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from app.core.db.base import db, models_by_name
from app.core.errors import AppError
from app.core.report import REPORTS, Report
from app.models.customers.customer import Customer
from app.models.money.payment import ReceivableKind
from app.printing.report import report_workbook
from app.query.report_run import SHOWN, Footing, all_rows, foot_of, is_ready, readable_report, table
from app.reports.money.receivable import customers_found
from app.reports.system.filters import FILTERS, read_filters
from app.screens.frame.registry import model_named
from app.security.roles import ROLE_LABELS, R
from tests.support.office import Person, refused
from tests.support.statements import counted

NAMES = sorted(REPORTS)
WITH_COST = [name for name in NAMES if any(column.needs == "cost" for column in REPORTS[name].columns)]


@pytest.fixture
def firm(office: Any) -> Any:
    """A firm with stock in two warehouses, orders of two salespeople, money, and a stopped order."""
    products = office.stocked("100", "40.5", "7", price="12.3456", cost="8.1", unit="米")
    office.stock({office.product(price="3", cost="2"): "9"}, "SHOP")
    office.customer_of_lin = office.customer("lin", "上海恒通五金")
    first = office.approved("lin", [(products[0], "4"), (products[1], "2.5")], customer=office.customer_of_lin)
    office.shipped(first)
    office.finance.pays(first, "30")
    second = office.approved("lin", [(products[2], "1")], customer=office.customer_of_lin)
    office.lin.fires("stop", second, reason="客户取消")
    office.shipped(office.approved("xu", [(products[0], "3")]), "xu")
    return office


def filters_for(office: Any, report: Report) -> dict[str, Any]:
    """Something chosen for every filter that must be."""
    chosen = {"customer": office.customer_of_lin.id, "warehouse": office.warehouse().id}
    given = {name: str(chosen[name]) for name in report.required}
    return read_filters(db.session(), report, given, office.boss.actor)


def rows_of(report: Report, filters: dict[str, Any], actor: Any) -> list[Any]:
    return list(all_rows(db.session(), report, filters, actor))


@pytest.mark.parametrize("name", NAMES)
def test_the_columns_of_a_report_are_those_of_its_query(firm: Any, name: str) -> None:
    report = REPORTS[name]
    for person in (firm.boss, firm.keeper, firm.lin):
        query = report.query(filters_for(firm, report), person.actor)
        found = [column.name for column in query.selected_columns]
        wanted = [column.name for column in report.columns_for(person.actor)]
        links = {column.link for column in report.columns if column.link}
        links |= {column.opens[1:] for column in report.columns if (column.opens or "").startswith("@")}
        links |= {key for column in report.columns if column.behind for key in column.behind.keys.values()}
        assert set(wanted) <= set(found)
        assert set(found) - set(wanted) <= links | {"serial"}, "a column is read that nobody sees"


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_rows_in_a_firm_that_does_business(firm: Any, name: str) -> None:
    report = REPORTS[name]
    rows = rows_of(report, filters_for(firm, report), firm.boss.actor)
    assert rows
    for column in report.columns:
        if column.is_number:
            assert all(row[column.name] is not None for row in rows), column.name


@pytest.mark.parametrize("name", NAMES)
def test_the_foot_of_a_report_is_the_sum_of_its_rows(firm: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report, actor = REPORTS[name], firm.boss.actor
    filters = filters_for(firm, report)
    rows = rows_of(report, filters, actor)
    sums = {c.name: sum((row[c.name] for row in rows), D(0)) for c in report.columns if c.total}
    last = {c.name: rows[-1][c.name] for c in report.columns if c.last}
    assert table(db.session(), report, filters, actor).foot == sums | last
    assert foot_of(list(report.columns), rows) == sums | last
    monkeypatch.setattr("app.query.report_run.SHOWN", 0)  # now every row is left out, and the database sums
    cut = table(db.session(), report, filters, actor)
    assert cut.has_more
    assert cut.foot == sums | last


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_one_statement(firm: Any, name: str) -> None:
    report, actor = REPORTS[name], firm.boss.actor
    filters = filters_for(firm, report)
    with counted() as sent:
        table(db.session(), report, filters, actor)
    assert len(sent) == 1, sent


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sees_more_in_a_report_than_the_boss(firm: Any, name: str) -> None:
    report = REPORTS[name]
    filters = filters_for(firm, report)
    whole = foot_of(list(report.columns), rows_of(report, filters, firm.boss.actor))
    for login in ("lin", "xu", "manager", "director", "keeper", "finance", "purchaser"):
        actor = getattr(firm, login).actor
        part = foot_of(report.columns_for(actor), rows_of(report, filters, actor))
        for column in report.columns_for(actor):
            if column.total and column.name != "margin":
                assert part.get(column.name, D(0)) <= whole[column.name], (login, column.name)


def test_a_salesperson_sees_only_the_figures_of_own_customers(firm: Any) -> None:
    """Manual 8.14: the six figures follow who may see the customer."""
    report = REPORTS["customer_finance"]
    mine = rows_of(report, {}, firm.lin.actor)
    assert [row["customer"] for row in mine] == ["上海恒通五金"]
    assert len(rows_of(report, {}, firm.manager.actor)) == 1
    assert len(rows_of(report, {}, firm.director.actor)) == 2
    assert len(rows_of(report, {}, firm.finance.actor)) == 2


def test_the_figures_of_a_customer_leave_stopped_orders_out(firm: Any) -> None:
    """Manual 8.14: contract value − received, without 意外中止; yuan, tax included."""
    [row] = rows_of(REPORTS["customer_finance"], {}, firm.lin.actor)
    amount = D("49.38") + D("30.86")  # 4 × 12.3456 and 2.5 × 12.3456, each rounded at its line
    assert row["contract_value"] == amount
    assert row["shipped_value"] == amount
    assert row["received"] == D("30.00")
    assert row["receivable"] == amount - D("30.00")


def test_a_statement_leads_from_opening_to_closing(firm: Any) -> None:
    """Manual 8.15: opening balance, entries, closing balance; each entry can be opened."""
    report = REPORTS["customer_statement"]
    filters = filters_for(firm, report)
    rows = rows_of(report, filters, firm.boss.actor)
    assert rows[0]["kind"] is None
    balance = rows[0]["balance"]
    for row in rows[1:]:
        balance += row["increase"] - row["decrease"]
        assert row["balance"] == balance
        assert row["document_model"] in models_by_name()
    finance = rows_of(REPORTS["customer_finance"], {}, firm.lin.actor)[0]
    assert balance == finance["receivable"]
    kinds = [row["kind"] for row in rows[1:]]
    assert ReceivableKind.shipment in kinds
    assert ReceivableKind.stop in kinds
    assert ReceivableKind.plan not in kinds


def test_what_was_before_a_period_is_its_opening_balance(firm: Any) -> None:
    """Manual 8.15: tomorrow's statement opens with what today's closes with."""
    report = REPORTS["customer_statement"]
    filters = filters_for(firm, report)
    closing = rows_of(report, filters, firm.boss.actor)[-1]["balance"]
    tomorrow = filters["to"] + dt.timedelta(days=1)
    rows = rows_of(report, filters | {"from": tomorrow, "to": tomorrow}, firm.boss.actor)
    assert [row["balance"] for row in rows] == [closing]


def test_stock_is_worth_what_it_costs_and_what_it_sells_for(firm: Any) -> None:
    """Manual 16, report 3: kinds, quantity, cost value, sale value, expected margin per warehouse."""
    main, shop = rows_of(REPORTS["stock_assets"], {}, firm.boss.actor)
    assert (main["kinds"], main["quantity"]) == (3, D("93") + D("38") + D("7"))
    assert main["cost_value"] == D("93") * D("8.1") + D("38") * D("8.1") + D("7") * D("8.1")
    assert main["sale_value"] == D("1148.14") + D("469.13") + D("86.42")
    assert main["margin"] == main["sale_value"] - main["cost_value"]
    assert (shop["cost_value"], shop["sale_value"], shop["margin"]) == (D("18.00"), D("27.00"), D("9.00"))


def test_a_warehouse_opens_into_its_products(firm: Any) -> None:
    """Manual 16, 11.7: the rows behind a figure add up to it."""
    main = rows_of(REPORTS["stock_assets"], {}, firm.boss.actor)[0]
    rows = rows_of(REPORTS["stock_assets_of_warehouse"], {"warehouse": main["warehouse_id"]}, firm.boss.actor)
    assert len(rows) == main["kinds"]
    for name in ("quantity", "cost_value", "sale_value", "margin"):
        assert sum(row[name] for row in rows) == main[name]


def test_a_branch_of_categories_counts_with_all_its_leaves(firm: Any) -> None:
    """Manual 10.1."""
    brand = firm.brand()
    report = REPORTS["stock_assets"]
    everything = rows_of(report, {}, firm.boss.actor)
    assert rows_of(report, {"category": brand.parent.parent_id}, firm.boss.actor) == everything
    other = firm.product_manager.creates(type(brand), name="别的大类")
    assert rows_of(report, {"category": other.id}, firm.boss.actor) == []


@pytest.mark.parametrize("name", WITH_COST)
def test_cost_is_absent_from_reports_for_those_without_the_right(firm: Any, name: str) -> None:
    """Manual 8.8: absent from page, query and workbook, not empty."""
    report, actor = REPORTS[name], firm.keeper.actor
    secret = {column.name for column in report.columns if column.needs == "cost"}
    rows = rows_of(report, filters_for(firm, report), actor)
    assert rows
    assert not secret & set(rows[0])
    assert not secret & {column.name for column in report.columns_for(actor)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", list(R))
def test_only_the_roles_of_a_report_may_read_it(office: Any, name: str, role: R) -> None:
    logins = {R.boss: "boss", R.sales_director: "director", R.sales_manager: "manager", R.sales: "lin"}
    logins |= {R.sales_assistant: "assistant", R.warehouse: "keeper", R.product_manager: "product"}
    actor = Person(office, logins.get(role, str(role))).actor
    assert actor.roles == {str(role)}
    if role in REPORTS[name].roles:
        assert readable_report(name, actor).name == name
    else:
        with refused("not_allowed"):
            readable_report(name, actor)


def test_an_unknown_report_does_not_exist(office: Any) -> None:
    with refused("not_found"):
        readable_report("nothing_of_the_kind", office.boss.actor)


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_holds_the_rows_and_the_foot(firm: Any, name: str) -> None:
    report, actor = REPORTS[name], firm.boss.actor
    filters = filters_for(firm, report)
    rows = rows_of(report, filters, actor)
    footing = Footing(report.columns_for(actor), iter(rows))
    content = report_workbook(report, footing, footing.foot, ["甲", "乙"], actor)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sheet[2] == [str(column.label) for column in report.columns]
    assert len(sheet) == 3 + len(rows) + 1
    for place, column in enumerate(report.columns):
        if column.is_number:
            assert [D(str(line[place])) for line in sheet[3:-1]] == [row[column.name] for row in rows]
        if column.total:
            assert D(str(sheet[-1][place])) == foot_of(list(report.columns), rows)[column.name]


def test_a_name_that_looks_like_a_formula_stays_text(firm: Any) -> None:
    hostile = '=HYPERLINK("file:///etc/hostname","x")'
    firm.lin.changes(firm.customer_of_lin, name=hostile)
    report, actor = REPORTS["customer_finance"], firm.lin.actor
    content = report_workbook(report, iter(rows_of(report, {}, actor)), {}, [], actor)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "HYPERLINK" in sheet


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"from": "yesterday"}, "invalid"),
        ({"from": "0001-01-01"}, "invalid"),
        ({"to": "9999-12-31"}, "invalid"),
        ({"from": "2026-05-01", "to": "2026-04-01"}, "invalid"),
        ({"customer": "0"}, "not_found"),
        ({"customer": "9" * 30}, "not_found"),
        ({"customer": "١٢"}, "not_found"),
        ({"customer": "' OR 1=1"}, "not_found"),
    ],
)
def test_nonsense_in_the_address_is_refused_in_words(office: Any, given: dict[str, str], code: str) -> None:
    with refused(code):
        read_filters(db.session(), REPORTS["customer_statement"], given, office.boss.actor)


def test_a_filter_does_not_open_what_the_person_may_not_see(firm: Any) -> None:
    """Manual 6.5: somebody else's customer is not found, in the filter as on its page."""
    report = REPORTS["customer_statement"]
    given = {"customer": str(firm.customer_of_lin.id)}
    assert read_filters(db.session(), report, given, firm.finance.actor)["customer"] == firm.customer_of_lin.id
    for login in ("xu", "keeper"):
        with pytest.raises(AppError) as caught:
            read_filters(db.session(), report, given, getattr(firm, login).actor)
        assert caught.value.code == "not_found"


def test_a_query_itself_keeps_rows_from_those_who_may_not_see_them(firm: Any) -> None:
    """Manual 6.5, 11.1: even past the filters and the right to the report."""
    statement, stock = REPORTS["customer_statement"], REPORTS["stock_assets_of_warehouse"]
    assert rows_of(statement, filters_for(firm, statement), firm.xu.actor) == []
    assert rows_of(statement, filters_for(firm, statement), firm.keeper.actor) == []
    for login in ("lin", "engineer", "admin"):
        assert rows_of(stock, filters_for(firm, stock), getattr(firm, login).actor) == []


def test_customers_are_found_by_name_and_initials_among_those_with_figures(firm: Any) -> None:
    session = db.session()
    for query in ("恒通", "htwj", "上海恒通五金"):
        assert [row.name for row in customers_found(session, query, firm.lin.actor)] == ["上海恒通五金"]
    assert customers_found(session, "恒通", firm.xu.actor) == []
    assert [row.name for row in customers_found(session, "恒通", firm.finance.actor)] == ["上海恒通五金"]
    firm.customer("lin", "恒通没有单据")
    assert isinstance(customers_found(session, "\x00\ud800%_", firm.boss.actor), list)
    assert len(customers_found(session, "恒通", firm.lin.actor)) == 1


def test_every_report_is_declared_completely() -> None:
    for report in REPORTS.values():
        assert set(report.required) <= set(report.filters) <= set(FILTERS)
        assert set(report.roles) <= set(ROLE_LABELS)
        assert len({column.name for column in report.columns}) == len(report.columns)
        assert all(column.is_number for column in report.columns if column.total or column.last)
        assert SHOWN > 0
        for column in report.columns:
            assert (column.link is None) == (column.opens is None)
            assert column.link is None or column.behind is None
            if column.behind is not None and (target := column.behind.report) is not None:
                assert {*column.behind.keys, *column.behind.filters.values()} <= set(target.filters)
            elif column.behind is not None:
                assert model_named(column.behind.opens) is not None


def test_a_report_that_asks_for_something_waits_for_it(firm: Any) -> None:
    for report in REPORTS.values():
        if report.required:
            assert not is_ready(report, {})
            assert table(db.session(), report, {}, firm.boss.actor).rows == []
            assert rows_of(report, {}, firm.boss.actor) == []


def test_models_behind_links_exist() -> None:
    known = models_by_name()
    assert known["customer"] is Customer
    for report in REPORTS.values():
        for column in report.columns:
            if column.opens and not column.opens.startswith("@"):
                assert column.opens in known
