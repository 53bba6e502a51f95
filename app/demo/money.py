"""Accounts of the demo firm, money that is still prepaid or went back, a closed month, messages. Manual 8.14, 8.15."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import today
from app.core.db.unit_of_work import in_unit_of_work
from app.core.flow.workflow import WORKFLOWS
from app.core.record.audit import act_as
from app.core.record.entry import ENTRIES
from app.demo.parts import demo_part
from app.models.money.closed_month import ClosedMonth
from app.models.money.payment import Payment
from app.models.money.receiving_account import ReceivingAccount
from app.models.sales.sales_order import SalesOrder
from app.security.accounts.people import actor_named, user_named
from app.security.dictionaries import item_named
from app.workflows.office.message import tell

ACCOUNTS = (
    ("工商银行基本户", "中国工商银行北京通州支行", "0200 0019 0920 0138 888"),
    ("支付宝企业账户", "支付宝", "caiwu@example.com"),
    ("现金", "", ""),
)
CLOSED_BACK = 3  # months before this one


@demo_part("accounts", after=("orders", "purchases"))
def accounts(session: Session) -> Iterator[str]:
    """Where money comes in, a prepayment of which part went back, a closed month, and a word to the salespeople."""
    if session.execute(sa.select(ReceivingAccount.id).limit(1)).first() is not None:
        return
    session.rollback()
    yield f"accounts: {in_unit_of_work(session, lambda: _build(session))}"


def _build(session: Session) -> int:
    """The number of accounts."""
    finance = actor_named(session, "finance")
    act_as(session, finance)
    made = [_created(session, ReceivingAccount, finance, name=n, bank=b, account=a) for n, b, a in ACCOUNTS]
    order = session.scalars(sa.select(SalesOrder).order_by(SalesOrder.id)).first()
    if order is not None:
        prepaid = _created(
            session, Payment, finance, customer=order.customer, amount=Decimal(5000), received_on=today(),
            method=item_named(session, "payment_method", "银行转账"), account=made[0], bank_serial="20261100012345",
        )  # fmt: skip
        form = {"amount": Decimal(800), "method": "银行转账", "account": made[0].id}
        WORKFLOWS[Payment].fire(session, prepaid, "refund", finance, form)
        for login in ("lin", "zhou"):
            told = user_named(session, login)
            if told is not None:
                tell(session, told, "月底前请与客户核对本月对账单", order if told.id == order.owner_id else None)
    _created(session, ClosedMonth, finance, month=_month_back(CLOSED_BACK))
    return len(made)


def _created(session: Session, model: type[Any], actor: Any, **values: Any) -> Any:
    return ENTRIES[model].create(session, values, actor)


def _month_back(count: int) -> str:
    day = today().replace(day=1)
    for _month in range(count):
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return f"{day:%Y-%m}"
