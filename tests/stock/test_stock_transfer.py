"""调拨 Stock transfers between warehouses. Manual 11.9."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.models.stock.stock_transfer import StockTransfer
from tests.plugins.trips import tripped
from tests.support.office import refused

D = Decimal


def transfer(office: Any, lines: list[tuple[Any, str]], **values: Any) -> Any:
    """A draft of the keeper from the main warehouse to the shop."""
    values = {"from_warehouse": office.warehouse(), "to_warehouse": office.warehouse("SHOP")} | values
    given = [{"product": product, "quantity": D(quantity)} for product, quantity in lines]
    return office.keeper.creates(StockTransfer, lines=given, **values)


def test_goods_go_from_one_warehouse_to_another(office: Any) -> None:
    """Manual 11.9: 库管填写 → 确认明细 → 执行调拨."""
    (pump,) = office.stocked("10")
    document = transfer(office, [(pump, "6")], reason="门店补货")
    assert document.number.startswith("DB")
    office.keeper.fires("confirm", document)
    assert (office.on_hand(pump), office.on_hand(pump, "SHOP")) == (D(10), D(0))
    with refused("frozen"):
        office.keeper.changes(document, reason="别的")
    office.keeper.fires("run", document)
    assert (document.state, office.on_hand(pump), office.on_hand(pump, "SHOP")) == ("done", D(4), D(6))
    assert office.mismatches() == []


def test_what_did_not_arrive_stays_where_it_was(office: Any) -> None:
    """Manual 11.9: 确认调拨明细 fixes the quantities; what arrived moves, the rest stays in the first warehouse."""
    pump, saw = office.stocked("10", "5")
    document = transfer(office, [(pump, "6"), (saw, "5")])
    office.keeper.fires("confirm", document, lines=[{"id": document.lines[1].id, "quantity": "3"}])
    assert [line.quantity for line in document.lines] == [D(6), D(3)]
    office.keeper.fires("run", document, lines=[{"id": document.lines[0].id, "quantity": "5"}])
    assert [line.moved for line in document.lines] == [D(5), D(0)]
    assert (office.on_hand(pump), office.on_hand(saw)) == (D(5), D(5))
    assert office.on_hand(pump, "SHOP") == D(5)
    assert office.mismatches() == []


def test_more_than_there_is_or_was_confirmed_cannot_go(office: Any) -> None:
    """Manual 11.9."""
    (pump,) = office.stocked("4")
    document = transfer(office, [(pump, "6")])
    office.keeper.fires("confirm", document)
    with refused("too_much"):
        office.keeper.fires("run", document, lines=[{"id": document.lines[0].id, "quantity": "7"}])
    with refused("stock.short"):
        office.keeper.fires("run", document)
    office.keeper.fires("cancel", document)
    assert document.state == "cancelled"


def test_a_transfer_goes_between_two_warehouses(office: Any) -> None:
    """Manual 11.9."""
    (pump,) = office.stocked("4")
    with refused("invalid"):
        transfer(office, [(pump, "1")], to_warehouse=office.warehouse())


def test_the_keepers_of_both_ends_move_the_goods(office: Any) -> None:
    """Manual 11.1, 11.9: who keeps neither warehouse does nothing."""
    (pump,) = office.stocked("4")
    document = transfer(office, [(pump, "1")])
    main, shop = office.warehouse(), office.warehouse("SHOP")
    keeper = main.keepers[0]
    office.admin.changes(main, keepers=[])
    with tripped(StockTransfer, "keeps_where_it_is"):
        office.keeper.fires("confirm", document)
    office.admin.changes(main, keepers=[keeper])
    office.keeper.fires("confirm", document)
    office.admin.changes(shop, keepers=[])
    with tripped(StockTransfer, "keeps_where_it_goes"):
        office.keeper.fires("run", document)


def test_a_keeper_is_shown_the_transfers_whose_next_step_is_theirs(office: Any, at: Any) -> None:
    """Manual 11.9: out of a kept warehouse to confirm, into one to run; who keeps none sees what waits for others."""
    (pump,) = office.stocked("9")
    drafted, confirmed = transfer(office, [(pump, "1")]), transfer(office, [(pump, "1")])
    office.keeper.fires("confirm", confirmed)
    done = transfer(office, [(pump, "1")])
    for step in ("confirm", "run"):
        office.keeper.fires(step, done)
    first, second = {drafted.number}, {confirmed.number}
    assert _views(at("keeper")) == {"open": first | second, "confirm": first, "run": second}
    office.admin.changes(office.warehouse("SHOP"), keepers=[])
    assert _views(at("keeper")) == {"open": first, "confirm": first, "run": set()}
    assert _views(at("boss")) == {"open": first | second, "confirm": first, "run": second}


def _views(browser: Any) -> dict[str, set[str]]:
    found = {}
    for view in ("open", "confirm", "run"):
        page = browser.open(f"/stocktransfer/list/?view={view}").text.partition("<main")[2]
        found[view] = set(re.findall(r"DB\d+", page))
    return found
