"""核销: one payment pays many orders, and every undo settles anew. Manual 8.14."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from app.core.db.base import db
from app.models.money.payment import Payment
from app.models.money.receiving_account import ReceivingAccount
from app.security.dictionaries import item_named
from app.workflows.money.settling import Piece, spread
from tests.plugins.trips import tripped
from tests.support.office import SIGNED, refused


def _prepaid(office: Any, customer: Any, amount: str, **values: Any) -> Payment:
    method = item_named(db.session(), "payment_method", "银行转账")
    made: Payment = office.finance.creates(
        Payment, customer=customer, amount=D(amount), method=method, received_on=SIGNED, **values
    )
    return made


def _order(office: Any, total: str, **values: Any) -> Any:
    return office.approved("lin", [(office.product(price=total), "1")], **values)


def _parts(payment: Payment) -> list[tuple[Any, Any, D]]:
    return sorted((row.sales_order_id, row.plan_id, row.amount) for row in payment.allocations)


def test_a_prepayment_is_set_off_against_several_orders_in_parts(office: Any) -> None:
    """fault A4: §8.14: 15,000 pays 9,000 and 4,000, and 2,000 stay prepaid; what is taken back is prepaid again."""
    first = _order(office, "9000")
    second = _order(office, "4000", customer=first.customer)
    payment = _prepaid(office, first.customer, "15000")
    assert payment.left == D(15000)
    office.finance.fires("assign", payment, sales_order=first.id)
    office.finance.fires("assign", payment, sales_order=second.id)
    assert (payment.left, first.receivable, second.receivable) == (D(2000), D(0), D(0))
    assert _parts(payment) == [(first.id, None, D(9000)), (second.id, None, D(4000))]
    assert payment.sales_order == first
    with refused("overpaid"):
        office.finance.fires("assign", payment, sales_order=first.id)
    allocation = next(row for row in payment.allocations if row.sales_order_id == first.id)
    office.finance.fires("unassign", payment, allocation=allocation.id)
    assert (payment.left, first.receivable, payment.sales_order) == (D(11000), D(9000), second)
    office.finance.fires("assign", payment, sales_order=first.id, amount="500")
    assert (payment.left, first.receivable) == (D(10500), D(8500))
    with refused("too_much"):
        office.finance.fires("assign", payment, sales_order=first.id, amount="10500.01")
    with refused("invalid"):
        office.finance.fires("unassign", payment, allocation=allocation.id + 999)
    assert office.mismatches() == []


def test_an_undo_settles_anew_oldest_first(office: Any) -> None:
    """fault A5: §8.14: after a void the older instalments take what the later ones had; a hand's choice stays."""
    order = _order(office, "100")
    office.lin.fires("plan", order, instalments=4, first_on="2026-12-01")
    plans = office.plans(order)
    first = office.finance.pays(order, "30")
    office.finance.pays(order, "20")
    office.finance.pays(order, "10", plan=plans[3])
    assert [plan.settled for plan in plans] == [D(25), D(25), D(0), D(10)]
    office.finance.fires("void", first, reason="记错")
    assert [plan.settled for plan in plans] == [D(20), D(0), D(0), D(10)]
    assert [plan.status.value for plan in plans] == ["partly", "open", "open", "partly"]
    assert (order.received, order.receivable, first.left, first.allocations) == (D(30), D(70), D(0), [])
    assert office.mismatches() == []


def test_one_instalment_of_two_payments_and_one_payment_over_three(office: Any) -> None:
    """Traps, money 5; §8.14: what is settled never exceeds either side."""
    order = _order(office, "90")
    office.lin.fires("plan", order, instalments=3, first_on="2026-12-01")
    office.finance.pays(order, "20")
    second = office.finance.pays(order, "60")
    plans = office.plans(order)
    assert [plan.settled for plan in plans] == [D(30), D(30), D(20)]
    assert _parts(second) == [
        (order.id, plan.id, amount) for plan, amount in zip(plans, (D(10), D(30), D(20)), strict=True)
    ]
    assert office.mismatches() == []


