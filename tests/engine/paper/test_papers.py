"""The papers of all documents, read from their rows: what they say, to whom, and what follows from the model."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from pypdf import PdfReader

from app.core.db.base import db, model_name, models_by_name
from app.core.db.unit_of_work import in_unit_of_work
from app.core.errors import NotFound
from app.core.paper import PAPERS, Paper, declare_paper, paper_of
from app.core.record.fields import fields_of
from app.demo.people import CAST
from app.models.document import Document, line_model
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.stock.goods_issue import Shipment
from app.models.stock.goods_receipt import GoodsReceipt
from app.printing.derived import whole_paper
from app.printing.document import document_pdf, printed_document
from app.printing.party import declare_party
from app.screens.frame.registry import VIEWS
from app.security.dictionaries import item_named
from app.security.policy import visible
from app.security.roles import R
from app.security.settings import set_setting
from tests.engine.paper.papers import (
    CJK_FONTS,
    COST,
    covered_by_seals,
    fonts,
    pages,
    purchase,
    read_by,
    received,
    said,
    squeezed,
    transfer,
)
from tests.support.office import Office
from tests.support.pages import without_right
from tests.support.statements import counted

PRINTED = [model for model in models_by_name().values() if paper_of(model) is not None]
KINDS = pytest.mark.parametrize("model", PRINTED, ids=model_name)


def set_settings(**values: Any) -> None:
    session = db.session()
    in_unit_of_work(session, lambda: [set_setting(session, name, value) for name, value in values.items()])


def expected(model: type[Any], key: int, login: str) -> int:
    """What the policy says this person is answered."""
    actor = Office().person(login).actor
    if not actor.may("read", model):
        return 403
    seen = db.session.scalar(visible(sa.select(model.id).where(model.id == key), model, actor))
    return 200 if seen == key else 404


# Every model with a paper


def test_every_document_with_a_page_has_a_paper(app: Flask) -> None:
    assert {model for model in VIEWS if issubclass(model, Document)} <= set(PRINTED)
    assert set(PRINTED) <= set(VIEWS), "a paper needs a page from which it is printed"


@pytest.fixture
def key(app: Flask, furnished: dict[str, int], model: type[Any]) -> Iterator[int]:
    """A document of the kind; whatever in the firm is seen with a right of its own, as costs are, is `COST`."""
    with app.app_context(), force_locale("zh"):
        for kind in models_by_name().values():
            hidden = {described.column: D(COST) for described in fields_of(kind).values() if described.needs}
            if hidden:
                db.session.execute(sa.update(kind.__table__).values(hidden))
        db.session.commit()
        found = db.session.scalars(sa.select(model.id).order_by(model.id)).first()
        assert found is not None
        yield found


@KINDS
def test_a_document_is_printed_for_whoever_may_read_it_and_for_nobody_else(
    client_as: Callable[[str], FlaskClient], model: type[Any], key: int
) -> None:
    """Manual 8.8, 11.6, spec §1: the PDF is one more way to a row, and goes through the same policy.

    Costs stand only on papers that name them as their price, and only for who may see them.
    """
    wanted = {login: expected(model, key, login) for login in CAST}
    price = fields_of(line_model(model)).get(whole_paper(model).price)
    needs = price.needs if price is not None else None
    costs = {login for login in CAST if needs and Office().person(login).actor.may("view", needs)}
    db.session.remove()
    address = f"{VIEWS[model].route_base}/pdf/{key}"
    answers = {login: client_as(login).get(address) for login in CAST}
    assert {login: answer.status_code for login, answer in answers.items()} == wanted
    assert {200, 404} <= set(wanted.values())
    for login, answer in answers.items():
        text = squeezed("".join(pages(answer.data))) if answer.status_code == 200 else ""
        assert "None" not in text
        assert re.findall("[a-z]{2,}", text) == [], "English, or the name of a field"
        assert (COST in text) is (bool(text) and login in costs), login
    page = client_as("boss").get(f"{VIEWS[model].route_base}/show/{key}").get_data(as_text=True)
    assert f'href="{address}"' in page


@KINDS
def test_a_paper_is_in_chinese_with_its_fonts_whatever_the_language_of_the_screen(model: type[Any], key: int) -> None:
    boss = Office().boss.actor
    chinese = printed_document(db.session(), model, key, boss)
    with force_locale("en"):
        assert printed_document(db.session(), model, key, boss) == chinese
    found = list(fonts(document_pdf(chinese)))
    assert all("/FontFile2" in font or "/FontFile3" in font for font in found)
    assert any(name in str(font["/FontName"]) for font in found for name in CJK_FONTS)


def test_the_lines_of_a_paper_take_no_statements_of_their_own(office: Any) -> None:
    """A dozen different products are read as one is."""
    goods = office.stocked(*["10"] * 12)
    order = office.approved("lin", [(product, "2") for product in goods])
    shipment = office.shipped(order)
    receipt = received(office, [(product, "3", "6") for product in goods])
    kept = [
        order,
        shipment,
        shipment.issue,
        receipt,
        receipt.purchase_order,
        transfer(office, [(p, "1") for p in goods]),
    ]
    for model, row_id in [(type(row), row.id) for row in kept]:
        boss = office.boss.actor
        db.session.remove()
        with counted() as statements:
            printed = printed_document(db.session(), model, row_id, boss)
        assert len(printed.lines) == 12
        assert len(statements) < 12, (model, statements)


# What follows from the model


def test_a_document_that_declares_nothing_is_printed_all_the_same(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number, its days, whom it is agreed on with; nobody else's name, no costs, nothing that steps write."""
    monkeypatch.delitem(PAPERS, PurchaseOrder)
    order = purchase(office, [(office.product(), "2", "6.5")], customer=office.customer("lin", "北京第一五金店"))
    document = read_by(office.purchaser, order)
    assert document.title == "采购单"
    assert said(document) == {
        "采购单号": order.number, "供应商": "永康五金厂", "主题": "备货", "采购日期": "2026年11月2日",
        "预计到货日期": "2026年11月9日", "采购分类": "", "仓库": "主仓", "采购员": "采购",
        "价格说明": "以上价格均含增值税，其中税额 ¥1.50",
    }  # fmt: skip
    assert [side.role for side in document.sides] == ["供方", "需方"]
    assert "北京第一五金店" not in squeezed("".join(pages(document_pdf(document))))


