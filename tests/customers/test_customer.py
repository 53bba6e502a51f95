"""Customers and contacts: kinds, duplicates, sharing, hot marks."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.models.customers.customer import Contact, Customer, LifeCycle
from app.models.system.user import AppUser
from app.security.dictionaries import item_named
from app.security.policy import is_visible
from app.security.roles import R
from tests.support.office import refused


def _contacts(customer: Customer) -> list[Contact]:
    return list(db.session.scalars(sa.select(Contact).where(Contact.customer_id == customer.id)))


def test_an_individual_is_customer_and_contact_in_one_save(office: Any) -> None:
    """§6.2, §6.3: 个人客户 makes both; its name may repeat."""
    first = office.customer("lin", "王杰", kind="individual", mobile="138 0000-0001")
    second = office.customer("lin", "王杰", kind="individual")
    (contact,) = _contacts(first)
    assert (contact.name, contact.mobile, contact.is_primary) == ("王杰", "13800000001", True)
    assert first.number != second.number


@pytest.mark.sql
def test_a_companys_name_is_unique_whatever_its_spaces_and_width(office: Any) -> None:
    """§6.2: 企业客户 do not repeat; spaces, full-width brackets and case make no difference."""
    office.customer("lin", "北京银河（有限公司）ABC")
    for name in ("北京银河（有限公司）ABC", " 北京银河(有限公司)ａｂｃ "):
        with refused("duplicate_name"):
            office.customer("zhou", name)
    assert _contacts(office.customer("lin", "天津银河有限公司")) == []


def test_near_duplicates_warn_and_save(office: Any) -> None:
    """§6.2: a name that differs in its legal form only is shown, not refused."""
    office.customer("zhou", "北京恒通五金有限公司")
    customer = office.customer("lin", "北京恒通五金股份有限公司")
    warnings = office.lin.does(lambda session, actor: ENTRIES[Customer].warnings(session, customer, actor))
    assert [warning["code"] for warning in warnings] == ["near_duplicate"]


def test_a_mobile_number_must_be_one(office: Any) -> None:
    """§6.4: contact data is entered accurately."""
    with refused("bad_mobile"):
        office.customer("lin", mobile="139102881")
    customer = office.customer("lin")
    with refused("bad_mobile"):
        office.contact(customer, mobile="123")
    with refused("no_name"):
        office.customer("lin", name="   ")


def test_a_contact_stays_with_its_customer_and_one_is_primary(office: Any) -> None:
    """§6.4: whose contact it is cannot change; a new primary contact replaces the old one."""
    customer, other = office.customer("lin"), office.customer("lin")
    first = office.contact(customer, is_primary=True)
    second = office.contact(customer, name="李丽", is_primary=True)
    assert (first.is_primary, second.is_primary) == (False, True)
    with refused("fixed"):
        office.lin.changes(first, customer=other)


def test_kind_class_life_cycle_and_hot_are_independent(office: Any) -> None:
    """§6.1: 潜在, 普通 and 热点 are views over three axes; what was chosen by hand stays."""
    vip = item_named(db.session(), "customer_class", "VIP客户")
    (product,) = office.stocked("10")
    customer = office.customer("lin", class_=vip)
    office.lin.fires("mark_hot", customer, reason="快签了")
    office.approved("lin", [(product, "1")], customer=customer)
    assert (customer.class_.label, customer.life_cycle, customer.is_hot) == ("VIP客户", LifeCycle.signed, False)
    office.lin.changes(customer, life_cycle=LifeCycle.lapsed)
    office.approved("lin", [(product, "1")], customer=customer)
    assert customer.life_cycle is LifeCycle.lapsed


def test_the_eleventh_hot_customer_is_refused(office: Any) -> None:
    """§6.1: at most ten hot customers per salesperson."""
    customers = [office.customer("lin") for _n in range(11)]
    for customer in customers[:10]:
        office.lin.fires("mark_hot", customer)
    with refused("hot_limit"):
        office.lin.fires("mark_hot", customers[10])
    office.lin.fires("unmark_hot", customers[0])
    office.lin.fires("mark_hot", customers[10])


def test_sharing_gives_reading_and_nothing_more(office: Any) -> None:
    """§6.1–6.3 and spec §1: shared with a person or a role, the customer can be read, never changed."""
    customer = office.customer("lin")
    session = db.session()
    seers = ("lin", "manager", "director", "boss", "service")
    blind = ("zhou", "xu", "keeper", "finance", "technical", "admin", "product")
    assert [who for who in (*seers, *blind) if is_visible(session, customer, office.person(who).actor)] == list(seers)
    office.lin.fires("share", customer, users=[office.zhou.actor.user_id], roles=[str(R.technical)])
    assert is_visible(session, customer, office.zhou.actor)
    assert is_visible(session, customer, office.technical.actor)
    with refused("not_allowed"):
        office.zhou.changes(customer, short_name="改")
    with refused("not_allowed"):
        office.zhou.fires("share", customer, users=[])
    with refused("invalid"):
        office.lin.fires("share", customer, users=[999_999])
    office.lin.fires("share", customer, users=[])
    assert not is_visible(session, customer, office.zhou.actor)


def test_nobody_enters_a_customer_for_somebody_elses_side(office: Any) -> None:
    """spec §1: for oneself or someone below; the owner is fixed afterwards."""
    zhou = db.session.get(AppUser, office.zhou.actor.user_id)
    with refused("not_allowed"):
        office.lin.creates(Customer, kind="company", name="甲", owner=zhou)
    customer = office.manager.creates(Customer, kind="company", name="甲", owner=zhou)
    assert customer.owner_id == zhou.id
    with refused("fixed"):
        office.zhou.changes(customer, owner=db.session.get(AppUser, office.lin.actor.user_id))


def test_service_may_add_a_contact_to_any_customer_but_not_change_it(office: Any) -> None:
    """spec §1: 客服 reads all customers and may add contacts only."""
    customer = office.customer("lin")
    contact = office.service.creates(Contact, customer=customer, name="来电人")
    assert contact.id
    with refused("not_allowed"):
        office.service.changes(customer, short_name="改")


@pytest.mark.sql
def test_a_customer_something_refers_to_is_not_deleted(office: Any) -> None:
    """spec §0: master data goes while nothing refers to it, and can come back from the recycle bin."""
    (product,) = office.stocked("10")
    customer = office.customer("lin")
    office.order("lin", [(product, "1")], customer=customer)
    with refused("in_use"):
        office.lin.deletes(customer)
    person = office.customer("lin", "王杰", kind="individual")
    office.lin.deletes(person)
    assert db.session.scalars(sa.select(Customer).where(Customer.name == "王杰")).first() is None
