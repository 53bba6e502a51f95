"""The ground rules under every document: numbers, history, stale forms, deletion and restoring, verification."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.clock import today
from app.core.db import append_only
from app.core.db.base import db
from app.core.money import line_amount, tax_in
from app.core.record import recycle
from app.core.record.audit import AuditEntry
from app.core.record.numbering import next_numbers
from app.models.sales.sales_order import SalesOrder
from app.models.system.user import AppUser
from app.security.policy import is_visible
from tests.support.office import refused

pytestmark = pytest.mark.sql


def test_numbers_run_per_prefix_and_day_and_grow_past_four_digits(office: Any) -> None:
    """§8.4: 统一编号: prefix, day, running number; never reused."""
    day = f"{today():%Y%m%d}"

    def take(session: Any, _actor: Any, count: int = 1) -> list[str]:
        return next_numbers(session, "DD", count)

    assert office.lin.does(take) == [f"DD{day}0001"]
    assert office.lin.does(lambda s, a: take(s, a, 9998))[-1] == f"DD{day}9999"
    assert office.lin.does(take) == [f"DD{day}10000"]


def test_a_refused_order_leaves_no_trace_in_the_history(office: Any) -> None:
    """spec §0: what was refused did not happen."""
    (product,) = office.stocked("5")
    order = office.approved("lin", [(product, "1")])
    before = office.history(order)

    def by_hand(session: Any, _actor: Any) -> None:
        session.get(SalesOrder, order.id).subject = "改"
        session.flush()

    with refused("frozen"):
        office.lin.does(by_hand)
    office.lin.changes(order, remark="好")
    assert office.history(order) == [*before, "update"]


def test_the_history_tells_field_old_new_person_role_and_step(office: Any) -> None:
    """spec §0: 数据日志 on every record."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    office.lin.changes(order, subject="十一月补货")
    office.lin.fires("submit", order)
    office.manager.fires("reject", order, reason="太贵")
    query = sa.select(AuditEntry).where(AuditEntry.model == "sales_order").order_by(AuditEntry.id)
    create, update, submit, reject = db.session.scalars(query)
    assert (create.action, update.changes) == ("create", {"subject": ["补货", "十一月补货"]})
    assert (submit.from_state, submit.to_state, submit.role) == ("draft", "pending", "sales")
    assert (reject.note, reject.user_id) == ("太贵", office.manager.actor.user_id)


def test_what_must_have_a_value_is_not_blanked(office: Any) -> None:
    """§8.4: required fields stay filled; those the rules fill keep what they have."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    with refused("invalid"):
        office.lin.changes(order, subject="  ")
    with refused("invalid"):
        office.lin.changes(order, signed_on=None)
    office.lin.changes(order, category=None, warehouse=None)
    assert (order.category.label, order.warehouse.code) == ("产品销售", "MAIN")
    with refused("invalid"):
        office.admin.changes(office.warehouse(), name=" ")


def test_lines_that_leave_the_total_as_it_was_make_a_form_stale_too(office: Any) -> None:
    """Manual 8.5: three of one and seven of another become seven and three: another order. spec.md §0."""
    first, second = office.product(price="10"), office.product(price="10")
    order = office.order("lin", [(first, "3"), (second, "7")])
    seen, total = order.version, order.total
    swapped = [{"id": line.id, "quantity": 10 - line.quantity} for line in order.lines]
    office.lin.changes(order, lines=swapped)
    assert (order.total, order.version) == (total, seen + 1)
    with refused("stale"):
        office.lin.changes(order, seen, lines=swapped)
    office.lin.changes(order, lines=swapped)
    assert order.version == seen + 1, "nothing has changed, so nothing is out of date"


def test_a_stale_form_overwrites_nothing(office: Any) -> None:
    """spec §0: two people edit; the second is told."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "1")])
    version = order.version
    office.manager.changes(order, version, subject="经理改")
    with refused("stale"):
        office.lin.changes(order, version, subject="销售改")
    assert order.subject == "经理改"


def test_a_deleted_draft_comes_back_whole_from_the_recycle_bin(office: Any) -> None:
    """spec §0: drafts only; number, lines and amounts return, as a draft."""
    (product,) = office.stocked("5")
    order = office.order("lin", [(product, "2", "9.5")])
    number, key = order.number, order.id
    office.lin.deletes(order)
    assert db.session.get(SalesOrder, key) is None
    deleted = db.session.scalars(sa.select(recycle.DeletedRecord)).one()
    restored = office.lin.does(lambda session, actor: recycle.restore(session, deleted, actor))
    assert (restored.number, restored.total, restored.lines[0].quantity) == (number, D("19.00"), D(2))
    office.lin.fires("submit", restored)
    with refused("not_a_draft"):
        office.lin.deletes(restored)
    assert office.history(restored) == ["create", "delete", "restore", "submit"]


