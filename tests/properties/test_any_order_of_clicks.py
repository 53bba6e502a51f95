"""Whatever is clicked, by whoever, in whatever order: no piece and no cent appears, vanishes or goes negative."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db.base import db
from app.core.db.types import ZERO
from app.core.errors import AppError
from app.models.money.payment import Payment
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue, GoodsIssueState
from app.workflows.money.payment_plan import instalments_of
from app.workflows.sales.order_progress import shipping_status_of
from app.workflows.sales.sales_order import SALES_ORDER
from app.workflows.stock.goods_issue import GOODS_ISSUE
from tests.properties.effort import effort

PEOPLE = ("lin", "zhou", "manager", "director", "boss", "keeper", "finance")
ORDER_ACTIONS = (
    "submit",
    "withdraw",
    "approve",
    "reject",
    "revoke",
    "plan",
    "issue",
    "finish",
    "stop",
    "reopen",
    "refund",
)
ISSUE_ACTIONS = ("confirm", "ship", "cancel")
CLICK = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(ORDER_ACTIONS), st.sampled_from(PEOPLE)),
    st.tuples(st.just("issue"), st.sampled_from(ISSUE_ACTIONS), st.sampled_from(("keeper", "lin"))),
    st.tuples(st.just("pay"), st.sampled_from(("5", "15", "30")), st.just("finance")),
    st.tuples(st.just("void"), st.just(""), st.just("finance")),
)
FORMS: dict[str, dict[str, Any]] = {
    "reject": {"reason": "不行"},
    "stop": {"reason": "取消"},
    "refund": {"method": "现金"},
    "plan": {"instalments": 2, "first_on": "2026-12-01"},
}
TAKEN = (GoodsIssueState.confirmed, GoodsIssueState.shipped)
# A path that goes far, so that random clicks also land on orders in the middle of their life.
HEAD = [
    ("order", "submit", "lin"),
    ("order", "approve", "director"),
    ("order", "issue", "lin"),
    ("issue", "confirm", "keeper"),
]


def _click(office: Any, order: SalesOrder, kind: str, what: str, who: str) -> None:
    person = office.person(who)
    if kind == "order":
        person.fires(what, order, **FORMS.get(what, {}))
    elif kind == "issue":
        issues = db.session.query(GoodsIssue).filter_by(order_id=order.id).order_by(GoodsIssue.id.desc()).all()
        if issues:
            person.fires(what, issues[0])
    elif kind == "pay":
        person.pays(order, what)
    else:
        payments = db.session.query(Payment).filter_by(sales_order_id=order.id, state="recorded").all()
        if payments:
            person.fires("void", payments[-1], reason="记错")


@pytest.mark.parametrize("seed_path", [0, 2, 4])
@effort()
@given(clicks=st.lists(CLICK, max_size=14))
def test_no_order_of_clicks_breaks_the_books(office: Any, seed_path: int, clicks: list[tuple[str, str, str]]) -> None:
    """§8.7, §8.10, §8.11, §8.14, §11.10: after every click stock is whole and everything verifies."""
    products = office.stocked("12", "5") if not office.made else [office.product(), office.product()]
    order = office.order("lin", [(product, "3") for product in products])
    for kind, what, who in [*HEAD[:seed_path], *clicks]:
        try:
            _click(office, order, kind, what, who)
        except AppError:
            db.session.rollback()
    for product in products:
        taken = sum(
            (
                line.quantity
                for issue in db.session.query(GoodsIssue).filter(GoodsIssue.state.in_(TAKEN))
                for line in issue.lines
                if line.product_id == product.id
            ),
            ZERO,
        )  # fmt: skip
        assert office.on_hand(product) >= 0
        assert office.on_hand(product) + taken in (D(12), D(5), D(0))
    assert office.mismatches() == []


@given(
    total=st.decimals(min_value=D("1"), max_value=D("99999999"), places=2),
    count=st.integers(min_value=1, max_value=24),
)
def test_any_plan_sums_exactly_to_its_order(total: D, count: int) -> None:
    """§8.14: Σ instalments = total, none is nothing."""
    parts = instalments_of(total, count)
    assert sum(parts) == total
    assert all(part > 0 for part in parts)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=5))
def test_the_shipping_status_says_what_the_quantities_say(lines: list[tuple[int, int, int]]) -> None:
    """§8.11: the five words, for any legal quantities."""
    legal = [
        (D(ordered), D(min(issued, ordered)), D(min(shipped, issued, ordered))) for ordered, issued, shipped in lines
    ]
    status = shipping_status_of(True, legal).value
    waits = any(issued > shipped for _o, issued, shipped in legal)
    if waits:
        assert status == "to_ship"
    elif all(shipped == ordered for ordered, _i, shipped in legal):
        assert status == "all"
    else:
        assert status == ("partly" if any(shipped for _o, _i, shipped in legal) else "not_issued")
    assert shipping_status_of(False, legal).value == "none"


def test_the_clicks_of_the_machine_are_all_there_are() -> None:
    """§8.7: a new step must be added to the machine above."""
    assert set(ORDER_ACTIONS) == set(SALES_ORDER.steps)
    assert set(ISSUE_ACTIONS) == set(GOODS_ISSUE.steps)
