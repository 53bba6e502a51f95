"""应收 What customers owe us, and the entries that explain it. Manual 8.14, 8.15."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import no_such_row
from app.core.report import Behind, ReportColumn, report
from app.core.search.index import matches
from app.models.customers.customer import Customer
from app.models.money.payment import CustomerBalance, ReceivableKind, ReceivableLedgerEntry
from app.models.system.user import AppUser
from app.query.exact import zero
from app.reports.system.filters import EARLIEST, LATEST, ReportFilter, declare_filter, is_chosen
from app.security.policy import sees_every, visible
from app.security.roles import SALES_SIDE, R

_READERS = (*SALES_SIDE, R.finance)
_STATEMENT = Behind("report_customer_statement", {"customer": "customer_id"})
FOUND = 20


def statement_url(customer_id: int) -> str:
    """Where the statement of a customer stands: what they were delivered, paid and owe. Manual 8.15."""
    return f"/report/customer_statement/?customer={customer_id}"


def reads_any_statement(actor: Actor) -> bool:
    """Whether they know of every customer what it owes, though perhaps not the customer's page. Manual 8.14."""
    return actor.may("read", _STATEMENT.opens) and sees_every(ReceivableLedgerEntry, actor)


def customers_found(session: Session, query: str, actor: Actor) -> list[Customer]:
    """At most twenty customers with figures whose name, number or pinyin matches."""
    figures = visible(sa.select(CustomerBalance.customer_id), CustomerBalance, actor)
    found = sa.select(Customer).where(Customer.id.in_(figures), matches(Customer, query))
    return list(session.scalars(found.order_by(Customer.id.desc()).limit(FOUND)))


def statement_customer(session: Session, customer_id: int, actor: Actor) -> Customer:
    """The customer of a statement: one the actor sees, or one whose figures the actor sees.

    errors  NotFound
    """
    whole = visible(sa.select(Customer.id), Customer, actor)
    figures = visible(sa.select(CustomerBalance.customer_id), CustomerBalance, actor)
    query = sa.select(Customer).where(
        Customer.id == customer_id, sa.or_(Customer.id.in_(whole), Customer.id.in_(figures))
    )
    found = session.scalars(query).first()
    if found is None:
        raise no_such_row()
    return found


declare_filter("customer", ReportFilter(_l("Customer"), Customer, find=customers_found, row=statement_customer))


def _figure(name: str, label: Any) -> ReportColumn:
    """A figure of a customer, which opens the entries of all years that it is the sum of."""
    since = (("from", EARLIEST.isoformat()),)
    entries = Behind("report_customer_entries", {"customer": "customer_id"}, where=since, measure=name)
    return ReportColumn(name, label, "money", total=True, behind=entries)


