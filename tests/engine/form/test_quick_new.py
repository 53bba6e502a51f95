"""What is missing is made from the picker that missed it: same rules, same rights, nothing hidden shows. §6.3."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.models.customers.customer import Contact, Customer
from tests.support.pages import Browser, Forms


class Short:
    """The short form of a model as a person gets it."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser = browser
        answer = browser.client.get(path)
        self.status, self.told = answer.status_code, answer.get_json()
        parser = Forms()
        parser.feed(self.told.get("html", ""))
        self.pairs = parser.forms[0][1] if parser.forms else []

    def typed(self, name: str) -> str:
        return next((value for key, value in self.pairs if key == name), "")

    def save(self, **changes: Any) -> tuple[int, Any]:
        page = self.browser.send(self.address, self.pairs, **changes)
        return page.status, json.loads(page.text)

    address = "/customer/quick"


class ShortContact(Short):
    address = "/contact/quick"


def customers(name: str) -> list[Customer]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Customer).where(Customer.name == name)))


def test_the_short_form_asks_the_required_fields_and_a_few_with_the_typed_text_as_name(at: Any) -> None:
    """§6.2, §6.3."""
    form = Short(at("lin"), "/customer/quick?text=苏州新客户")
    assert form.status == 200
    assert form.typed("name") == "苏州新客户"
    assert {name for name, _value in form.pairs} >= {"kind", "name", "phone", "csrf_token", "form_token"}
    assert "credit_grade" not in form.told["html"]


def test_what_is_made_is_answered_as_a_picker_shows_it_and_made_once(at: Any) -> None:
    """§6.3: an individual is contact as well, as in the long form; the owner is the one who makes it."""
    form = Short(at("lin"), "/customer/quick?text=陈小二")
    status, made = form.save(kind="individual")
    assert (status, made["text"]) == (200, "陈小二")
    assert form.save(kind="individual") == (status, made)
    (customer,) = customers("陈小二")
    assert customer.id == made["id"]
    assert customer.owner.username == "lin"
    assert db.session.scalars(sa.select(Contact).where(Contact.customer_id == customer.id)).one().name == "陈小二"


def test_refusals_name_their_fields(at: Any) -> None:
    status, refused = Short(at("lin"), "/customer/quick").save(mobile="12")
    assert status == 422
    assert [reason["field"] for reason in refused["reasons"]] == ["name"]
    status, refused = Short(at("lin"), "/customer/quick?text=坏号码").save(mobile="12")
    assert [(reason["field"], reason["code"]) for reason in refused["reasons"]] == [("mobile", "bad_mobile")]
    assert customers("坏号码") == []


def test_a_name_on_file_is_refused_and_the_row_offered_instead(at: Any, office: Any) -> None:
    """§6.3: a company's name is unique."""
    present = office.customer("lin", name="北京恒通五金").id
    status, refused = Short(at("lin"), "/customer/quick?text=北京恒通五金").save()
    assert (status, refused["code"]) == (422, "duplicate_name")
    assert [row["id"] for row in refused["alike"]] == [present]


def test_what_looks_alike_is_asked_about_once_and_saved_knowingly(at: Any, office: Any) -> None:
    """spec.md §6."""
    present = office.customer("lin", name="南京安泰钢结构有限公司").id
    form = Short(at("lin"), "/customer/quick?text=南京安泰钢结构集团")
    status, refused = form.save()
    assert (status, refused["code"]) == (422, "near_duplicate")
    assert "南京安泰钢结构有限公司" in refused["message"]
    assert [row["id"] for row in refused["alike"]] == [present]
    assert customers("南京安泰钢结构集团") == []
    assert form.save(anyway="1")[0] == 200


def test_somebody_elses_customer_is_named_but_not_offered(at: Any, office: Any) -> None:
    """§6.1."""
    office.customer("zhou", name="宁波海天船舶有限公司")
    for text in ("宁波海天船舶有限公司", "宁波海天船舶集团"):
        status, refused = Short(at("lin"), f"/customer/quick?text={text}").save()
        assert status == 422
        assert refused["alike"] == []


def test_a_contact_is_preset_with_the_customer_and_never_with_a_hidden_one(at: Any, office: Any) -> None:
    """§6.1, §6.3."""
    own, hidden = office.customer("lin", name="青岛科创").id, office.customer("zhou", name="别人的").id
    lin = at("lin")
    form = ShortContact(lin, f"/contact/quick?customer={own}&text=刘经理")
    assert (form.typed("customer"), form.typed("name")) == (str(own), "刘经理")
    assert ShortContact(lin, f"/contact/quick?customer={hidden}").status == 404
    status, made = form.save()
    assert (status, made["text"]) == (200, "刘经理")
    status, refused = ShortContact(lin, "/contact/quick?text=王工").save(customer=str(hidden))
    assert (status, [reason["field"] for reason in refused["reasons"]]) == (422, ["customer"])


@pytest.mark.parametrize("login", ["keeper", "finance"])
def test_who_may_make_none_is_neither_offered_nor_let_in(at: Any, login: str) -> None:
    browser = at(login)
    assert Short(browser, "/customer/quick?text=不行").status == 403
    token = browser.open("/password").typed("csrf_token")
    sent = browser.send(
        "/customer/quick", [("csrf_token", token), ("form_token", "x"), ("kind", "company"), ("name", "不行")]
    )
    assert sent.status == 403
    assert customers("不行") == []


def test_pickers_offer_a_new_one_to_whom_it_is_allowed(at: Any) -> None:
    assert 'data-adds="/customer/quick"' in at("lin").open("/contact/add").text
    assert 'data-adds="/user/quick"' not in at("lin").open("/customer/add").text
    adds = re.findall(r'data-adds="([^"]+)"', at("finance").open("/payment/add").text)
    assert adds == ["/receivingaccount/quick"]


@pytest.mark.parametrize("path", ["/user/quick", "/salesorder/quick", "/payment/quick", "/goodsissue/quick"])
def test_what_needs_more_than_a_short_form_has_none(at: Any, path: str) -> None:
    """Roles and passwords, lines, or no hand at all."""
    for login in ("admin", "lin"):
        assert Short(at(login), path).status == 403


def test_without_a_session_the_answer_is_json(app: Any) -> None:
    answer = app.test_client().get("/customer/quick")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")
