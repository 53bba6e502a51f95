from __future__ import annotations

from tests.plugins.rest import SIGNED, Firm, done, refused

HEAD = {"subject": "补货", "signed_on": SIGNED, "latest_ship_on": SIGNED}


def test_another_salesperson_s_customer_is_nowhere(firm: Firm) -> None:
    customer = firm.customer("lin", name="林晓的客户")
    at = f"customer/{customer['id']}"
    assert done(firm.zhou.get("customer/")) == {"count": 0, "ids": [], "result": [], "next": None}
    refused(firm.zhou.get(at), 404, "not_found")
    refused(firm.zhou.put(at, {"city": "苏州"}), 404, "not_found")
    refused(firm.zhou.delete(at), 404, "not_found")
    refused(firm.zhou.post(f"{at}/share", {"users": []}), 404, "not_found")
    assert done(firm.lin.get(at))["result"]["city"] is None


def test_another_salesperson_s_order_and_contact_are_nowhere(firm: Firm) -> None:
    order = firm.approved("lin")
    contact = done(firm.lin.post("contact/", {"customer": order["customer"]["id"], "name": "王明"}), 201)["id"]
    done(firm.lin.post(f"sales_order/{order['id']}/plan", {"instalments": 1, "first_on": SIGNED}))
    for model, row_id in (("sales_order", order["id"]), ("contact", contact)):
        refused(firm.zhou.get(f"{model}/{row_id}"), 404, "not_found")
        refused(firm.zhou.put(f"{model}/{row_id}", {"remark": "x"}), 404, "not_found")
        refused(firm.zhou.delete(f"{model}/{row_id}"), 404, "not_found")
    for action in ("submit", "withdraw", "issue", "stop", "finish", "reopen"):
        refused(firm.zhou.post(f"sales_order/{order['id']}/{action}", {}), 404, "not_found")
    for model in ("sales_order", "contact", "payment_plan", "receivable_ledger_entry", "goods_issue"):
        assert done(firm.zhou.get(f"{model}/"))["count"] == 0, model


def test_an_invisible_row_cannot_be_named(firm: Firm) -> None:
    (product,) = firm.stocked("100", price="20")
    customer = firm.customer("lin")["id"]
    mine = firm.customer("zhou", name="周涛的客户")["id"]
    lines = [{"product": product, "quantity": "1", "unit_price": "1"}]
    refused(
        firm.zhou.post("sales_order/", {**HEAD, "customer": customer, "lines": lines}), 404, "not_found", "customer"
    )
    refused(firm.zhou.post("contact/", {"customer": customer, "name": "王明"}), 404, "not_found", "customer")
    refused(firm.zhou.put(f"customer/{mine}", {"parent": customer}), 404, "not_found", "parent")
    contact = done(firm.lin.post("contact/", {"customer": customer, "name": "王明"}), 201)["id"]
    body = {**HEAD, "customer": mine, "lines": lines, "contact": contact}
    refused(firm.zhou.post("sales_order/", body), 404, "not_found", "contact")


def test_finance_books_money_on_an_order_whose_customer_it_may_not_open(firm: Firm) -> None:
    order = firm.approved("lin")
    other = firm.customer("lin")["id"]
    customer = order["customer"]["id"]
    refused(firm.finance.get(f"customer/{customer}"), 404, "not_found")
    paid = {"amount": "1", "method": "现金", "received_on": SIGNED}
    done(firm.finance.post("payment/", {**paid, "customer": other}), 201)  # a prepayment: named, though not opened
    mixed = {**paid, "customer": other, "sales_order": order["id"]}
    refused(firm.finance.post("payment/", mixed), 422, "customer_mismatch")
    made = done(firm.finance.post("payment/", {**paid, "customer": customer, "sales_order": order["id"]}), 201)
    assert made["result"]["customer"]["id"] == customer


