"""Approval rules on their pages and through REST, and what they change on the pages of those who decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import sqlalchemy as sa

from app.core.appbuilder import Role
from app.core.db.base import db
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.system.approval_rule import ApprovalRule
from app.models.system.setting import DictionaryItem
from app.security.accounts.people import user_named
from tests.support.pages import Browser

At = Callable[[str], Browser]


def key_of_role(code: str) -> str:
    return str(db.session.execute(sa.select(Role.id).where(Role.name == code)).scalar_one())


def key_of_person(login: str) -> str:
    user = user_named(db.session(), login)
    assert user is not None
    return str(user.id)


def purchases(office: Any, count: int) -> list[int]:
    """Keys of purchase orders that wait, the oldest first."""
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")
    day, found = dt.date(2026, 11, 2), []
    for _n in range(count):
        lines = [{"product": office.product(), "quantity": D(1), "unit_price": D(5)}]
        order = office.purchaser.creates(
            PurchaseOrder, supplier=supplier, subject="备货", ordered_on=day, expected_on=day, lines=lines
        )
        office.purchaser.fires("submit", order)
        found.append(order.id)
    return found


def test_the_administrator_keeps_rules_on_a_page(at: At, office: Any) -> None:
    """§8.7: chosen from lists, refused as typed, told with the sentence that says which rule decides."""
    item = db.session.scalars(sa.select(DictionaryItem).where(DictionaryItem.label == "代理分销")).one().id
    role, people = key_of_role("sales_director"), [key_of_person("director"), key_of_person("boss")]
    admin = at("admin")
    form = admin.open("/approvalrule/add")
    for told in ("金额门槛最高的优先", "采购单：总经理", "订单：所有者的上级", f'<option value="{role}"', "营销总监",
                 "订单分类 · 代理分销", "采购分类 · 样品", '<option value="purchase_order"'):  # fmt: skip
        assert told in form.text, told
    typed = {"name": "大额订单", "document": "sales_order", "decided_by": "role", "role": role, "total_from": "0"}
    refused = admin.fill("/approvalrule/add", **{**typed, "category": str(item), "deputy_from": "2026-12-01"})
    assert refused.status == 422
    for told in ("金额必须大于零", "请选择代理人"):
        assert told in refused.text, told
    assert (refused.typed("role"), refused.typed("category")) == (role, str(item))
    made = admin.fill("/approvalrule/add", **{**typed, "total_from": "50000", "category": str(item)})
    assert made.status == 303, made.text
    shown = admin.open(made.location).text
    for told in ("¥50,000.00", "营销总监", "代理分销", "只有营销总监可以审批", "只按最严格的一条"):
        assert told in shown, told
    edit = made.location.replace("show", "edit")
    assert admin.fill(edit, decided_by="people", role="", people=people).status == 303
    shown = admin.open(made.location).text
    for told in ("指定人员", "总经理", "大额订单"):
        assert told in shown, told
    listed = admin.open("/approvalrule/list/")
    assert (listed.rows, "只按最严格的一条" in listed.text, "总经理、营销总监" in listed.text) == (1, True, True)
    assert 'href="/approvalrule/list/"' in admin.open("/").text
    boss = at("boss")
    assert boss.open(made.location).status == 200
    assert boss.open(edit).status == 403
    assert at("director").open("/approvalrule/list/").status == 403


def test_the_page_of_a_purchase_tells_who_decides_and_leads_on_to_the_next(at: At, office: Any) -> None:
    """§12.4: on the page of any document that is approved, and from one decision to the next."""
    first, second = purchases(office, 2)
    boss = at("boss")
    assert "<dt>审批人</dt><dd>总经理</dd>" in boss.open(f"/purchaseorder/show/{first}").text
    done = boss.press(f"/purchaseorder/show/{first}", f"/purchaseorder/action/{first}/approve")
    assert done.location == f"/purchaseorder/show/{first}?next=1"
    after = boss.open(done.location).text
    assert "还有 1 张单据等您审批" in after
    assert f'href="/purchaseorder/show/{second}"' in after
    assert "<dt>审批人</dt>" not in after


def test_a_rule_changes_whose_desk_bell_and_list_show_a_document_at_once(at: At, office: Any) -> None:
    """§3.3, §12.4: whoever is named finds it, whatever their role; whoever is not named any more does not."""
    role = db.session.scalars(sa.select(Role).where(Role.name == "finance")).one()
    rights = {f"purchase_order:{right}" for right in ("approve", "reject")}
    held = {f"{p.view_menu.name}:{p.permission.name.removeprefix('can_')}" for p in role.permissions}
    [order] = purchases(office, 1)
    role_id, finance_id = role.id, key_of_person("finance")
    admin, boss, finance = at("admin"), at("boss"), at("finance")

    def waits(browser: Browser) -> tuple[int, bool, int]:
        told = browser.client.get("/waiting").get_json()
        on_desk = f"/purchaseorder/show/{order}" in browser.open("/").text
        return told["sum"], on_desk, browser.open("/purchaseorder/list/?view=waiting").rows

    assert (waits(boss), waits(finance)) == ((1, True, 1), (0, False, 0))
    assert admin.fill(f"/role/edit/{role_id}", right=[*held, *rights]).status == 303
    assert (waits(boss), waits(finance)) == ((1, True, 1), (0, False, 0))
    typed = {"name": "采购单由财务审批", "document": "purchase_order", "decided_by": "people", "people": [finance_id]}
    made = admin.fill("/approvalrule/add", **typed)
    assert made.status == 303, made.text
    assert (waits(boss), waits(finance)) == ((0, False, 0), (1, True, 1))
    assert admin.fill(made.location.replace("show", "edit"), total_from="100").status == 303
    assert (waits(boss), waits(finance)) == ((1, True, 1), (0, False, 0))
    assert admin.press(made.location, made.location.replace("show", "delete")).status == 303
    assert (waits(boss), waits(finance)) == ((1, True, 1), (0, False, 0))


def test_rest_shows_and_takes_rules_like_any_model(office: Any, api_as: Any) -> None:
    """§8.7: codes and ids in, names out; the same refusals and warnings as on the page."""
    role, boss = int(key_of_role("boss")), int(key_of_person("boss"))
    db.session.remove()
    api = api_as("admin")
    body = {"name": "低价订单", "document": "sales_order", "decided_by": "role", "role": role, "discount_below": "0.85"}
    status, refused = api.post("approval_rule/", {**body, "document": "customer"})
    assert (status, refused["reasons"][0]["field"]) == (422, "document")
    status, refused = api.post("approval_rule/", {**body, "people": [boss]})
    assert (status, refused["reasons"][0]["field"]) == (422, "people")
    status, made = api.post("approval_rule/", body)
    assert status == 201, made
    row = made["result"]
    assert (row["document"], row["role"], row["discount_below"]) == (
        "sales_order", {"id": role, "name": "总经理"}, "0.8500",
    )  # fmt: skip
    assert made["warnings"][0]["code"] == "cannot_decide"
    change = {"decided_by": "people", "role": None, "people": [boss], "version": row["version"]}
    status, changed = api.put(f"approval_rule/{made['id']}", change)
    assert (status, changed["result"]["people"]) == (200, [{"id": boss, "name": "总经理"}])
    status, listed = api.get("approval_rule/?q=(filters:!((col:document,opr:eq,value:sales_order)))")
    assert (status, listed["ids"]) == (200, [made["id"]])
    assert api_as("director").get("approval_rule/")[0] == 403
    assert api_as("boss").put(f"approval_rule/{made['id']}", {"total_from": "5"})[0] == 403
    assert api.delete(f"approval_rule/{made['id']}")[0] == 200
    assert db.session.scalars(sa.select(ApprovalRule)).all() == []


def test_a_director_opens_and_decides_on_the_order_of_the_boss(at: At, office: Any) -> None:
    """§8.7: of an owner whom nobody stands above; what is not theirs to decide on stays hidden."""
    order = office.order("boss", [(office.product(), "1")])
    office.boss.fires("submit", order)
    page = f"/salesorder/show/{order.id}"
    assert at("manager").open(page).status == 404
    director = at("director")
    assert director.open("/salesorder/list/?view=waiting").rows == 1
    assert director.press(page, f"/salesorder/action/{page.rpartition('/')[2]}/approve").status == 303
    assert "同意" in director.open(page).text
