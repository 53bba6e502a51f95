"""Tabs of a record: what hangs on it, counted and fetched on demand, for who may read it. design.md §8; spec.md §1."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.models.customers.customer import Contact
from app.query.linked import COUNTED_TO
from app.screens.frame.registry import VIEWS
from tests.support.pages import Browser, without_right

ALONE = {"X-Fragment": "1"}


def strip(text: str) -> dict[str, str]:
    """Name of each tab → the number beside it."""
    found = re.search(r'<nav class="strip".*?</nav>', text, re.S)
    assert found
    links = re.findall(r'data-name="(\w+)"[^>]*>(.*?)</a>', found[0], re.S)
    numbers = {name: re.search(r'class="n">([^<]*)<', inside) for name, inside in links}
    return {name: number[1] if number else "" for name, number in numbers.items()}


def opened(text: str) -> str:
    found = re.search(r'class="panel" id="(\w+)"', text)
    assert found
    return found[1]


@pytest.fixture
def keys(office: Any) -> dict[str, int]:
    """An approved order of lin's with a plan, a shipped issue and a payment, and its customer."""
    (product,) = office.stocked("20")
    order = office.approved("lin", [(product, "4")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01")
    shipment = office.shipped(order)
    office.finance.pays(order, "5")
    office.contact(order.customer)
    return {
        "order": order.id, "customer": order.customer_id, "issue": shipment.issue_id, "product": product.id,
    }  # fmt: skip


def test_an_order_says_how_many_rows_are_linked_to_it_before_anything_is_opened(at: Any, keys: dict[str, int]) -> None:
    """§8.11, §8.14, §11.5: the first tab is in the page, each of the others one request away."""
    lin = at("lin")
    page = lin.open(f"/salesorder/show/{keys['order']}").text
    assert strip(page) == {"goods": "1", "plans": "2", "payments": "1", "files": "", "log": ""}
    assert opened(page) == "goods"
    for name, told in {"plans": "2026-12-01", "payments": "¥5.00", "files": "form", "log": "提交审批"}.items():
        address = f"/salesorder/tab/{keys['order']}/{name}"
        answer = lin.client.get(address, headers=ALONE)
        text = answer.get_data(as_text=True)
        assert told in text, name
        assert "<html" not in text
        assert answer.headers["X-Fragment"] == "1"
        whole = lin.open(address).text  # without scripts
        assert told in whole
        assert opened(whole) == name
        assert "</html>" in whole


def test_every_tab_of_every_page_opens_for_who_sees_the_record(at: Any, keys: dict[str, int]) -> None:
    boss = at("boss")
    pages = {
        "salesorder": keys["order"], "customer": keys["customer"], "goodsissue": keys["issue"],
        "product": keys["product"], "stockinit": 1, "paymentplan": 1, "payment": 1, "shipment": 1, "user": 1,
    }  # fmt: skip
    for base, key in pages.items():
        for name in strip(boss.open(f"/{base}/show/{key}").text):
            answer = boss.client.get(f"/{base}/tab/{key}/{name}", headers=ALONE)
            assert answer.status_code == 200, (base, name)


def test_a_tab_is_only_there_for_who_may_read_what_is_on_it(at: Any, office: Any, keys: dict[str, int]) -> None:
    """spec.md §1: absent from the strip, and refused by its address as the list would be."""
    base = f"/customer/tab/{keys['customer']}"
    assert {"payment", "payment_plan"} <= strip(at("lin").open(f"/customer/show/{keys['customer']}").text).keys()
    without_right("sales", "payment")
    lin = at("lin")
    assert lin.open("/payment/list/").status == 403
    for page, address in (
        (f"/customer/show/{keys['customer']}", f"{base}/payment"),
        (f"/salesorder/show/{keys['order']}", f"/salesorder/tab/{keys['order']}/payments"),
    ):
        assert not {"payment", "payments"} & strip(lin.open(page).text).keys()
        assert lin.open(address).status == 403
        assert lin.client.get(address, headers=ALONE).status_code == 403
    assert "stock_ledger_entry" not in strip(lin.open(f"/product/show/{keys['product']}").text)
    assert lin.open(f"/product/tab/{keys['product']}/stock_ledger_entry").status == 403
    for stranger in ("zhou", "technical"):
        for name in ("contact", "sales_order", "files", "log"):
            assert at(stranger).client.get(f"{base}/{name}", headers=ALONE).status_code == 404
    assert at("lin").open(f"{base}/nothing_like_this").status == 404


def test_a_number_is_told_up_to_a_bound(at: Any, office: Any) -> None:
    customer = office.customer()

    def many(session: Any, _actor: Any) -> None:
        session.add_all(Contact(customer_id=customer.id, name=f"联系人{n}") for n in range(COUNTED_TO + 5))

    key = customer.id
    office.lin.does(many)
    lin = at("lin")
    page = lin.open(f"/customer/show/{key}").text
    assert strip(page)["contact"] == f"{COUNTED_TO}+"
    assert f"/contact/list/?customer={key}" in page, "the way to all of them"


def test_what_others_may_not_see_is_not_counted(at: Any, office: Any) -> None:
    """§6.5: the numbers of a tab are those of the rows behind it."""
    customer = office.customer("lin")
    office.order("lin", [(office.product(), "1")], customer=customer)
    key = customer.id
    assert strip(at("lin").open(f"/customer/show/{key}").text)["sales_order"] == "1"
    assert strip(at("boss").open(f"/customer/show/{key}").text)["sales_order"] == "1"
    office.lin.fires("share", db.session.get(type(customer), key), users=[], roles=["technical"])
    shared = strip(at("technical").open(f"/customer/show/{key}").text)
    assert shared["sales_order"] == _rows(at("technical"), f"/salesorder/list/?customer={key}")


def _rows(browser: Browser, path: str) -> str:
    found = len(set(re.findall(r'href="(/salesorder/show/\d+)"', browser.open(path).text)))
    return str(found) if found else ""


def test_a_step_leads_back_to_the_tab_it_is_about(at: Any, office: Any) -> None:
    """§11.5: a requested issue is looked at among the others."""
    (product,) = office.stocked("10")
    order = office.approved("lin", [(product, "5")])
    key = order.id
    answer = at("lin").press(f"/salesorder/show/{key}", f"/salesorder/action/{key}/issue")
    assert answer.location.endswith(f"/salesorder/show/{key}#goods")


def test_a_refused_step_has_its_reason_beside_it_on_every_screen(at: Any, office: Any) -> None:
    """§8.7: read by keyboard and screen reader at the desk, and in the sheet of the phone."""
    order = office.approved("lin", [(office.product(), "1")], consignee=None)
    key = order.id
    page = at("lin").open(f"/salesorder/show/{key}").text
    assert re.search(r'aria-disabled="true" aria-describedby="why-issue"', page)
    assert re.search(r'id="why-issue">.*?请先', page, re.S)
    sheet = page.split('class="foot"')[1]
    assert re.search(r"生成出库单<small>请先", sheet)


@pytest.mark.parametrize(
    ("login", "address", "blue"),
    [
        ("lin", "/salesorder/show/{order}", "结束订单|生成出库单"),
        ("finance", "/salesorder/show/{order}", "记录回款"),
        ("lin", "/customer/show/{customer}", "新建订单"),
    ],
)
def test_the_likely_next_step_is_blue_and_under_the_thumb(
    at: Any, keys: dict[str, int], login: str, address: str, blue: str
) -> None:
    page = at(login).open(address.format(**keys)).text
    head, foot = page.split('class="two"')[0], page.split('class="foot"')[1].split("<dialog")[0]
    if login == "lin" and "order" in address:
        assert "btn-primary" not in head.split('class="acts"')[1], "everything is issued: nothing is likely next"
        return
    for part in (head, foot):
        assert re.search(rf'btn-primary"[^>]*>(<svg.*?</svg>)?\s*({blue})', part, re.S), part


def test_empty_fields_are_told_by_name_only(at: Any, office: Any) -> None:
    key = office.customer(phone="010-1").id
    page = at("lin").open(f"/customer/show/{key}").text
    blank = "".join(re.findall(r'class="all blank">(.*?)</div>', page, re.S))
    assert "手机" in blank
    assert "电话" not in blank.replace("手机", "")
    assert page.count("<dt>行业</dt>") == 0


def test_a_section_of_which_nothing_is_known_is_no_card_and_many_empty_fields_are_folded(at: Any, office: Any) -> None:
    """Another section names its fields; a no is not told at all."""
    key = office.contact(office.customer(), mobile="13800000001").id
    page = at("lin").open(f"/contact/show/{key}").text
    titles = re.findall(r'<section class="card"><div class="t"><h2>(.*?)</h2>', page)
    assert "纪念日" not in titles
    folded = re.search(r"<details><summary>\d+ 项</summary>(.*?)</details>", page, re.S)
    assert folded is not None
    assert "生日" in folded[1]
    assert "<dt>农历</dt>" not in page


def test_every_page_names_its_keys(at: Any, keys: dict[str, int]) -> None:
    page = at("lin").open(f"/customer/show/{keys['customer']}").text
    template = page.split("<template data-keys>")[1].split("</template>")[0]
    assert "<kbd>e</kbd>" in template
    assert template.count("<tr>") == template.count("</tr>") >= 3


def test_views_without_files_have_no_tab_for_them(at: Any, keys: dict[str, int]) -> None:
    without = [view for view in VIEWS.values() if not view.has_attachments]
    assert without
    names = strip(at("admin").open("/user/show/1").text)
    assert "files" not in names
    assert at("admin").open("/user/tab/1/files").status == 404