@report(
    "customer_finance",
    title=_l("Customer finances"),
    manual="8.14",
    roles=_READERS,
    filters=("owner",),
    columns=(
        ReportColumn("number", _l("Customer number"), behind=_STATEMENT),
        ReportColumn("customer", _l("Customer"), behind=_STATEMENT),
        ReportColumn("owner", _l("Owner")),
        _figure("contract_value", _l("Contract value")),
        _figure("shipped_value", _l("Shipped value")),
        _figure("plan_open", _l("Planned, not received")),
        _figure("received", _l("Received")),
        _figure("refunded", _l("Refunded")),
        _figure("receivable", _l("Receivable")),
    ),
    note=_l("Approved orders; those that ended short count with what was delivered. Yuan, tax included."),
)
def customer_finance(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """客户财务: one row per customer with any figure; yuan, tax included. Manual 8.14."""
    balance = CustomerBalance
    query = (
        sa.select(
            Customer.id.label("customer_id"),
            Customer.number.label("number"),
            Customer.name.label("customer"),
            _person().label("owner"),
            balance.contract_value,
            balance.shipped_value,
            balance.plan_open,
            balance.received,
            balance.refunded,
            balance.receivable,
        )
        .select_from(balance)
        .join(Customer, Customer.id == balance.customer_id)
        .join(AppUser, AppUser.id == Customer.owner_id)
    )
    query = query.where(is_chosen(Customer.owner_id, filters, "owner"))
    narrowed: sa.Select[Any] = visible(query, balance, actor)
    return narrowed.order_by(balance.receivable.desc(), Customer.id)


@report(
    "customer_entries",
    title=_l("Entries of customer finances"),
    manual="8.14",
    roles=_READERS,
    filters=("customer", "owner", "from", "to"),
    columns=(
        ReportColumn("on", _l("Business day"), "date"),
        ReportColumn("original_on", _l("Own business day"), "date"),
        ReportColumn("at", _l("Posted at"), "time"),
        ReportColumn("customer", _l("Customer"), behind=_STATEMENT),
        ReportColumn("kind", _l("Event"), codes=ReceivableKind),
        ReportColumn("document", _l("Document"), link="document_id", opens="@document_model"),
        ReportColumn("contract_value", _l("Contract value"), "money", total=True, sparse=True),
        ReportColumn("shipped_value", _l("Shipped value"), "money", total=True, sparse=True),
        ReportColumn("plan_open", _l("Planned, not received"), "money", total=True, sparse=True),
        ReportColumn("received", _l("Received"), "money", total=True, sparse=True),
        ReportColumn("refunded", _l("Refunded"), "money", total=True, sparse=True),
        ReportColumn("receivable", _l("Receivable"), "money", total=True, sparse=True),
    ),
    note=_l("What each event has changed, the latest first; amounts in yuan, tax included."),
)
def customer_entries(filters: dict[str, Any], actor: Actor) -> sa.Select[Any]:
    """应收明细: one row per entry of the receivable ledger, the rows behind 客户财务; yuan with tax. Manual 8.14."""
    entry = ReceivableLedgerEntry
    query = (
        sa.select(
            entry.customer_id,
            entry.on,
            entry.original_on,
            entry.at,
            Customer.name.label("customer"),
            entry.kind,
            entry.document_number.label("document"),
            entry.document_model,
            entry.document_id,
            entry.contract_value_change.label("contract_value"),
            entry.shipped_value_change.label("shipped_value"),
            entry.plan_open_change.label("plan_open"),
            entry.received_change.label("received"),
            entry.refunded_change.label("refunded"),
            entry.receivable_change.label("receivable"),
        )
        .join(Customer, Customer.id == entry.customer_id)
        .where(
            is_chosen(entry.customer_id, filters, "customer"), is_chosen(Customer.owner_id, filters, "owner"),
            entry.on.between(*_days(filters)),
        )
    )  # fmt: skip
    narrowed: sa.Select[Any] = visible(query, entry, actor)
    return narrowed.order_by(entry.on.desc(), entry.id.desc())


@report(
    "customer_statement",
    title=_l("Customer statement"),
    manual="8.15",
    roles=_READERS,
    filters=("customer", "from", "to"),
    required=("customer",),
    columns=(
        ReportColumn("on", _l("Business day"), "date"),
        ReportColumn("original_on", _l("Own business day"), "date"),
        ReportColumn("kind", _l("Event"), codes=ReceivableKind, blank=_l("Opening balance")),
        ReportColumn("document", _l("Document"), link="document_id", opens="@document_model"),
        ReportColumn("shipped", _l("Shipped value"), "money", total=True, sparse=True),
        ReportColumn("increase", _l("Receivable increase"), "money", total=True, sparse=True),
        ReportColumn("decrease", _l("Receivable decrease"), "money", total=True, sparse=True),
        ReportColumn("balance", _l("Receivable balance"), "money", last=True),
    ),
    opening="kind",
    note=_l(
        "By business day; yuan, tax included. The last balance is what is still to be received. An entry with an own "
        "business day belongs to a month that was closed when it was posted."
    ),
)
def customer_statement(filters: dict[str, Any], actor: Actor) -> sa.CompoundSelect[Any]:
    """客户对账: the opening balance, then one row per entry of a customer in a period. Manual 8.14, 8.15."""
    entry = ReceivableLedgerEntry
    first, last = _days(filters)
    change = entry.receivable_change
    told = visible(
        sa.select(
            entry.serial.label("serial"),
            entry.on.label("on"),
            entry.original_on.label("original_on"),
            entry.kind.label("kind"),
            entry.document_number.label("document"),
            entry.document_model.label("document_model"),
            entry.document_id.label("document_id"),
            entry.shipped_value_change.label("shipped"),
            sa.case((change > 0, change), else_=zero(2)).label("increase"),
            sa.case((change < 0, zero(2) - change), else_=zero(2)).label("decrease"),
            sa.func.sum(change).over(order_by=(entry.on, entry.serial)).label("balance"),
        ).where(
            entry.customer_id == filters.get("customer"),
            entry.on <= last,
            sa.or_(change != 0, entry.shipped_value_change != 0),
        ),
        entry,
        actor,
    ).subquery()
    entries = sa.select(*told.c).where(told.c.on >= first)
    in_order: tuple[Any, ...] = (sa.literal_column('"on"'), sa.literal_column("serial"))
    return _opening(filters, actor, first).union_all(entries).order_by(*in_order)


def _opening(filters: dict[str, Any], actor: Actor, first: dt.date) -> sa.Select[Any]:
    """One row, when the customer has entries at all: what stood open before the period."""
    entry = ReceivableLedgerEntry
    change = sa.case((entry.on < first, entry.receivable_change), else_=zero(2))
    query = sa.select(
        sa.literal(0).label("serial"),
        sa.literal(first, sa.Date()).label("on"),
        sa.cast(sa.null(), sa.Date()).label("original_on"),
        sa.cast(sa.null(), entry.kind.type).label("kind"),
        sa.literal("").label("document"),
        sa.literal("").label("document_model"),
        sa.literal(0).label("document_id"),
        zero(2).label("shipped"),
        zero(2).label("increase"),
        zero(2).label("decrease"),
        sa.func.sum(change).label("balance"),
    ).where(entry.customer_id == filters.get("customer"))
    narrowed: sa.Select[Any] = visible(query, entry, actor)
    return narrowed.having(sa.func.count() > 0)


def _days(filters: dict[str, Any]) -> tuple[dt.date, dt.date]:
    """The first and the last business day of the period."""
    return filters.get("from") or EARLIEST, filters.get("to") or LATEST


def _person() -> sa.ColumnElement[str]:
    """A name, marked when the person has left."""
    before, _mark, after = _("%(name)s (left)", name="\0").partition("\0")
    return sa.case((AppUser.has_left, before + AppUser.name + after), else_=AppUser.name)
