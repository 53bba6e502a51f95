"""Who decides is the administrator's to say: by superior, role or name, from an amount, a discount or a category on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.appbuilder import Role
from app.core.clock import today
from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.core.record.entry import ENTRIES
from app.core.record.recycle import DeletedRecord, restore
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from app.models.system.approval_rule import ApprovalRule, DecidedBy
from app.security.approvals.deciding import approvers_of, next_to_decide
from app.security.dictionaries import item_named
from app.security.granting import grant
from tests.plugins.trips import tripped
from tests.support.office import refused

D = Decimal
DAY = dt.timedelta(days=1)


def may(office: Any, role: str, *rights: tuple[str, str]) -> None:
    """The administrator gives a role these rights besides those it has."""

    def work(session: Any, actor: Any) -> None:
        row = session.scalars(sa.select(Role).where(Role.name == role)).one()
        held = {(p.permission.name.removeprefix("can_"), p.view_menu.name) for p in row.permissions}
        grant(session, row, held | set(rights), actor)

    office.admin.does(work)


DECIDES = (("approve", "sales_order"), ("reject", "sales_order"))


def pending(office: Any, quantity: str, price: str = "10", owner: str = "lin", **values: Any) -> SalesOrder:
    """An order of one product at ¥10, sold at this price, that waits."""
    order: SalesOrder = office.order(owner, [(office.product(price="10"), quantity, price)], **values)
    office.person(owner).fires("submit", order)
    return order


def purchase(office: Any) -> PurchaseOrder:
    supplier = office.purchaser.creates(Supplier, name=f"永康五金{office._next()}厂")
    lines = [{"product": office.product(), "quantity": D(1), "unit_price": D(5)}]
    day = dt.date(2026, 11, 2)
    order: PurchaseOrder = office.purchaser.creates(
        PurchaseOrder, supplier=supplier, subject="备货", ordered_on=day, expected_on=day, lines=lines
    )
    office.purchaser.fires("submit", order)
    return order


def names(document: Any) -> list[str]:
    return approvers_of(db.session(), document)


def test_without_a_rule_superiors_decide_on_orders_and_the_boss_on_purchases(office: Any) -> None:
    """Manual 8.7, 12.4: what held before anybody wrote a rule."""
    order, bought = pending(office, "1"), purchase(office)
    assert names(order) == ["销售主管", "营销总监", "总经理"]
    assert names(bought) == ["总经理"]
    assert names(pending(office, "1", owner="boss")) == ["营销总监"], "nobody stands above: another director"
    office.manager.fires("approve", order)
    office.boss.fires("approve", bought)


def test_large_orders_go_to_the_role_of_the_rule(office: Any) -> None:
    """Manual 8.7: from 1,000 yuan on the director decides, below it any superior."""
    office.rule(role="sales_director", total_from=D(1000))
    small, large = pending(office, "99"), pending(office, "100")
    with tripped(SalesOrder, "is_its_approver") as caught:
        office.manager.fires("approve", large)
    assert "审批规则" in caught.value.message
    with refused("not_allowed"):
        office.boss.fires("reject", large, reason="也不行")
    assert names(large) == ["营销总监"]
    office.manager.fires("approve", small)
    office.director.fires("approve", large)


def test_a_price_far_below_list_goes_to_the_boss(office: Any) -> None:
    """Manual 8.7, 8.8: a line below 85 % of its list price; one at 85 % is not below it."""
    office.rule(role="boss", discount_below=D("0.85"))
    usual, low = pending(office, "1", "8.5"), pending(office, "1", "8.4999")
    assert (usual.lowest_discount, low.lowest_discount) == (D("0.85"), D("0.8499"))
    assert (names(usual)[0], names(low)) == ("销售主管", ["总经理"])
    with tripped(SalesOrder, "is_its_approver"):
        office.director.fires("approve", low)
    office.boss.fires("approve", low)


def test_a_category_has_approvers_of_its_own(office: Any) -> None:
    """Manual 8.7: people named for one category of orders; the category may be renamed."""
    item = item_named(db.session(), "order_category", "代理分销")
    office.rule(people="director boss", category=item)
    of_it, other = pending(office, "1", category=item), pending(office, "1")
    office.admin.changes(item, label="渠道分销")
    assert names(of_it) == ["营销总监", "总经理"]
    with refused("not_allowed"):
        office.manager.fires("approve", of_it)
    office.manager.fires("approve", other)
    office.director.fires("approve", of_it)


def test_of_several_rules_the_strictest_decides(office: Any) -> None:
    """Manual 8.7: the highest amount, then the lowest discount, then the category."""
    item = item_named(db.session(), "order_category", "服务")
    office.rule(people="manager", category=item)
    office.rule(people="director", discount_below=D("0.9"))
    office.rule(people="boss", discount_below=D("0.7"))
    office.rule(role="sales_manager", total_from=D(500))
    office.rule(role="boss", total_from=D(500), discount_below=D("0.9"))
    told = {
        "category": names(pending(office, "1", "9.5", category=item)),
        "discount": names(pending(office, "1", "8", category=item)),
        "lower": names(pending(office, "1", "6")),
        "amount": names(pending(office, "60")),
        "both": names(pending(office, "60", "8.9")),
    }
    assert told == {
        "category": ["销售主管"], "discount": ["营销总监"], "lower": ["总经理"], "amount": ["销售主管"],
        "both": ["总经理"],
    }  # fmt: skip


def test_a_deputy_decides_in_place_of_those_named_while_it_is_their_turn(office: Any) -> None:
    """Manual 8.7: from the first day to the last, and never on their own."""
    office.rule(people="boss", deputy="director", deputy_from=today() - DAY, deputy_until=today())
    order, own = pending(office, "1"), pending(office, "1", owner="director")
    assert names(order) == ["营销总监", "总经理"]
    assert names(own) == ["总经理"]
    with tripped(SalesOrder, "not_own"):
        office.director.fires("approve", own)
    office.director.fires("approve", order)
    later = office.rule(people="boss", total_from=D(10), deputy="director", deputy_from=today() + DAY)
    waiting = pending(office, "1")
    with tripped(SalesOrder, "is_its_approver"):
        office.director.fires("approve", waiting)
    office.admin.changes(later, deputy_from=None, deputy_until=today() - DAY)
    assert names(waiting) == ["总经理"]
    office.admin.changes(later, deputy_until=None)
    office.director.fires("approve", waiting)


def test_nobody_decides_on_their_own_whatever_the_rules_say(office: Any) -> None:
    """Manual 8.7: not on what they own, entered or submitted."""
    office.rule(people="manager director")
    entered = office.order("lin", [(office.product(), "1")])
    office.manager.fires("submit", entered)
    assert names(entered) == ["营销总监"]
    with tripped(SalesOrder, "not_own"):
        office.manager.fires("approve", entered)
    assert next_to_decide(db.session(), SalesOrder, office.manager.actor) == (None, 0)
    assert next_to_decide(db.session(), SalesOrder, office.director.actor) == (entered.id, 1)
    office.director.fires("reject", entered, reason="价格偏低")


def test_somebody_outside_the_chain_decides_when_a_rule_names_them(office: Any) -> None:
    """Manual 8.7, 12.4: finance decides on orders and purchases, once it holds the right."""
    with refused("nobody_decides") as caught:
        office.rule(role="finance")
    assert (caught.value.field, "财务" in caught.value.message) == ("role", True)
    may(office, "finance", *DECIDES, ("approve", "purchase_order"), ("reject", "purchase_order"))
    office.rule(role="finance")
    office.rule(PurchaseOrder, people="finance boss", total_from=D(1))
    order, bought = pending(office, "1"), purchase(office)
    assert (names(order), names(bought)) == (["财务"], ["总经理", "财务"])
    office.finance.fires("approve", order)
    office.finance.fires("approve", bought)
    assert office.mismatches() == []


def test_who_is_named_but_may_not_see_the_order_does_not_decide(office: Any) -> None:
    """Manual 6.5, 8.7: a manager sees the orders of their own people only."""
    office.rule(role="sales_manager")
    order = pending(office, "1", owner="xu")
    with tripped(SalesOrder, "is_its_approver"):
        office.manager.fires("approve", order)
    assert names(order) == []


def test_a_rule_that_leaves_nobody_to_decide_is_refused_with_who_lacks_what(office: Any) -> None:
    """Manual 8.7."""
    for values, field in (({"role": "warehouse"}, "role"), ({"people": "lin keeper"}, "people")):
        with refused("nobody_decides") as caught:
            office.rule(**values)
        assert caught.value.field == field
    assert ("林晓、库管" in caught.value.message, "订单" in caught.value.message) == (True, True)
    with refused("nobody_decides") as caught:
        office.rule(PurchaseOrder, role="sales_director")
    assert "营销总监" in caught.value.message


def test_a_rule_that_some_cannot_follow_is_saved_with_a_warning(office: Any) -> None:
    """Manual 8.7: who lacks the right, who is alone, and what nobody would see."""
    entry = office.rule(people="lin boss", deputy="keeper")
    told = warnings_of(office, entry)
    assert len(told) == 2
    assert "林晓、库管" in told[0]
    assert "总经理" in told[1]
    assert warnings_of(office, office.rule(role="sales_manager", total_from=D(5)))[-1].startswith(
        "所指定的人都看不到全部"
    )
    assert warnings_of(office, office.rule(total_from=D(7))) == []


def warnings_of(office: Any, rule: ApprovalRule) -> list[str]:
    found = ENTRIES[ApprovalRule].warnings(db.session(), rule, office.admin.actor)
    return [warning["message"] for warning in found]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"decided_by": "role"}, "role"), ({"decided_by": "people"}, "people"), ({"deputy": "boss"}, "deputy"),
        ({"role": "boss", "decided_by": "people", "people": "boss"}, "role"),
        ({"people": "boss", "decided_by": "superior"}, "people"),
        ({"people": "boss", "deputy": "boss"}, "deputy"), ({"people": "boss", "deputy_from": today()}, "deputy"),
        ({"people": "boss", "deputy": "director", "deputy_from": today(), "deputy_until": today() - DAY},
         "deputy_until"),
        ({"total_from": D(0)}, "total_from"), ({"discount_below": D("1.0001")}, "discount_below"),
        ({"discount_below": D(0)}, "discount_below"),
    ],
)  # fmt: skip
def test_a_rule_that_contradicts_itself_is_refused(office: Any, wrong: dict[str, Any], field: str) -> None:
    """Manual 8.7."""
    if "decided_by" in wrong:
        wrong = {**wrong, "decided_by": DecidedBy(wrong["decided_by"])}
    with refused("invalid") as caught:
        office.rule(**wrong)
    assert field in {reason.field for reason in caught.value.reasons}


def test_a_rule_asks_for_categories_of_its_own_documents_and_tells_of_its_double(office: Any) -> None:
    """Manual 8.7, 12.4."""
    item = item_named(db.session(), "order_category", "服务")
    with refused("invalid") as caught:
        office.rule(PurchaseOrder, category=item)
    assert [reason.field for reason in caught.value.reasons] == ["category"]
    first = office.rule(role="boss", category=item)
    second = office.rule(people="director", category=item)
    office.rule(PurchaseOrder, category=item_named(db.session(), "purchase_category", "样品"))
    assert first.name in warnings_of(office, second)[0]
    order = pending(office, "1", category=item)
    assert names(order) == ["营销总监"], "the younger one holds"
    office.admin.deletes(second)
    assert names(order) == ["总经理"]


def test_the_log_tells_who_changed_a_rule_and_whom_it_names(office: Any) -> None:
    """Manual 8.7; spec.md §1."""
    rule = office.rule(people="boss")
    with refused("not_allowed"):
        office.boss.changes(rule, total_from=D(5))
    office.admin.changes(rule, total_from=D(5))
    query = sa.select(AuditEntry.action, AuditEntry.changes, AuditEntry.user_id).where(
        AuditEntry.model == "approval_rule", AuditEntry.record_id == rule.id
    )
    rows = db.session.execute(query.order_by(AuditEntry.id)).all()
    assert [row.action for row in rows] == ["create", "update", "update"]
    assert rows[1].changes == {"people": [[], ["总经理"]]}
    assert rows[2].changes == {"total_from": [None, "5"]}
    assert {row.user_id for row in rows} == {office.admin.actor.user_id}


def test_a_deleted_rule_holds_no_longer_and_comes_back_with_its_people(office: Any) -> None:
    """Manual 8.7; spec.md §0."""
    rule = office.rule(people="director boss")
    order = pending(office, "1")
    assert names(order) == ["营销总监", "总经理"]
    office.admin.deletes(rule)
    assert names(order) == ["销售主管", "营销总监", "总经理"]
    deleted = db.session.scalars(sa.select(DeletedRecord)).one()
    office.admin.does(lambda session, actor: restore(session, deleted, actor))
    assert names(order) == ["营销总监", "总经理"]


def test_the_lowest_discount_follows_the_lines_and_is_verified(office: Any) -> None:
    """Manual 8.4: the line furthest below its list price; none where nothing has one."""
    listed, free = office.product(price="10"), office.product(price="0")
    order = office.order("lin", [(listed, "1", "12"), (listed, "1", "9"), (free, "1", "5")])
    assert order.lowest_discount == D("0.9")
    first, second, third = order.lines
    office.lin.changes(order, lines=[{"id": first.id}, {"id": third.id}])
    assert order.lowest_discount == D(1)
    office.lin.changes(order, lines=[{"id": third.id}])
    assert order.lowest_discount is None
    assert office.mismatches() == []
    db.session.execute(sa.text("UPDATE sales_order SET lowest_discount = 5000"))
    db.session.commit()
    assert [line for line in office.mismatches() if "lowest_discount is 0.5" in line]
