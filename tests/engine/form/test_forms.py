"""Forms: generated, sent once, refused with everything typed, never overwriting somebody else's work. spec.md §0."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product
from app.models.sales.sales_order import SalesOrder
from app.models.system.setting import DictionaryItem, ItemState

JUNK = [
    "",
    "x" * 5000,
    "\x00",
    "-1",
    "99999999999999999999999",
    "1e400",
    "NaN",
    "[]",
    "<script>",
    "2026-02-30",
    "é\ud7ff",
]


def customers(name: str) -> list[Customer]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Customer).where(Customer.name == name)))


def test_a_customer_is_entered_with_the_required_fields_alone(at: Any) -> None:
    """§6.2, §6.3: the owner is the one who enters it; an individual is contact as well."""
    answer = at("lin").fill("/customer/add", kind="individual", name="赵国强", mobile="13800001111")
    assert answer.status == 303
    (customer,) = customers("赵国强")
    assert answer.location == f"/customer/show/{customer.id}"
    assert customer.owner.username == "lin"
    assert customer.class_.code == "potential"
    assert db.session.scalars(sa.select(Contact).where(Contact.customer_id == customer.id)).one().name == "赵国强"


def test_a_refused_form_keeps_everything_typed(at: Any, office: Any) -> None:
    parent = office.customer(name="上海总部").id
    typed = {"kind": "company", "name": "", "phone": "021-555", "remark": "第一行\n第二行", "parent": str(parent)}
    answer = at("lin").fill("/customer/add", **typed)
    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text
    assert {name: answer.typed(name).replace("\r\n", "\n") for name in typed} == typed
    assert "上海总部" in answer.text


def test_a_rule_of_the_domain_stands_beside_its_field(at: Any, office: Any) -> None:
    """§6.3: a company's name is unique."""
    office.customer(name="北京恒通五金")
    answer = at("lin").fill("/customer/add", kind="company", name="北京恒通五金")
    assert answer.status == 422
    assert 'id="f-name-e"' in answer.text
    assert len(customers("北京恒通五金")) == 1


def test_the_same_form_sent_twice_saves_once_and_leads_to_the_same_place(at: Any) -> None:
    browser = at("lin")
    pairs = browser.open("/customer/add").form()
    first = browser.send("/customer/add", pairs, kind="individual", name="王双")
    second = browser.send("/customer/add", pairs, kind="individual", name="王双")
    assert (first.status, second.status) == (303, 303)
    assert first.location == second.location
    assert len(customers("王双")) == 1


def test_the_same_form_filled_in_differently_is_refused(at: Any) -> None:
    browser = at("lin")
    pairs = browser.open("/customer/add").form()
    browser.send("/customer/add", pairs, kind="individual", name="王一")
    assert browser.send("/customer/add", pairs, kind="individual", name="王二").status == 422
    assert customers("王二") == []