def test_a_document_of_goods_is_signed_by_who_prepared_keeps_and_handles_it(office: Any) -> None:
    """Manual 11.3: 制单—库管—经手人, the names as far as they are known."""
    receipt = received(office, [(office.product(), "2", "6.5")])
    assert [(part.label, part.name) for part in read_by(office.keeper, receipt).signatures] == [
        ("制单", "采购"), ("库管", ""), ("经手人", ""),
    ]  # fmt: skip
    office.keeper.fires("confirm", receipt)
    assert read_by(office.keeper, receipt).signatures[1].name == "库管"


def test_a_paper_and_a_party_are_declared_once() -> None:
    with pytest.raises(ValueError, match="GoodsReceipt has two papers"):
        declare_paper(GoodsReceipt, Paper())
    with pytest.raises(ValueError, match="Supplier is declared as a party twice"):
        declare_party(Supplier, lambda row: row)
    assert paper_of(Supplier) is None


def test_the_costs_of_a_model_are_left_out_unless_its_paper_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Manual 8.8."""
    assert whole_paper(GoodsReceipt).price == "unit_cost"
    monkeypatch.setitem(PAPERS, GoodsReceipt, Paper())
    monkeypatch.setitem(PAPERS, Shipment, Paper())
    assert (whole_paper(GoodsReceipt).price, whole_paper(GoodsReceipt).columns) == ("", ())
    assert (whole_paper(Shipment).price, whole_paper(Shipment).columns) == ("unit_price", ())


def test_nobody_prints_what_they_may_not_see(office: Any) -> None:
    order = office.order("lin", [(office.product(), "1")])
    with pytest.raises(NotFound):
        read_by(office.xu, order)
    with pytest.raises(NotFound):
        printed_document(db.session(), type(order), 999_999, office.lin.actor)


def test_who_may_read_no_documents_of_a_kind_prints_none(office: Any, client_as: Callable[[str], FlaskClient]) -> None:
    (product,) = office.stocked("10")
    address = f"/goodsissue/pdf/{office.issued(office.approved('lin', [(product, '4')])).id}"
    db.session.remove()
    assert client_as("keeper").get(address).status_code == 200
    without_right(R.warehouse, "goods_issue")
    assert client_as("keeper").get(address).status_code == 403


# Sales order


def test_an_order_on_paper_says_all_that_both_sides_agreed(office: Any) -> None:
    """Manual 8.4: numbers, parties with bank and tax, lines, totals in words and figures, the plan."""
    set_settings(
        company_name="掌柜五金工具有限公司", company_tax_number="91310115MA1K00000Y", company_bank_name="工行张江支行",
        company_bank_account="1001 2345",
    )  # fmt: skip
    customer = office.customer(
        "lin", "北京华北机电设备有限公司", tax_number="91110105MA00000D12", bank_name="中国银行建国门支行",
        bank_account="3388 5601",
    )  # fmt: skip
    wrench, rest = office.product("世达活动扳手", price="18.65", unit="米"), office.product(price="16362.39")
    order = office.order(
        "lin", [(wrench, "2.5"), (rest, "1")], customer=customer, consignee="李娜",
        settlement=item_named(db.session(), "settlement", "先款后货"),
    )  # fmt: skip
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01", interval_days=30)
    [page] = pages(document_pdf(read_by(office.lin, order)))
    text = squeezed(page)
    for expected_text in (
        "销售订单", order.number, "掌柜五金工具有限公司", "北京华北机电设备有限公司", "91310115MA1K00000Y",
        "91110105MA00000D12", "工行张江支行", "中国银行建国门支行", "10012345", "33885601", "世达活动扳手", "2.5",
        "18.65", "13%", "46.63",
        "人民币壹万陆仟肆佰零玖元零贰分", "¥16,409.02", "2026年11月2日", "先款后货", "第1期", "¥8,204.51", "李娜",
    ):  # fmt: skip
        assert expected_text in text, expected_text


def test_only_an_approved_document_is_printed_without_a_watermark(office: Any) -> None:
    """Manual 8.7, 12.4: whatever is to be approved says so on its paper until it is."""
    order, bought = office.order("lin", [(office.product(), "1")]), purchase(office, [(office.product(), "1", "6")])
    for row, person, approver in ((order, office.lin, office.director), (bought, office.purchaser, office.boss)):
        assert read_by(person, row).watermark == "未审批"
        person.fires("submit", row)
        assert read_by(person, row).watermark == "未审批"
        approver.fires("approve", row)
        assert read_by(person, row).watermark == ""


def test_the_paper_of_an_order_is_read_from_its_rows(office: Any) -> None:
    """Manual 8.4, 8.14: what was agreed stands on it, with our own data from the settings."""
    set_settings(company_bank_account="6222 0001")
    order = office.approved("lin", [(office.product(price="12.5"), "4")])
    office.lin.fires("plan", order, instalments=2, first_on="2026-12-01", interval_days=30)
    paper = read_by(office.lin, order)
    seller, buyer = paper.sides
    assert (paper.number, paper.total, paper.watermark) == (order.number, D("50.00"), "")
    assert buyer.party.name == order.customer.name
    assert seller.party.bank_account == "6222 0001"
    assert said(paper)["销售人员"] == "林晓"
    assert said(paper)["回款计划"] == "第1期 2026年12月1日 ¥25.00；第2期 2026年12月31日 ¥25.00"
    assert [line.amount for line in paper.lines] == [D("50.00")]


# Delivery note


def test_the_paper_of_a_shipment_is_read_from_its_rows(office: Any) -> None:
    """Manual 11.5, 11.6."""
    [product] = office.stocked("10", price="12.5")
    shipment = office.shipped(office.approved("lin", [(product, "4")]))
    paper = read_by(office.keeper, shipment)
    assert (paper.number, said(paper)["收货人"], said(paper)["发货仓库"]) == (shipment.number, "王明", "主仓")
    assert [(line.number, line.quantity, line.amount) for line in paper.lines] == [(product.number, D(4), None)]
    set_settings(print_prices_on_delivery_note=True)
    assert read_by(office.keeper, shipment).total == D("50.00")


def test_a_delivery_note_shows_prices_only_when_asked_to(office: Any) -> None:
    """Manual 11.6: recipient, carrier and goods always; money only by the setting."""
    set_settings(company_phone="021-50801234")
    goods = office.stocked("9", "9", "9", price="18.65", unit="米")
    order = office.approved("lin", [(product, "2.5") for product in goods], consignee="李娜")
    issue = office.issued(order)
    shipment = office.keeper.fires("ship", issue, carrier="顺丰速运", tracking_number="SF1234567890")
    plain = squeezed(pages(document_pdf(read_by(office.keeper, shipment)))[0])
    set_settings(print_prices_on_delivery_note=True)
    priced = squeezed(pages(document_pdf(read_by(office.keeper, shipment)))[0])
    for expected_text in (
        "送货单", shipment.number, "李娜", "13800000000", "北京市通州区一号库", "顺丰速运", "SF1234567890", "2.5",
        "合计（数量）：7.5米", "制单：库管", "021-50801234",
    ):  # fmt: skip
        assert expected_text in plain, expected_text
    assert "¥" not in plain
    assert "18.65" not in plain
    assert "¥139.89" in priced
    assert "人民币壹佰叁拾玖元捌角玖分" in priced


# Purchasing and stock


def test_a_purchase_order_tells_the_supplier_what_it_needs_and_nothing_of_the_customer(office: Any) -> None:
    """Manual 12.1, 12.3: price, day, place and both sides with their banks; not for whom the goods are."""
    set_settings(company_tax_number="91310115MA1K00000Y")
    order = office.approved("lin", [(office.product(), "1")])
    bought = purchase(office, [(office.product(), "10", "6.125")], sales_order=order, customer=order.customer)
    paper = read_by(office.purchaser, bought)
    seller, buyer = paper.sides
    assert (seller.party.name, seller.party.bank_account) == ("永康五金厂", "19530101")
    assert (seller.party.tax_number, buyer.party.tax_number) == ("91330784MA2E00000K", "91310115MA1K00000Y")
    assert (said(paper)["预计到货日期"], said(paper)["仓库"], paper.total) == ("2026年11月9日", "主仓", D("61.25"))
    text = squeezed("".join(pages(document_pdf(paper))))
    for expected_text in ("采购单", "6.125", "13%", "人民币陆拾壹元贰角伍分", "未审批", "胡厂长", "送货地址"):
        assert expected_text in text, expected_text
    assert order.number not in text
    assert squeezed(order.customer.name) not in text
    office.purchaser.fires("submit", bought)
    office.boss.fires("approve", bought)
    [page] = PdfReader(io.BytesIO(document_pdf(read_by(office.purchaser, bought)))).pages
    assert covered_by_seals(page) == []


def test_a_goods_receipt_names_the_purchase_and_the_supplier(office: Any) -> None:
    """Manual 8.8, 11.3: its cost only for who may see it."""
    receipt = received(office, [(office.product(), "4", "6.125")])
    kept, known = read_by(office.keeper, receipt), read_by(office.boss, receipt)
    assert said(kept)["采购单"] == receipt.purchase_order.number
    assert (said(kept)["供应商"], said(kept)["仓库"]) == ("永康五金厂", "主仓")
    assert (kept.price_label, kept.total, kept.lines[0].unit_price) == ("", None, None)
    assert (known.price_label, known.total, known.lines[0].amount) == ("成本价", D("24.50"), D("24.50"))
    assert "¥" not in "".join(pages(document_pdf(kept)))


def test_a_goods_issue_says_for_whom_and_where_to(office: Any) -> None:
    """Manual 11.5, 11.6."""
    [product] = office.stocked("10")
    issue = office.issued(office.approved("lin", [(product, "4")]))
    paper = read_by(office.keeper, issue)
    facts = said(paper)
    assert (paper.title, facts["订单"], facts["客户"]) == ("出库单", issue.order.number, issue.order.customer.name)
    assert (facts["收货地址"], facts["仓库"], paper.total) == ("北京市通州区一号库", "主仓", None)
    assert paper.quantities == [(D(4), "个")]


def test_a_stock_transfer_has_room_for_what_arrived_until_it_is_known(office: Any) -> None:
    """Manual 11.9: both keepers sign."""
    pump, saw = office.stocked("10", "5")
    document = transfer(office, [(pump, "6"), (saw, "5")])
    paper = read_by(office.keeper, document)
    assert (said(paper)["调出仓库"], said(paper)["调入仓库"], said(paper)["原因"]) == ("主仓", "门店仓", "门店补货")
    assert [part.label for part in paper.signatures] == ["制单", "调出库管", "调入库管"]
    assert (paper.columns, [line.more for line in paper.lines]) == (["到货数量"], [("",), ("",)])
    office.keeper.fires("confirm", document)
    office.keeper.fires("run", document, lines=[{"id": document.lines[0].id, "quantity": "5"}])
    assert [line.more for line in read_by(office.keeper, document).lines] == [("5",), ("0",)]


def test_what_was_cancelled_says_so_on_its_paper(office: Any) -> None:
    [pump] = office.stocked("10")
    document = transfer(office, [(pump, "6")])
    office.keeper.fires("cancel", document)
    assert read_by(office.keeper, document).watermark == "已取消"
