"""Whatever the rules say: the step, the list, the names on the page and “next one” agree on who decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core.actor import Actor
from app.core.appbuilder import Role
from app.core.clock import today
from app.core.db.base import db, model_name
from app.core.flow.workflow import WORKFLOWS
from app.demo.people import CAST
from app.models.document import Approved
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from app.models.system.approval_rule import ApprovalRule, DecidedBy
from app.models.system.user import AppUser
from app.security.accounts.people import actor_named, user_named
from app.security.approvals.deciding import approvers_of, next_to_decide, waits_for
from app.security.dictionaries import item_named
from app.security.granting import grant
from app.security.policy import is_visible, visible
from app.security.roles import R
from tests.properties.effort import effort

MODELS: tuple[type[Any], ...] = (SalesOrder, PurchaseOrder)
CATEGORIES = {SalesOrder: ("order_category", "服务"), PurchaseOrder: ("purchase_category", "样品")}
LOGINS = ("manager", "director", "boss", "finance", "purchaser", "lin")
DAYS = st.sampled_from([None, -1, 0, 1])

RULE = st.fixed_dictionaries({
    "model": st.sampled_from(MODELS),
    "decided_by": st.sampled_from(DecidedBy),
    "role": st.sampled_from([R.boss, R.sales_director, R.sales_manager, R.finance, R.purchaser]),
    "people": st.sets(st.sampled_from(LOGINS), min_size=1, max_size=3),
    "total_from": st.sampled_from([None, D(100), D(500)]),
    "discount_below": st.sampled_from([None, D("0.9"), D("0.75")]),
    "has_category": st.booleans(),
    "deputy": st.sampled_from([None, *LOGINS]),
    "deputy_from": DAYS,
    "deputy_until": DAYS,
})  # fmt: skip


@dataclass
class Firm:
    """Documents that wait, and the people who might decide on them."""

    documents: list[Any]
    people: dict[str, Actor]


@pytest.fixture
def firm(office: Any) -> Firm:
    """Orders and purchases above and below every limit; finance and purchasing may decide as well."""

    def give(session: Any, actor: Actor) -> None:
        for name in (R.finance, R.purchaser):
            role = session.scalars(sa.select(Role).where(Role.name == name)).one()
            held = {(p.permission.name.removeprefix("can_"), p.view_menu.name) for p in role.permissions}
            grant(session, role, held | {("approve", model_name(model)) for model in MODELS}, actor)

    office.admin.does(give)
    session = db.session()
    category = {model: item_named(session, *name) for model, name in CATEGORIES.items()}
    product, supplier = office.product(price="10"), office.purchaser.creates(Supplier, name="永康五金厂")
    office.admin.changes(user_named(session, "ma"), manager=None)
    wanted = (
        ("lin", "5", "10", True), ("lin", "60", "8", False), ("xu", "20", "7", True), ("director", "60", "12", False),
        ("boss", "1", "9", False), ("ma", "50", "10", True),
    )  # fmt: skip
    found: list[Any] = []
    for owner, quantity, price, has_category in wanted:
        chosen = {"category": category[SalesOrder]} if has_category else {}
        found.append(office.order(owner, [(product, quantity, price)], **chosen))
        office.person("director" if owner == "xu" else owner).fires("submit", found[-1])
    for quantity, has_category in (("5", True), ("90", False)):
        lines = [{"product": product, "quantity": D(quantity), "unit_price": D(6)}]
        values = {"category": category[PurchaseOrder]} if has_category else {}
        day = dt.date(2026, 11, 2)
        order = office.purchaser.creates(
            PurchaseOrder, supplier=supplier, subject="备货", ordered_on=day, expected_on=day, lines=lines, **values
        )
        office.purchaser.fires("submit", order)
        found.append(order)
    return Firm(found, {login: actor_named(session, login) for login in CAST})


def store(rules: list[dict[str, Any]]) -> list[ApprovalRule]:
    """These rules and no others, past the checks of the page: whatever is stored must be read alike everywhere."""
    session = db.session()
    for old in session.scalars(sa.select(ApprovalRule)):
        session.delete(old)
    session.flush()
    found = []
    for n, drawn in enumerate(rules):
        dictionary = CATEGORIES[drawn["model"]]
        is_role, is_people = drawn["decided_by"] is DecidedBy.role, drawn["decided_by"] is DecidedBy.people
        begins, ends = (None if d is None else today() + dt.timedelta(days=d) for d in _days(drawn))
        rule = ApprovalRule(
            name=f"规则{n}", document=model_name(drawn["model"]), decided_by=drawn["decided_by"],
            role=session.scalars(sa.select(Role).where(Role.name == drawn["role"])).one() if is_role else None,
            people=[_user(login) for login in sorted(drawn["people"])] if is_people else [],
            total_from=drawn["total_from"], discount_below=drawn["discount_below"],
            category=item_named(session, *dictionary) if drawn["has_category"] else None,
            deputy=_user(drawn["deputy"]) if drawn["deputy"] else None, deputy_from=begins, deputy_until=ends,
        )  # fmt: skip
        session.add(rule)
        session.flush()
        found.append(rule)
    session.commit()
    return found


def _days(drawn: dict[str, Any]) -> tuple[int | None, int | None]:
    begins, ends = drawn["deputy_from"], drawn["deputy_until"]
    return (begins, begins) if None not in (begins, ends) and ends < begins else (begins, ends)


def _user(login: str) -> AppUser:
    found = user_named(db.session(), login)
    assert found is not None
    return found


def expected(login: str, document: Any, rules: list[ApprovalRule], firm: Firm) -> bool:
    """The rules as their page tells them, read once more and without SQL."""
    actor = firm.people[login]
    if actor.user_id in (document.owner_id, document.created_by_id, document.submitted_by_id):
        return False
    if not actor.may("approve", type(document)) or not is_visible(db.session(), document, actor):
        return False
    above = _above(document.owner)
    fitting = [rule for rule in rules if _fits(rule, document)]
    if not fitting and isinstance(document, PurchaseOrder):
        return "boss" in actor.roles
    strictest = sorted(
        fitting,
        key=lambda r: (r.total_from or D(0), -(r.discount_below or D(9)), r.category is not None, r.id),
    )[-1:]
    if not strictest or strictest[0].decided_by is DecidedBy.superior:
        return actor.user_id in above if above else bool(actor.roles & {"boss", "sales_director"})
    [rule] = strictest
    is_turn = (rule.deputy_from or today()) <= today() <= (rule.deputy_until or today())
    if rule.deputy_id == actor.user_id and is_turn:
        return True
    if rule.decided_by is DecidedBy.role:
        return rule.role.name in actor.roles
    return actor.user_id in [person.id for person in rule.people]


def _above(person: AppUser) -> list[int]:
    return [person.manager.id, *_above(person.manager)] if person.manager else []


def _fits(rule: ApprovalRule, document: Any) -> bool:
    line_discounts = [line.unit_price / line.list_price for line in document.lines]
    return (
        rule.document == model_name(document)
        and (rule.total_from is None or document.total >= rule.total_from)
        and (rule.discount_below is None or any(part < rule.discount_below for part in line_discounts))
        and (rule.category is None or document.category is rule.category)
    )


@effort()
@given(drawn=st.lists(RULE, max_size=5))
def test_all_ways_to_ask_who_decides_agree(firm: Firm, drawn: list[dict[str, Any]]) -> None:
    """§8.7, §12.4: every person × document, for any rules."""
    session = db.session()
    rules = store(drawn)
    wanted = {
        login: {(model_name(d), d.id) for d in firm.documents if expected(login, d, rules, firm)} for login in CAST
    }
    for login, actor in firm.people.items():
        taken = {
            (model_name(document), document.id) for document in firm.documents if _may_take(document, "approve", actor)
        }
        listed: set[tuple[str, int]] = set()
        for model in MODELS:
            query = visible(sa.select(model.id), model, actor).where(waits_for(session, model, actor))
            keys = set(session.scalars(query))
            assert next_to_decide(session, model, actor)[1] == len(keys)
            listed |= {(model_name(model), key) for key in keys}
        assert taken == wanted[login], login
        assert listed == wanted[login], login
    for document in firm.documents:
        deciding = {CAST[login][0] for login in CAST if (model_name(document), document.id) in wanted[login]}
        assert set(approvers_of(session, document)) == deciding, document


def _may_take(document: Approved, action: str, actor: Actor) -> bool:
    workflow = WORKFLOWS[type(document)]
    return not workflow.refusals(document, workflow.step(action), actor)
