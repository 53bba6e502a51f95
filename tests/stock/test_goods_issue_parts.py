"""Issues that are lowered by the keeper or sent in parts say so, to keeper and sales alike. Manual 11.5, 11.6."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.models.stock.goods_issue import GoodsIssue


@pytest.fixture
def lowered(office: Any) -> dict[str, Any]:
    """An order of ten, of which the keeper had eight."""
    (product,) = office.stocked("8", name="防尘口罩")
    order = office.approved("lin", [(product, "10")])
    issue = office.lin.fires("issue", order)
    line = issue.lines[0].id
    office.keeper.fires("confirm", issue, lines=[{"id": line, "quantity": "8"}])
    return {"order": order.id, "issue": issue.id, "line": line, "product": str(product), "number": issue.number}


def story(page: Any) -> str:
    told = page.text.split('id="story"')[1].split("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", told).split())


def ships(office: Any, lowered: dict[str, Any], quantity: str) -> None:
    issue = db.session.get_one(GoodsIssue, lowered["issue"])
    office.keeper.fires("ship", issue, lines=[{"id": lowered["line"], "quantity": quantity}])


def test_what_the_keeper_cut_stands_in_the_story_of_issue_and_order(at: Any, lowered: dict[str, Any]) -> None:
    told = f"{lowered['product']} 10 → 8"
    assert told in story(at("keeper").open(f"/goodsissue/show/{lowered['issue']}"))
    lin = story(at("lin").open(f"/salesorder/show/{lowered['order']}"))
    assert told in lin
    assert lin.index("确认出库") < lin.index(told)


def test_the_log_tells_it_too(at: Any, lowered: dict[str, Any]) -> None:
    log = at("keeper").open(f"/goodsissue/tab/{lowered['issue']}/log").text
    assert f"{lowered['product']} 10" in log
    assert f"{lowered['product']} 8" in log
    assert f"{lowered['product']} 8" in at("admin").open("/audit/list/").text


def test_the_log_names_the_product_of_a_changed_line(at: Any, office: Any, lowered: dict[str, Any]) -> None:
    ships(office, lowered, "2")
    log = at("keeper").open(f"/goodsissue/tab/{lowered['issue']}/log").text
    assert f"出库明细 {lowered['product']}" in " ".join(re.sub(r"<[^>]+>", " ", log).split())


def test_an_issue_confirmed_in_full_tells_of_no_line(at: Any, office: Any) -> None:
    (product,) = office.stocked("8")
    order = office.approved("lin", [(product, "2")])
    key = office.issued(order).id
    assert "→" not in story(at("keeper").open(f"/goodsissue/show/{key}"))


def test_the_dialog_of_shipping_tells_what_is_issued_and_waits_not_what_is_left(
    at: Any, office: Any, lowered: dict[str, Any]
) -> None:
    """§11.5: what is off the shelf has nothing to do with what others find there."""
    ships(office, lowered, "2")
    page = at("keeper").open(f"/goodsissue/show/{lowered['issue']}").text
    dialog = page.split('<dialog id="d-ship"')[1].split("</dialog>")[0]
    assert "已出库 8，未发 6" in dialog
    assert "库存" not in dialog


def test_an_issue_sent_in_part_says_so_on_page_list_and_desk(at: Any, office: Any, lowered: dict[str, Any]) -> None:
    keeper = at("keeper")
    addresses = (f"/goodsissue/show/{lowered['issue']}", "/goodsissue/list/?view=open", "/")
    for address in addresses:
        page = keeper.open(address).text
        assert lowered["number"] in page
        assert "已发一部分" not in page
    ships(office, lowered, "2")
    keeper = at("keeper")
    for address in addresses:
        assert "已发一部分" in keeper.open(address).text, address
    ships(office, lowered, "6")
    keeper = at("keeper")
    assert "已发一部分" not in keeper.open(addresses[0]).text
    assert "已发一部分" not in keeper.open("/goodsissue/list/").text


def test_the_order_says_of_an_issue_sent_in_part_what_its_own_page_says(
    at: Any, office: Any, lowered: dict[str, Any]
) -> None:
    """§11.5: on its tab of issues and shipping."""
    address = f"/salesorder/show/{lowered['order']}"
    told = lambda: at("lin").open(address).text.split(lowered["number"])[1].split("</li>")[0]  # noqa: E731
    assert "已出库，待发货" in told()
    ships(office, lowered, "2")
    assert "已发一部分" in told()
    assert "已出库，待发货" not in told()
    ships(office, lowered, "6")
    assert "已发一部分" not in told()