def test_superiors_see_what_is_below_them_and_nothing_beside(firm: Firm) -> None:
    one = firm.customer("lin")["id"]
    two = firm.customer("xu")["id"]
    assert done(firm.manager.get("customer/"))["ids"] == [one]
    assert done(firm.director.get("customer/"))["ids"] == [two, one]
    assert done(firm.boss.get("customer/"))["count"] == 2
    assert done(firm.service.get("customer/"))["count"] == 2
    assert done(firm.keeper.get("customer/"))["count"] == 0
    assert done(firm.admin.get("customer/"))["count"] == 0


def test_a_shared_customer_can_be_read_but_not_changed(firm: Firm) -> None:
    customer = firm.customer("lin")
    people = {row["name"]: row["id"] for row in done(firm.lin.get("user/?q=(page_size:100)"))["result"]}
    done(firm.lin.post(f"customer/{customer['id']}/share", {"users": [people["周涛"]], "roles": ["finance"]}))
    shown = done(firm.zhou.get(f"customer/{customer['id']}"))["result"]
    assert sorted(str(share["role"]) for share in shown["shares"]) == ["None", "finance"]
    assert done(firm.finance.get(f"customer/{customer['id']}"))["id"] == customer["id"]
    refused(firm.zhou.put(f"customer/{customer['id']}", {"city": "苏州"}), 403, "not_allowed")
    refused(firm.zhou.delete(f"customer/{customer['id']}"), 403, "not_allowed")


def test_a_missing_right_outweighs_a_missing_row(firm: Firm) -> None:
    customer = firm.customer("lin")
    refused(firm.finance.put(f"customer/{customer['id']}", {"city": "x"}), 403, "not_allowed")
    refused(firm.finance.put("customer/99999", {"city": "x"}), 403, "not_allowed")
    refused(firm.finance.post("customer/", {"kind": "company", "name": "x"}), 403, "not_allowed")
    refused(firm.lin.post("payment/", {}), 403, "not_allowed")
    refused(firm.keeper.post("sales_order/1/approve"), 403, "not_allowed")
    refused(firm.lin.get("stock_balance/"), 403, "not_allowed")


def test_a_keeper_sees_the_issues_of_the_kept_warehouse_and_no_order(firm: Firm) -> None:
    order = firm.approved("lin")
    (issue,) = done(firm.lin.post(f"sales_order/{order['id']}/issue"))["created"]
    assert done(firm.keeper.get("goods_issue/"))["ids"] == [issue["id"]]
    shown = done(firm.keeper.get(f"goods_issue/{issue['id']}"))["result"]
    assert shown["order"]["name"] == order["number"]
    refused(firm.keeper.get(f"sales_order/{order['id']}"), 404, "not_found")
    assert done(firm.purchaser.get("goods_issue/"))["count"] == 0


def test_nobody_makes_a_customer_for_somebody_beside_them(firm: Firm) -> None:
    people = {row["name"]: row["id"] for row in done(firm.lin.get("user/?q=(page_size:100)"))["result"]}
    given = {"kind": "individual", "name": "某人", "owner": people["周涛"]}
    refused(firm.lin.post("customer/", given), 403, "not_allowed")
    assert done(firm.manager.post("customer/", given), 201)["result"]["owner"]["name"] == "周涛"
    mine = firm.customer("lin")
    status, told = firm.lin.put(f"customer/{mine['id']}", {"owner": people["周涛"]})
    assert (status, told["code"]) in ((403, "not_allowed"), (422, "fixed"))
    assert done(firm.lin.get(f"customer/{mine['id']}"))["result"]["owner"]["name"] == "林晓"


def test_cost_is_not_for_everyone_to_set(firm: Firm) -> None:
    (product,) = firm.stocked("1", price="20")
    refused(firm.lin.put(f"product/{product}", {"cost_price": "1"}), 403, "not_allowed")
    changed = done(firm.product.put(f"product/{product}", {"cost_price": "7.1234"}))["result"]
    assert changed["cost_price"] == "7.1234"
