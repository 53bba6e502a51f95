"""People at the system's own pages: roles, rights, passwords, dictionaries, settings. Manual 3.1; spec.md §1, §2."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.appbuilder import Role
from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.models.customers.customer import Customer
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.models.system.user import AppUser
from app.security.accounts.people import user_named
from app.security.granting import known_rights
from app.security.roles import R
from app.security.settings import setting
from app.views.system.role import COLUMNS, rights_table
from tests.support.firm import PASSWORD
from tests.support.office import refused
from tests.support.pages import Browser

NEW = "a-much-better-one-7"


def _role(browser: Browser, code: str) -> str:
    found = re.search(rf'/role/edit/(\d+)"(?:(?!/role/edit).)*?>{code}<', browser.open("/role/list/").text, re.S)
    assert found
    return found[1]


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(app: Any, office: Any) -> None:
    db.session.remove()
    client = app.test_client()
    browser = Browser(client)
    answers = []
    for name, password in (("lin", "wrong"), ("nobody", "wrong"), ("lin", ""), ("", ""), ("lin\x00", PASSWORD + "x")):
        page = browser.fill("/login/", username=name, password=password)
        answers.append((page.status, re.search(r'role="alert">(.*?)</form>', page.text, re.S)[1][:200]))
    assert {status for status, _text in answers} == {401}
    assert len({text for _status, text in answers}) == 1


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "\\\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(app: Any, office: Any, wanted: str) -> None:
    db.session.remove()
    browser = Browser(app.test_client())
    page = browser.fill(f"/login/?next={wanted}", username="lin", password=PASSWORD)
    assert (page.status, page.location) == (303, "/")


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back(app: Any, office: Any) -> None:
    db.session.remove()
    browser = Browser(app.test_client())
    page = browser.open("/customer/list/?q=北京")
    assert page.status == 302
    assert page.location.startswith("/login/?next=/customer/list/")
    back = browser.fill(page.location, username="lin", password=PASSWORD)
    assert back.location.startswith("/customer/list/?q=")


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(at: Any) -> None:
    here, elsewhere = at("lin"), at("lin")
    for wrong in ({"old": "guess"}, {"password": "short"}, {"again": "different"}):
        typed = {"old": PASSWORD, "password": NEW, "again": NEW, **wrong}
        assert here.fill("/password", **typed).status == 422
    assert elsewhere.open("/customer/list/").status == 200
    assert here.fill("/password", old=PASSWORD, password=NEW, again=NEW).status == 303
    assert here.open("/customer/list/").status == 200
    assert elsewhere.open("/customer/list/").status == 302
    assert here.press("/", "/logout/").status == 303
    assert here.open("/customer/list/").status == 302
    assert here.fill("/login/", username="lin", password=NEW).status == 303


def test_a_new_person_works_in_their_roles_and_the_log_tells_who_gave_them(at: Any, office: Any) -> None:
    admin = at("admin")
    role, boss = _role(admin, "sales"), office.boss.actor.user_id
    db.session.remove()
    values = {"username": "qian", "name": "钱进", "manager": str(boss), "roles": [role], "password": NEW}
    assert admin.fill("/user/add", **{**values, "password": "short"}).status == 422
    assert admin.fill("/user/add", **{**values, "roles": None}).status == 422
    answer = admin.fill("/user/add", **values)
    assert answer.status == 303
    qian = user_named(db.session(), "qian")
    assert qian is not None
    assert [r.name for r in qian.roles] == ["sales"]
    changes = db.session.scalars(
        sa.select(AuditEntry.changes).where(AuditEntry.model == "user", AuditEntry.record_id == qian.id)
    ).all()
    assert {"roles": [[], ["sales"]]} in changes
    assert "scrypt" not in str(changes)
    db.session.remove()
    browser = Browser(admin.client.application.test_client())
    assert browser.fill("/login/", username="qian", password=NEW).status == 303
    _chooses_own(browser, NEW)


def _chooses_own(browser: Browser, given: str) -> None:
    """Nothing opens until whoever was given this password has one of their own."""
    for path in ("/", "/customer/list/", "/customer/add", "/session/"):
        page = browser.open(path)
        assert (page.status, page.location) == (302, "/password"), path
    assert browser.client.get("/api/v1/customer/").get_json()["code"] == "password_due"
    assert "请先设置自己的密码" in browser.open("/password").text
    assert browser.fill("/password", old=given, password=given, again=given).status == 422
    own = "own-lantern-77"
    assert browser.fill("/password", old=given, password=own, again=own).status == 303
    assert browser.open("/customer/list/").status == 200


def test_who_left_is_shut_out_at_once_and_stays_on_old_records(at: Any, office: Any) -> None:
    customer = office.customer("ma").id
    key = office.ma.actor.user_id
    ma, admin = at("ma"), at("admin")
    assert ma.open("/customer/list/").status == 200
    assert admin.fill(f"/user/edit/{key}", has_left="1").status == 303
    assert ma.open("/customer/list/").status == 302
    assert Browser(ma.client).fill("/login/", username="ma", password=PASSWORD).status == 401
    assert "马宁(离职)" in at("boss").open(f"/customer/show/{customer}").text


def test_nobody_shuts_themselves_out_or_stands_above_themselves(at: Any, office: Any) -> None:
    keys = {name: office.person(name).actor.user_id for name in ("admin", "director", "manager")}
    admin = at("admin")
    assert admin.fill(f"/user/edit/{keys['admin']}", has_left="1").status == 422
    assert admin.fill(f"/user/edit/{keys['director']}", manager=str(keys["manager"])).status == 422
    assert admin.open("/customer/list/").status == 200


def test_somebody_who_can_give_rights_always_remains(office: Any) -> None:
    """fault F7: the last administrator stays one; with a second one either may go."""
    admin, lin = (office.person(name).actor.user_id for name in ("admin", "lin"))
    session = db.session()

    def change(by: str, key: int, **values: Any) -> None:
        office.person(by).changes(session.get_one(AppUser, key), **values)

    roles = {role.name: role for role in session.scalars(sa.select(Role))}
    with refused("last_administrator") as error:
        change("admin", admin, roles=[roles[R.sales]])
    assert error.value.field == "roles"
    change("admin", lin, roles=[roles[R.sales], roles[R.admin]])
    change("lin", admin, active=False)
    with refused("last_administrator") as error:
        change("admin", lin, has_left=True)
    assert error.value.field == "active"
    change("lin", lin, mobile="13800000001")


def test_a_new_password_by_the_administrator_ends_the_persons_sessions(at: Any, office: Any) -> None:
    key = office.lin.actor.user_id
    lin, admin = at("lin"), at("admin")
    assert admin.fill(f"/user/reset/{key}", password="short").status == 422
    assert admin.fill(f"/user/reset/{key}", password=NEW).status == 303
    assert lin.open("/customer/list/").status == 302
    given = {"username": "lin", "password": NEW, "provider": "db"}
    refused = lin.client.application.test_client().post("/api/v1/security/login", json=given)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "password_due")
    assert lin.fill("/login/", username="lin", password=NEW).status == 303
    _chooses_own(lin, NEW)


@pytest.mark.parametrize("login", ["boss", "director", "lin", "finance"])
def test_only_the_administrator_changes_people_rights_lists_and_settings(at: Any, office: Any, login: str) -> None:
    key = office.person(login).actor.user_id
    browser = at(login)
    token = [("csrf_token", browser.open("/password").typed("csrf_token"))]
    for path in (
        f"/user/edit/{key}", "/user/add", f"/user/reset/{key}", "/role/edit/1", "/setting/", "/warehouse/add",
        "/warehouse/edit/1", "/dictionaryitem/add", "/dictionaryitem/edit/1",
    ):  # fmt: skip
        assert browser.send(path, token).status == 403, path
    for path in ("/role/list/", "/role/edit/1", "/setting/"):
        assert browser.open(path).status == 403, path


def test_rights_ticked_and_unticked_hold_at_once_and_are_logged(at: Any, office: Any) -> None:
    admin, zhou = at("admin"), at("zhou")
    role = _role(admin, "sales")
    assert zhou.open("/customer/add").status == 200
    pairs = admin.open(f"/role/edit/{role}").form()
    without = [pair for pair in pairs if pair[1] != "customer:create"]
    assert admin.send(f"/role/edit/{role}", without).status == 303
    assert zhou.open("/customer/add").status == 403
    assert admin.send(f"/role/edit/{role}", [*without, ("right", "customer:fly")], form_token=None).status == 422
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.model == "ab_role")).one()
    assert entry.changes == {"rights": [["create:customer"], []]}


def test_the_administrators_role_keeps_the_right_to_give_rights(at: Any) -> None:
    admin = at("admin")
    role = _role(admin, "admin")
    pairs = [pair for pair in admin.open(f"/role/edit/{role}").form() if pair[1] != "role:edit"]
    assert admin.send(f"/role/edit/{role}", pairs).status == 422
    assert admin.open(f"/role/edit/{role}").status == 200


def test_switching_the_role_changes_the_menu_and_the_log_but_no_right(at: Any, office: Any) -> None:
    """§3.1."""
    key = office.lin.actor.user_id
    admin = at("admin")
    roles = [_role(admin, "sales"), _role(admin, "warehouse")]
    assert admin.fill(f"/user/edit/{key}", roles=roles).status == 303
    lin = at("lin")
    before = lin.open("/")
    assert 'href="/paymentplan/list/"' in before.text
    assert lin.press("/", "/role/warehouse").status == 303
    after = lin.open("/")
    assert 'href="/paymentplan/list/"' not in after.text
    assert 'href="/stockbalance/list/"' in after.text
    assert lin.fill("/customer/add", kind="individual", name="换角色").status == 303
    customer = db.session.scalars(sa.select(Customer).where(Customer.name == "换角色")).one()
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.model == "customer", AuditEntry.record_id == customer.id)
    ).first()
    assert entry is not None
    assert entry.role == "warehouse"
    db.session.remove()
    assert lin.send("/role/boss", [("csrf_token", lin.open("/password").typed("csrf_token"))]).status == 404


def test_a_dictionary_is_extended_ordered_given_a_default_and_retired(at: Any, office: Any) -> None:
    admin = at("admin")
    page = admin.open("/dictionaryitem/list/?dictionary=industry")
    assert admin.send("/dictionaryitem/add", page.form("/dictionaryitem/add"), label="航空航天").status == 303
    item = db.session.scalars(sa.select(DictionaryItem).where(DictionaryItem.label == "航空航天")).one()
    key = item.id
    db.session.remove()
    twice = admin.open("/dictionaryitem/list/?dictionary=industry")
    assert admin.send("/dictionaryitem/add", twice.form("/dictionaryitem/add"), label="航空航天").status == 422
    edited = admin.fill(f"/dictionaryitem/edit/{key}", label="航天", position="1", is_default="1")
    assert edited.location == "/dictionaryitem/list/?dictionary=industry"
    lin = at("lin")
    assert lin.open("/customer/add").typed("industry") == str(key)
    assert admin.fill(f"/dictionaryitem/edit/{key}", state="retired").status == 303
    assert f'<option value="{key}"' not in lin.open("/customer/add").text


def test_an_item_that_rules_use_is_renamed_but_not_deleted(at: Any, office: Any) -> None:
    item = db.session.scalars(sa.select(DictionaryItem).where(DictionaryItem.code == "regular")).one()
    key = item.id
    admin = at("admin")
    assert admin.press(f"/dictionaryitem/show/{key}", f"/dictionaryitem/delete/{key}").status == 422
    assert admin.fill(f"/dictionaryitem/edit/{key}", label="老客户").status == 303
    db.session.rollback()
    assert db.session.get_one(DictionaryItem, key).code == "regular"


def test_settings_are_typed_and_refused_with_what_was_typed(at: Any, office: Any) -> None:
    admin = at("admin")
    for wrong in ({"hot_customer_limit": "0"}, {"hot_customer_limit": "x"}, {"import_file_days": "3651"}):
        page = admin.fill("/setting/", company_name="新名字", **wrong)
        assert page.status == 422
        assert page.typed("company_name") == "新名字"
        assert 'aria-invalid="true"' in page.text
    db.session.rollback()
    assert setting(db.session(), "company_name") != "新名字"
    db.session.remove()
    assert admin.fill("/setting/", company_name="新名字", hot_customer_limit="3").status == 303
    assert (setting(db.session(), "company_name"), setting(db.session(), "hot_customer_limit")) == ("新名字", 3)


def test_who_keeps_a_warehouse_is_chosen_and_logged(at: Any, office: Any) -> None:
    """§11.1."""
    key = office.warehouse().id
    people = [str(office.person(name).actor.user_id) for name in ("keeper", "purchaser")]
    admin = at("admin")
    assert admin.fill(f"/warehouse/edit/{key}", keepers=people).status == 303
    db.session.rollback()
    warehouse = db.session.get_one(Warehouse, key)
    assert {keeper.username for keeper in warehouse.keepers} == {"keeper", "purchaser"}
    entry = db.session.scalars(
        sa.select(AuditEntry.changes).where(AuditEntry.model == "warehouse", AuditEntry.action == "update")
    ).all()
    assert {"keepers": [["库管"], ["库管", "采购"]]} in entry
    db.session.remove()
    assert admin.fill(f"/warehouse/edit/{key}").status == 303
    db.session.rollback()
    assert len(db.session.get_one(Warehouse, key).keepers) == 2


def test_the_log_is_read_by_boss_and_administrator_and_narrowed(at: Any, office: Any) -> None:
    office.customer(name="日志客户")
    lin = office.lin.actor.user_id
    boss = at("boss")
    page = boss.open(f"/audit/list/?user={lin}&model=customer")
    assert page.status == 200
    assert page.rows == 1
    for query in ("user=abc", "model=nope", "action=%00", "at_from=x", "at_to=9999-99-99", "before=-1", "record=1e9"):
        assert boss.open(f"/audit/list/?{query}").status == 200
    assert at("lin").open("/audit/list/").status == 403


def test_the_log_names_what_was_acted_on_and_leaves_out_who_came_and_went(app: Flask, at: Any, office: Any) -> None:
    office.customer(name="日志里的客户")
    boss = at("boss")
    assert "日志里的客户" in boss.open("/audit/list/?model=customer").text
    assert Browser(app.test_client()).fill("/login/", username="lin", password=PASSWORD).status == 303
    every, records = boss.open("/audit/list/"), boss.open("/audit/list/?view=records")
    assert records.rows > 0
    assert "IP 127.0.0.1" in every.text
    assert "IP 127.0.0.1" not in records.text


def test_every_right_stands_once_in_the_table_of_a_role_the_usual_ones_in_columns(at: Any) -> None:
    held = [value for name, value in at("admin").open("/role/edit/1").form() if name == "right"]
    told = [f"{s.subject}:{r}" for _group, subjects in rights_table() for s in subjects
            for r in (*filter(None, s.usual), *(right for right, _text in s.more))]  # fmt: skip
    assert len(told) == len(set(told)) == len(known_rights())
    assert set(held) <= set(told)
    assert all(right not in COLUMNS for _group, subjects in rights_table() for s in subjects for right, _t in s.more)


def test_whoever_has_nobody_below_has_no_tab_of_people_below(at: Any, office: Any) -> None:
    manager, lin = (office.person(login).actor.user_id for login in ("manager", "lin"))
    admin = at("admin")
    assert f'href="/user/tab/{manager}/below"' in admin.open(f"/user/show/{manager}").text
    assert f'href="/user/tab/{lin}/below"' not in admin.open(f"/user/show/{lin}").text


def test_an_unknown_person_has_no_password_page(at: Any) -> None:
    assert at("admin").open("/user/reset/9999").status == 404
    assert db.session.get(AppUser, 9999) is None