def test_a_button_pressed_twice_acts_once(at: Any, office: Any) -> None:
    order = office.order("lin", [(office.product(), "2")])
    key = order.id
    browser = at("lin")
    pairs = browser.open(f"/salesorder/show/{key}").form(f"/salesorder/action/{key}/submit")
    answers = [browser.send(f"/salesorder/action/{key}/submit", pairs) for _time in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert office.history(db.session.get_one(SalesOrder, key)).count("submit") == 1


def test_a_stale_form_is_refused_with_who_changed_it(at: Any, office: Any) -> None:
    """The typed values stay; saving over it takes a second, knowing step."""
    customer = office.customer()
    key = customer.id
    lin = at("lin")
    pairs = lin.open(f"/customer/edit/{key}").form()
    office.manager.changes(db.session.get_one(Customer, key), phone="010-111")
    db.session.remove()
    answer = lin.send(f"/customer/edit/{key}", pairs, phone="010-222", remark="我的备注")
    assert answer.status == 409
    assert "销售主管" in answer.text
    assert "010-111" in answer.text
    assert (answer.typed("phone"), answer.typed("remark")) == ("010-222", "我的备注")
    again = lin.send(f"/customer/edit/{key}", answer.form())
    assert again.status == 409
    seen = db.session.get_one(Customer, key).version
    db.session.remove()
    assert lin.send(f"/customer/edit/{key}", again.form(), over=str(seen)).status == 303
    assert db.session.get_one(Customer, key).phone == "010-222"


def test_the_answer_to_a_post_says_where_it_can_be_opened_again(at: Any, office: Any) -> None:
    """So that Back, Forward and F5 lead there: app.js puts it into the history."""
    order = office.approved("lin", [(office.product(), "1")])
    key = order.id
    browser = at("lin")
    assert "data-again" not in browser.open("/contact/add?customer=1").text
    refused = browser.fill("/customer/add", name="")
    assert refused.status == 422
    assert 'data-again="/customer/add?"' in refused.text
    step = browser.press(f"/salesorder/show/{key}", f"/salesorder/action/{key}/stop", reason="")
    assert step.status == 422
    assert f'data-again="/salesorder/show/{key}"' in step.text


def test_a_form_without_its_version_is_stale(at: Any, office: Any) -> None:
    key = office.customer().id
    assert at("lin").fill(f"/customer/edit/{key}", version=None, phone="010").status == 409


def test_a_form_without_csrf_token_changes_nothing(at: Any) -> None:
    assert at("lin").fill("/customer/add", csrf_token=None, kind="individual", name="无令牌").status == 400
    assert customers("无令牌") == []


def test_a_retired_value_stays_on_old_records_and_cannot_be_chosen(at: Any, office: Any) -> None:
    """spec.md §2."""
    items = list(db.session.scalars(sa.select(DictionaryItem).where(DictionaryItem.dictionary == "industry")))
    old, other = items[0], items[1]
    customer = office.customer(industry=old)
    key, old_key, other_key = customer.id, old.id, other.id
    for item in (old, other):
        office.admin.changes(item, state=ItemState.retired)
    lin = at("lin")
    assert lin.fill(f"/customer/edit/{key}", phone="010-1").status == 303
    db.session.rollback()
    assert db.session.get_one(Customer, key).industry_id == old_key
    db.session.remove()
    assert lin.fill(f"/customer/edit/{key}", industry=str(other_key)).status == 422


def test_a_form_cannot_name_a_row_its_author_may_not_see(at: Any, office: Any) -> None:
    """§6.1: zhou's customer is no parent for one of lin's."""
    hidden = office.customer("zhou").id
    answer = at("lin").fill("/customer/add", kind="company", name="苏州新公司", parent=str(hidden))
    assert answer.status == 422
    assert customers("苏州新公司") == []


def test_whose_contact_it_is_never_changes(at: Any, office: Any) -> None:
    """§6.3."""
    contact = office.contact(office.customer())
    key, before = contact.id, contact.customer_id
    other = office.customer().id
    at("lin").fill(f"/contact/edit/{key}", customer=str(other), duty="采购")
    db.session.rollback()
    found = db.session.get_one(Contact, key)
    assert (found.customer_id, found.duty) == (before, "采购")


@pytest.mark.parametrize("path", ["/customer/add", "/contact/add", "/product/add", "/warehouse/add", "/user/add"])
def test_junk_in_every_field_is_answered_in_words(at: Any, path: str) -> None:
    browser = at({"/product/add": "product", "/warehouse/add": "admin", "/user/add": "admin"}.get(path, "lin"))
    relations = ("customer", "owner", "category", "manager", "parent", "keepers", "birthday")
    for junk in JUNK:
        pairs = browser.open(path).form()
        names = {name for name, _value in pairs} - {"csrf_token", "form_token"}
        answer = browser.send(path, pairs, **dict.fromkeys([*names, *relations], junk))
        assert answer.status in (303, 422), junk


def test_junk_in_a_steps_dialog_is_answered_in_words(at: Any, office: Any) -> None:
    key = office.order("lin", [(office.product(), "2")]).id
    browser = at("lin")
    token = browser.open("/customer/add").typed("csrf_token")
    names = ("instalments", "first_on", "interval_days", "lines-0-id", "lines-0-quantity", "reason", "warehouse")
    for junk in JUNK:
        body = [("csrf_token", token), *((name, junk) for name in names)]
        for action in ("plan", "issue", "reject", "stop", "no_such_step"):
            answer = browser.send(f"/salesorder/action/{key}/{action}", body)
            assert answer.status in (303, 403, 404, 409, 422), (action, junk)


def test_tier_prices_are_part_of_the_products_form(at: Any, office: Any) -> None:
    """§8.5: one price per tier, none where the field is empty."""
    key = office.product().id
    product = at("product")
    pairs = product.open(f"/product/edit/{key}").form()
    tiers = [name for name, _value in pairs if name.startswith("tier-")]
    assert len(tiers) == 4
    assert product.send(f"/product/edit/{key}", pairs, **{tiers[0]: "9.5", tiers[1]: "8"}).status == 303
    assert sorted(p.price for p in db.session.get_one(Product, key).tier_prices) == [D(8), D("9.5")]
    db.session.remove()
    assert product.fill(f"/product/edit/{key}", **{tiers[0]: "-1"}).status == 422
    assert product.fill(f"/product/edit/{key}", **{tiers[0]: "", tiers[1]: "7"}).status == 303
    db.session.rollback()
    assert [p.price for p in db.session.get_one(Product, key).tier_prices] == [D(7)]


def test_a_deleted_record_comes_back_from_the_recycle_bin(at: Any, office: Any) -> None:
    """spec.md §0; only for who may change it."""
    customer = office.customer(name="杭州远利电力")
    key = customer.id
    lin, zhou = at("lin"), at("zhou")
    assert lin.press(f"/customer/show/{key}", f"/customer/delete/{key}").status == 303
    assert lin.open(f"/customer/show/{key}").status == 404
    page = lin.open("/recycle/list/")
    assert "杭州远利电力" in page.text
    assert "杭州远利电力" not in zhou.open("/recycle/list/").text
    action = next(a for a in _forms(page) if a.startswith("/recycle/restore/"))
    token = zhou.open("/customer/add").typed("csrf_token")
    assert zhou.send(action, [("csrf_token", token)]).status == 404
    assert lin.send(action, page.form(action)).status == 303
    assert lin.open(f"/customer/show/{key}").status == 200


def _forms(page: Any) -> list[str]:
    from tests.support.pages import Forms

    parser = Forms()
    parser.feed(page.text)
    return [action for action, _pairs in parser.forms]


def test_a_customer_with_orders_is_not_deleted(at: Any, office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    key = order.customer_id
    answer = at("lin").press(f"/customer/show/{key}", f"/customer/delete/{key}")
    assert answer.status == 422
    db.session.rollback()
    assert db.session.get(Customer, key) is not None


def test_a_date_that_is_none_stays_as_typed_with_the_reason_beside_it(at: Any, office: Any) -> None:
    """The script reads short dates; the server has the last word."""
    key = office.contact(office.customer()).id
    answer = at("lin").fill(f"/contact/edit/{key}", birthday="十三月")
    assert answer.status == 422
    assert answer.typed("birthday") == "十三月"
    assert 'id="f-birthday-e"' in answer.text


def test_a_summary_leads_to_each_refused_field(at: Any) -> None:
    answer = at("lin").fill("/contact/add", name="")
    summary = answer.text.split('id="faults"', 1)[1].split("<section", 1)[0]
    assert [name for name in ("f-customer", "f-name", "f-mobile") if f'href="#{name}"' in summary] == [
        "f-customer",
        "f-name",
    ]


def test_what_stands_beside_the_fields_is_refused_beside_its_own_control(at: Any, office: Any) -> None:
    """§8.5, §3.1: a tier's price, the roles of a person."""
    path = f"/product/edit/{office.product().id}"
    browser = at("product")
    tier = next(name for name, _value in browser.open(path).form() if name.startswith("tier-"))
    answer = browser.fill(path, **{tier: "-1"})
    assert answer.status == 422
    assert f'id="f-{tier}-e"' in answer.text
    assert answer.typed(tier) == "-1"
    refused = at("admin").fill("/user/add", username="neu", name="新人", password="long-enough-1", roles=None)
    assert 'id="f-roles-e"' in refused.text


def test_the_browser_learns_which_form_was_saved_and_whose_drafts_it_may_keep(at: Any) -> None:
    """A draft is dropped by the name of its form, after saving and not before; it is kept for one person alone."""
    browser = at("lin")
    page = browser.open("/customer/add")
    answer = browser.client.post("/customer/add", data=dict(page.form()) | {"name": ""})
    assert "saved=" not in str(answer.headers.getlist("Set-Cookie"))
    sent = dict(page.form()) | {"name": "保存了的"}
    answer = browser.client.post("/customer/add", data=sent)
    assert answer.status_code == 303
    assert f"saved={sent['form_token']};" in str(answer.headers.getlist("Set-Cookie"))
    kept = [
        at(login).open("/customer/add").text.split('data-keep="', 1)[1].split('"', 1)[0] for login in ("lin", "zhou")
    ]
    assert kept[0] != kept[1]
    assert "data-keep" not in browser.open("/password").text