def test_a_chosen_instalment_of_a_prepayment(office: Any) -> None:
    """§8.14: who assigns may choose the instalment; one of another order is refused."""
    order, other = _order(office, "100"), _order(office, "50")
    for one in (order, other):
        office.lin.fires("plan", one, instalments=2, first_on="2026-12-01")
    payment = _prepaid(office, order.customer, "30")
    with refused("invalid"):
        office.finance.fires("assign", payment, sales_order=order.id, plan=office.plans(other)[0].id)
    office.finance.fires("assign", payment, sales_order=order.id, plan=office.plans(order)[1].id)
    assert [plan.settled for plan in office.plans(order)] == [D(0), D(30)]


def test_what_is_not_there_is_not_assigned_nor_taken_back(office: Any) -> None:
    """§8.14: nothing is left to assign, nothing is assigned, something was refunded."""
    order = _order(office, "100")
    paid, prepaid = office.finance.pays(order, "100"), _prepaid(office, order.customer, "50")
    with tripped(Payment, "something_is_left"):
        office.finance.fires("assign", paid, sales_order=order.id)
    with tripped(Payment, "something_is_assigned"):
        office.finance.fires("unassign", prepaid, allocation=1)
    office.finance.fires("refund", prepaid, amount="10", method="现金")
    with tripped(Payment, "nothing_refunded"):
        office.finance.fires("void", prepaid, reason="记错")


def test_an_account_has_each_bank_serial_number_once(office: Any) -> None:
    """fault A4: §8.14: 收款账户 with the number of the bank; the same slip is not recorded twice."""
    account = office.finance.creates(ReceivingAccount, name="工行基本户", bank="工商银行", account="0200001")
    other = office.finance.creates(ReceivingAccount, name="支付宝")
    customer = _order(office, "100").customer
    _prepaid(office, customer, "10", account=account, bank_serial="A1")
    _prepaid(office, customer, "10", account=other, bank_serial="A1")
    with refused("duplicate"):
        _prepaid(office, customer, "10", account=account, bank_serial="A1")
    office.finance.changes(other, discontinued=True)
    with refused("invalid"):
        _prepaid(office, customer, "10", account=other)


PLANS = {1: D(25), 2: D(25), 3: D(50)}


@pytest.mark.parametrize(
    ("pieces", "given_back", "wanted"),
    [
        ([(1, None, 30)], 0, {(1, None, 1): 25, (1, None, 2): 5}),
        ([(1, 3, 60)], 0, {(1, 3, 3): 50, (1, 3, 1): 10}),
        ([(1, None, 30), (2, 1, 25)], 0, {(2, 1, 1): 25, (1, None, 2): 25, (1, None, 3): 5}),
        (
            [(1, None, 100), (2, None, 20)],
            0,
            {(1, None, 1): 25, (1, None, 2): 25, (1, None, 3): 50, (2, None, None): 20},
        ),
        ([(1, None, 30), (2, None, 20)], 20, {(1, None, 1): 25, (1, None, 2): 5, (2, None, None): 20}),
        ([(1, None, 30), (2, 3, 20)], 40, {(1, None, 1): 10, (1, None, None): 20, (2, 3, None): 20}),
    ],
)
def test_money_covers_what_was_chosen_and_then_the_oldest(
    pieces: list[Any], given_back: int, wanted: dict[Any, int]
) -> None:
    """§8.14: a chosen instalment first, then the oldest; the latest money is what was given back."""
    found = spread(PLANS, [Piece(payment, plan, D(amount)) for payment, plan, amount in pieces], D(given_back))
    told = {(piece.payment_id, piece.chosen_plan_id, plan): amount for (piece, plan), amount in found.items()}
    assert told == {key: D(amount) for key, amount in wanted.items()}
