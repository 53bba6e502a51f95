"""Every figure of every report is the sum of the rows that its address opens, on page and REST. design.md §1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import prison
import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask_babel import force_locale

from app.core.actor import Actor
from app.core.db.base import db
from app.core.report import EMPTY, Behind, Report, ReportColumn
from app.models.money.payment import Payment, PaymentState
from app.models.sales.sales_order import SalesOrder
from app.models.system.setting import DictionaryItem
from app.query.report_run import all_rows, foot_of, is_ready
from app.reports.system.filters import FILTERS, ReportFilter, choices, is_chosen, read_filters
from app.screens.frame.registry import VIEWS
from app.security.accounts.people import actor_named
from app.security.policy import visible
from app.views.system.report import opener, opening_and_leaves
from tests.support.everything import REPORTS, distinct_people
from tests.support.office import SIGNED


class OpenReport(Report):
    """A report that everybody may read: nobody was given the right to those of this file."""

    def may_be_read(self, actor: Actor) -> bool:
        return True


def _by_month(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """What came in, by month, state, method and order, which a prepayment has none of."""
    month = sa.extract("year", Payment.received_on) * 12 + sa.extract("month", Payment.received_on)
    keys = (Payment.state, Payment.method_id, Payment.prepayment, Payment.sales_order_id)
    query = sa.select(
        *keys,
        sa.func.min(Payment.received_on).label("first"),
        sa.func.max(Payment.received_on).label("last"),
        sa.func.count().label("number"),
        sa.func.sum(Payment.amount).label("amount"),
    ).where(is_chosen(Payment.state, filters, "paid_state"), is_chosen(Payment.sales_order_id, filters, "paid_order"))
    narrowed: sa.Select[Any] = visible(query, Payment, actor)
    return narrowed.group_by(*keys, month).order_by(sa.func.min(Payment.id))


def _one_by_one(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    query = sa.select(Payment.number.label("number"), Payment.amount.label("amount")).where(
        is_chosen(Payment.state, filters, "paid_state"), is_chosen(Payment.sales_order_id, filters, "paid_order"),
        is_chosen(Payment.method_id, filters, "paid_by"),
        Payment.received_on >= filters["from"], Payment.received_on <= filters["to"],
    )  # fmt: skip
    narrowed: sa.Select[Any] = visible(query, Payment, actor)
    return narrowed.order_by(Payment.id)


_LIST = Behind(
    "payment",
    {
        "state": "state", "method": "method_id", "sales_order": "sales_order_id", "prepayment": "prepayment",
        "received_on_from": "first", "received_on_to": "last",
    },
    {"paid_state": "state", "paid_order": "sales_order"},
)  # fmt: skip
_LEAVES = Behind(
    "report_payments_one_by_one",
    {"paid_state": "state", "paid_by": "method_id", "paid_order": "sales_order_id", "from": "first", "to": "last"},
    where=(("from", "2000-01-01"), ("to", "2199-12-31")), measure="amount",
)  # fmt: skip
_OF_PAYMENTS = {
    "payments_by_month": OpenReport(
        "payments_by_month", "按月回款", "16", (), filters=("paid_state", "paid_order"), query=_by_month,
        columns=(
            ReportColumn("number", "笔数", "count", total=True, behind=_LIST),
            ReportColumn("amount", "金额", "money", total=True, behind=replace(_LIST, measure="amount")),
        ),
    ),
    "payments_by_key": OpenReport(
        "payments_by_key", "回款", "16", (), filters=("paid_state", "paid_order"), query=_by_month,
        columns=(ReportColumn("amount", "金额", "money", total=True, behind=_LEAVES),),
    ),
    "payments_one_by_one": OpenReport(
        "payments_one_by_one", "回款明细", "16", (), query=_one_by_one,
        filters=("paid_state", "paid_by", "paid_order", "from", "to"),
        columns=(ReportColumn("number", "编号"), ReportColumn("amount", "金额", "money", total=True)),
    ),
}  # fmt: skip


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Report]:
    """Those of the firm, and three that group by several keys, of which one may be empty."""
    monkeypatch.setitem(FILTERS, "paid_state", ReportFilter("状态", codes=PaymentState))
    monkeypatch.setitem(FILTERS, "paid_by", ReportFilter("方式", DictionaryItem))
    monkeypatch.setitem(FILTERS, "paid_order", ReportFilter("订单", SalesOrder, may_be_empty=True))
    for name, report in _OF_PAYMENTS.items():
        monkeypatch.setitem(REPORTS, name, report)
    return REPORTS


def chosen(report: Report, actor: Actor) -> Iterator[dict[str, str]]:
    """What its filters may be chosen to say, one after the other, and nothing chosen."""
    always = {name: str(value) for name in report.required if (value := next(_values(name, actor), None))}
    yield always
    for name in report.filters:
        for value in _values(name, actor):
            yield always | {name: value}


def _values(name: str, actor: Actor) -> Iterator[str]:
    """A few values of a filter, and the sign for none where it takes that."""
    filter_ = FILTERS[name]
    if filter_.may_be_empty:
        yield "-"
    if filter_.codes is not None:
        yield from (code.value for code in filter_.codes)
    elif filter_.find is not None:
        named = (filter_.find(db.session(), str(row), actor) for row in db.session.scalars(sa.select(filter_.model)))
        yield from list(dict.fromkeys(str(row.id) for rows in named for row in rows))[:2]
    elif filter_.model is not None:
        yield from (str(row.id) for row in choices(db.session(), name, actor)[:3])
    else:
        yield SIGNED.isoformat()


def told_on_page(app: Flask, address: str, behind: Behind, actor: Actor) -> Decimal:
    """The figure that the page at this address adds up to, by what the page itself reads."""
    with app.test_request_context(address), force_locale("zh"):
        session = db.session()
        if (report := behind.report) is not None:
            filters = read_filters(session, report, request.args.to_dict(), actor)
            rows = list(all_rows(session, report, filters, actor))
            if not behind.measure:
                return Decimal(len(rows))
            return Decimal(foot_of(report.columns_for(actor), rows).get(behind.measure, 0))
        model = next(model for model, view in VIEWS.items() if address.startswith(f"{view.route_base}/"))
        pages = {type(view): view for view in app.extensions["appbuilder"].baseviews}
        listing, _offered, asked = pages[VIEWS[model]].asked_for(actor, None)
        assert len(asked.conditions) == len(parse_qs(urlsplit(address).query)), address
        if not behind.measure:
            return Decimal(listing.count(session, actor, exactly=True))
        summed = listing.statement(actor, [listing.key(behind.measure).label("figure")]).subquery()
        return session.scalar(sa.select(sa.func.sum(summed.c.figure))) or Decimal(0)


def told_over_rest(api: Any, address: str, measure: str) -> Decimal:
    """The sum over the rows of this address, every page of it."""
    rows: list[dict[str, Any]] = []
    path = address.removeprefix("/api/v1/")
    while path:
        status, body = api.get(path)
        assert status == 200, (address, body)
        rows += body["rows"] if "rows" in body else body["result"]
        assert not body.get("more"), "the test's firm is small"
        asked = prison.loads(parse_qs(urlsplit(address).query)["q"][0]) if "result" in body else {}
        further = asked | {"next": body["next"]} if body.get("next") else {}
        path = f"{urlsplit(path).path}?q={quote(prison.dumps(further))}" if further else ""
    return sum((Decimal(row[measure]) for row in rows), Decimal(0)) if measure else Decimal(len(rows))


def readers(name: str) -> list[str]:
    return [who for who in distinct_people() if REPORTS[name].may_be_read(actor_named(db.session(), who))]


@pytest.mark.parametrize("name", sorted([*REPORTS, *_OF_PAYMENTS]))
def test_a_figure_is_the_sum_of_the_rows_that_it_opens(
    app: Flask, furnished: Any, office: Any, api_as: Any, reports: Mapping[str, Report], name: str
) -> None:
    """Every measure of every row and every total, under every filter, for every kind of person who reads the report."""
    report, wrong, followed = reports[name], [], 0
    for login in readers(name):
        api, actor = api_as(login), actor_named(db.session(), login)
        cases = []
        for given in chosen(report, actor):
            filters = read_filters(db.session(), report, given, actor)
            if not is_ready(report, filters):
                continue
            rows = list(all_rows(db.session(), report, filters, actor))
            foot = foot_of(report.columns_for(actor), rows)
            cases.append((given, filters, rows, foot))
        for given, filters, rows, foot in cases:
            status, told = api.get(f"report/{name}?" + "&".join(f"{key}={value}" for key, value in given.items()))
            assert status == 200, told
            opened_by = opener(report, filters, actor)
            for row, sent in [*zip(opening_and_leaves(report, rows)[1], told["rows"], strict=True), (None, told)]:
                for column in report.columns_for(actor):
                    figure = foot.get(column.name) if row is None else row[column.name]
                    page = opened_by(column, row) if column.total and column.behind else ""
                    assert bool(page) is (column.name in sent["_behind"]) or not column.total, (given, column.name)
                    if not page or figure is None or column.behind is None:
                        continue
                    followed += 1
                    on_page = told_on_page(app, page, column.behind, actor)
                    over_rest = told_over_rest(api, sent["_behind"][column.name], column.behind.measure)
                    if not figure == on_page == over_rest:
                        wrong.append((login, given, column.name, figure, page, on_page, over_rest))
    assert wrong == []
    assert followed > 5 or not any(column.behind and column.total for column in report.columns)


def test_every_figure_opens_rows_unless_its_own_row_is_one(reports: Mapping[str, Report]) -> None:
    """A row that other figures are the sum of has nothing behind it but its document."""
    leaves = {column.behind.opens for report in reports.values() for column in report.columns if column.behind}
    for report in reports.values():
        for column in report.columns:
            if column.total and report.subject not in leaves:
                assert column.behind is not None, (report.name, column.name)


def test_a_total_is_not_opened_where_a_filter_would_be_lost() -> None:
    """Rows that the filter has left out would stand there too."""
    report = replace(_OF_PAYMENTS["payments_by_month"], filters=("paid_state", "paid_order", "from"))
    column = report.columns[0]
    may_all = _Anybody()
    assert opener(report, {"paid_state": PaymentState.recorded}, may_all)(column, None) != ""
    assert opener(report, {"paid_state": PaymentState.recorded, "from": "2026-11-02"}, may_all)(column, None) == ""


class _Anybody(Actor):
    """Somebody who may do everything."""

    def __init__(self) -> None:
        super().__init__(0, "")

    def may(self, right: str, subject: Any) -> bool:
        return True


def test_rows_without_a_value_are_asked_for_by_a_sign(office: Any, reports: Mapping[str, Report]) -> None:
    given = {"paid_order": "-", "paid_state": "voided"}
    found = read_filters(db.session(), reports["payments_by_month"], given, office.boss.actor)
    assert (found["paid_order"], found["paid_state"]) == (EMPTY, PaymentState.voided)
