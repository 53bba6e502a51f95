"""结束订单: ending an order by hand is asked about first, with what is still open. Manual 8.10."""

from __future__ import annotations

import re
from typing import Any

from app.core.db.base import db
from app.models.sales.sales_order import OrderStatus, SalesOrder
from app.security.dictionaries import item_named
from tests.support.office import Api


def test_who_ends_an_order_is_told_what_is_still_open(at: Any, office: Any) -> None:
    order = office.approved("lin", [(office.product(), "75", "60.20")])
    key, unit = order.id, order.lines[0].product.unit.label
    lin = at("lin")
    page = lin.open(f"/salesorder/show/{key}").text
    dialog = page.split('<dialog id="d-finish"')[1].split("</dialog>")[0]
    assert f"未发 75 {unit}" in dialog
    assert "应收 ¥4,515.00" in dialog
    sent = lin.press(f"/salesorder/show/{key}", f"/salesorder/action/{key}/finish", reason="客户不要了")
    assert sent.status == 303
    assert db.session.get_one(SalesOrder, key).status is OrderStatus.ended
    assert "客户不要了" in lin.open(f"/salesorder/show/{key}").text


def test_several_units_are_counted_as_lines(at: Any, office: Any) -> None:
    """Pieces and metres add up to nothing."""
    one, other = office.product(), office.product(unit=item_named(db.session(), "unit", "套"))
    key = office.approved("lin", [(one, "1"), (other, "1")]).id
    page = at("lin").open(f"/salesorder/show/{key}").text
    assert "未发 2 行" in page.split('<dialog id="d-finish"')[1].split("</dialog>")[0]


def test_what_should_be_known_first_is_no_step_for_many_rows_at_once(at: Any, office: Any) -> None:
    office.approved("lin", [(office.product(), "1")])
    assert "bulk/finish" not in at("lin").open("/salesorder/list/").text


def test_a_caller_ends_an_order_without_a_word(app: Any, office: Any) -> None:
    """design.md §7: nothing is asked of a caller; what is open it can read for itself."""
    first = office.approved("lin", [(office.product(), "1")]).id
    second = office.approved("lin", [(office.product(), "1")]).id
    db.session.remove()
    lin = Api(app, "lin")
    assert lin.call("POST", f"sales_order/{first}/finish")[0] == 200
    assert lin.post(f"sales_order/{second}/finish", {"reason": "协商"})[0] == 200


def test_what_was_ended_by_hand_offers_no_goods_first(at: Any, office: Any) -> None:
    """Goods may still be requested; the blue button is gone."""
    key = office.approved("lin", [(office.stocked("5")[0], "2")]).id
    blue = re.compile(r'class="btn btn-primary" type="button" data-dialog="d-issue"')
    assert blue.search(at("lin").open(f"/salesorder/show/{key}").text)
    office.lin.fires("finish", db.session.get_one(SalesOrder, key))
    page = at("lin").open(f"/salesorder/show/{key}").text
    assert 'data-dialog="d-issue"' in page
    assert not blue.search(page)