def test_what_cannot_come_back_says_so(office: Any) -> None:
    """spec §0: a name taken meanwhile."""
    customer = office.customer("lin", "北京银河有限公司")
    office.lin.deletes(customer)
    office.customer("zhou", "北京银河有限公司")
    deleted = db.session.scalars(sa.select(recycle.DeletedRecord)).one()
    with refused("cannot_restore"):
        office.lin.does(lambda session, actor: recycle.restore(session, deleted, actor))


def test_amounts_are_rounded_once_half_up_at_the_line(office: Any) -> None:
    """spec §0: 含税单价 with 4 decimals, amounts with 2; tax = amount × rate ÷ (1 + rate)."""
    assert line_amount(D("3"), D("0.0050")) == D("0.02")
    assert line_amount(D("1.5"), D("9.9950")) == D("14.99")
    assert tax_in(D("113.00"), D("0.13")) == D("13.00")
    assert tax_in(D("100.00"), D("0.13")) == D("11.50")


@pytest.mark.parametrize(
    ("statement", "table", "told"),
    [
        ("UPDATE stock_balance SET on_hand = on_hand + 1000", None, "stock_balance"),
        ("DELETE FROM stock_ledger_entry WHERE kind = 'issue'", "stock_ledger_entry", "stock_balance"),
        ("DELETE FROM stock_ledger_entry WHERE kind = 'opening'", "stock_ledger_entry", "is missing"),
        ("UPDATE stock_ledger_entry SET on_hand_change = on_hand_change + 1000", "stock_ledger_entry", "altered"),
        ("UPDATE stock_ledger_entry SET document_number = 'X'", "stock_ledger_entry", "altered"),
        ("UPDATE receivable_ledger_entry SET receivable_change = 1", "receivable_ledger_entry", "altered"),
        ("DELETE FROM receivable_ledger_entry", "receivable_ledger_entry", "customer_balance"),
        ("UPDATE customer_balance SET received = received + 1", None, "customer_balance"),
        ("UPDATE sales_order SET received = received + 1", None, "received"),
        ("UPDATE sales_order_line SET shipped = 0", None, "shipped"),
        ("UPDATE payment_plan SET settled = settled - 1 WHERE settled > 0", None, "settled"),
    ],
)  # fmt: skip
def test_verify_finds_what_was_changed_behind_the_applications_back(
    office: Any, statement: str, table: str | None, told: str
) -> None:
    """spec §0: every cached balance equals the sum of its ledger, and each mismatch is named."""
    (product,) = office.stocked("50")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    office.shipped(order)
    office.finance.pays(order, "15")
    assert office.mismatches() == []
    with db.engine.begin() as connection:
        if table:
            append_only.remove(connection, [table])
        connection.execute(sa.text(statement))
        append_only.install(connection, append_only.append_only_tables())
    assert any(told in line for line in office.mismatches())


def test_verify_finds_a_missing_trigger(office: Any) -> None:
    """spec §0: append-only is enforced in the database itself."""
    with db.engine.begin() as connection:
        append_only.remove(connection, ["audit_entry"])
    events = ["update", "delete", *(["truncate"] if db.engine.dialect.name == "postgresql" else [])]
    assert office.mismatches() == [f"trigger audit_entry_no_{event} is missing" for event in events]


def test_who_left_stays_on_old_records_and_cannot_act(office: Any) -> None:
    """spec §1: shown as 姓名(离职)."""
    lin = db.session.get(AppUser, office.lin.actor.user_id)
    office.admin.changes(lin, has_left=True)
    assert (str(lin), lin.active) == ("林晓(离职)", False)


def test_nobody_stands_above_themselves(office: Any) -> None:
    """spec §1: superiors are a chain; a circle is refused."""
    people = {
        login: db.session.get(AppUser, office.person(login).actor.user_id) for login in ("boss", "lin", "manager")
    }
    with refused("superior_circle"):
        office.admin.changes(people["boss"], manager=people["lin"])
    office.admin.changes(people["lin"], manager=None)
    order_owner = office.customer("lin")
    assert not is_visible(db.session(), order_owner, office.manager.actor)


def test_no_customer_stands_above_itself(office: Any) -> None:
    """Manual 6.2: neither at once nor by way of others; a customer of its own was once answered with “500”."""
    group, firm, shop = (office.customer("lin", name=name) for name in ("华东集团", "华东机电", "华东门店"))
    office.lin.changes(firm, parent=group)
    office.lin.changes(shop, parent=firm)
    for above in (group, firm, shop):
        with refused("superior_circle"):
            office.lin.changes(group, parent=above)
    office.lin.changes(group, parent=None)
    office.lin.changes(shop, parent=group)
