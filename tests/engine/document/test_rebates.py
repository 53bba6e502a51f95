"""A rebate on the whole, prices before tax and prices of six places, on every document with prices. Manual 8.5."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.core.appbuilder import Model
from app.core.db.base import db, model_name
from app.core.money import line_amount, shares, tax_in
from app.core.record.fields import fields_of
from app.models.document import Priced, Prices
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.purchase.supplier import Supplier
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import Shipment
from app.models.stock.goods_receipt import GoodsReceipt
from app.printing.document import document_pdf, printed_document
from tests.engine.paper.papers import pages
from tests.support.office import SIGNED, D, refused

PRICED = sorted((m.class_ for m in Model.registry.mappers if issubclass(m.class_, Priced)), key=model_name)
KINDS = pytest.mark.parametrize("model", PRICED, ids=model_name)
AMOUNTS = st.decimals(0, 10_000, places=2)


@pytest.fixture
def written(office: Any) -> Any:
    """Return a function that writes a draft of any document with prices: (product, quantity, price) a line."""
    supplier = office.purchaser.creates(Supplier, name="永康五金厂")

    def write(model: type[Any], lines: list[tuple[Any, str, str]], **values: Any) -> Any:
        if model is SalesOrder:
            return office.order("lin", lines, **values)
        asked = [{"product": product, "quantity": D(q), "unit_price": D(price)} for product, q, price in lines]
        return office.purchaser.creates(
            model, supplier=supplier, subject="备货", ordered_on=SIGNED, expected_on=SIGNED, lines=asked, **values
        )

    return write


def person_of(office: Any, model: type[Any]) -> Any:
    return office.lin if model is SalesOrder else office.purchaser


@given(st.lists(AMOUNTS, min_size=1, max_size=30), st.decimals(0, 1, places=4))
def test_a_rebate_is_spread_to_the_fen(values: list[Decimal], part: Decimal) -> None:
    """fault A10: the shares add up to the rebate, none is more than its line, each is within a fen of its part."""
    total = (sum(values, D(0)) * part).quantize(D("0.01"))
    found = shares(total, values)
    assert sum(found, D(0)) == total
    whole = sum(values, D(0))
    for share, value in zip(found, values, strict=True):
        assert 0 <= share <= value
        assert not whole or abs(share - total * value / whole) <= D("0.01")


@KINDS
def test_a_rebate_lowers_each_line(office: Any, written: Any, model: type[Any]) -> None:
    """fault A10: 100 off 300 in three lines of 100 is 33.33, 33.34, 33.33; tax is what the rest contains."""
    products = [office.product() for _each in range(3)]
    row = written(model, [(product, "10", "10") for product in products], rebate=D(100))
    assert [line.rebate for line in row.lines] == [D("33.33"), D("33.34"), D("33.33")]
    assert [line.amount for line in row.lines] == [D("66.67"), D("66.66"), D("66.67")]
    assert [line.effective_price for line in row.lines] == [D("6.667"), D("6.666"), D("6.667")]
    assert (row.total, row.tax_total) == (D(200), sum(tax_in(line.amount, D("0.13")) for line in row.lines))
    assert row.lowest_discount == D("0.6666"), "what an approval rule goes by counts the rebate"
    assert office.mismatches() == []


@KINDS
def test_a_rebate_changes_alone_and_is_taken_back(office: Any, written: Any, model: type[Any]) -> None:
    """fault A10: without its lines being sent again; lines that change are spread over anew."""
    row = written(model, [(office.product(), "3", "33.33")])
    person = person_of(office, model)
    person.changes(row, rebate=D("0.99"))
    assert (row.total, row.lines[0].rebate) == (D("99.00"), D("0.99"))
    person.changes(row, lines=[{"id": row.lines[0].id, "quantity": D(6)}])
    assert (row.total, row.lines[0].amount) == (D("198.99"), D("198.99"))
    person.changes(row, rebate=D(0))
    assert (row.total, row.lines[0].effective_price) == (D("199.98"), D("33.33"))
    assert office.mismatches() == []


@KINDS
def test_more_than_the_lines_cost_is_no_rebate(office: Any, written: Any, model: type[Any]) -> None:
    """fault A10: the refusal stands beside the rebate; below zero is refused too."""
    product = office.product()
    for code, rebate in (("rebate_too_large", "10.01"), ("invalid", "-0.01")):
        with refused(code) as error:
            written(model, [(product, "1", "10")], rebate=D(rebate))
        assert error.value.field == "rebate"
    row = written(model, [(product, "1", "10")], rebate=D(10))
    assert (row.total, row.tax_total, row.lines[0].effective_price) == (D(0), D(0), D(0))
    with refused("rebate_too_large"):
        person_of(office, model).changes(row, lines=[{"id": row.lines[0].id, "unit_price": D(9)}])


@KINDS
@pytest.mark.sql
def test_prices_have_six_places(office: Any, written: Any, model: type[Any]) -> None:
    """fault A10: 100,000 screws at 0.012345 are 1,234.50; a seventh place is refused, never rounded."""
    row = written(model, [(office.product(price="0.0125"), "100000", "0.012345")])
    db.session.expire_all()
    assert (row.lines[0].unit_price, row.total) == (D("0.012345"), D("1234.50"))
    kind = fields_of(type(row.lines[0]))["unit_price"].kind
    assert (kind.text(D("0.012345")), kind.json(D("0.012345")), kind.json(D(8))) == ("¥0.012345", "0.012345", "8.0000")
    with pytest.raises(ValidationError):
        kind.read_text("0.0123456")


@KINDS
def test_prices_may_be_written_before_tax(office: Any, written: Any, model: type[Any]) -> None:
    """fault A10: 3 × 33.33 before a tax of 13 % are 99.99 and 13.00; amounts and what is compared include tax."""
    row = written(model, [(office.product(price="40"), "3", "33.33")], prices=Prices.net)
    (line,) = row.lines
    assert (line.unit_price, line.amount, line.tax) == (D("33.33"), D("112.99"), D("13.00"))
    assert line.effective_price == D("37.6629"), "33.33 × 1.13"
    assert row.lowest_discount == D("0.9415"), "compared with the list price, which includes tax"
    person = person_of(office, model)
    person.changes(row, prices=Prices.gross)
    assert (row.total, line.tax) == (D("99.99"), tax_in(D("99.99"), D("0.13")))
    person.changes(row, prices=Prices.net, rebate=D("12.99"))
    assert (row.total, line.tax) == (D(100), D("11.50"))
    assert office.mismatches() == []


def test_a_list_price_written_before_tax_is_no_discount(office: Any) -> None:
    """fault A10: 1.21 at 13 % is 1.070796 before tax and comes back as 1.209999; no approval rule is to catch that."""
    order = office.order("lin", [(office.product(price="1.21"), "7", "1.070796")], prices=Prices.net)
    assert (order.lines[0].effective_price, order.lowest_discount) == (D("1.209999"), D(1))
    order = office.order("lin", [(office.product(price="1.21"), "7", "1.07")], prices=Prices.net)
    assert order.lowest_discount == D("0.9992")


@pytest.mark.parametrize("rebate", ["0.01", "100.01"])
def test_what_came_in_of_an_order_counts_at_its_part_of_the_amount(
    at: Any, office: Any, written: Any, rebate: str
) -> None:
    """fault A10: 3 pieces for 100 less a rebate are received in full: 100 %, not 99; free goods too."""
    order = written(PurchaseOrder, [(office.product(), "3", "33.336667")], rebate=D(rebate))
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    key, receipt = order.id, office.purchaser.fires("receive", order).id

    def head() -> str:
        db.session.rollback()
        page: str = at("purchaser").open(f"/purchaseorder/show/{key}").text
        return page.partition('id="document-lines"')[0]

    assert "100%" not in head()
    office.keeper.fires("confirm", db.session.get_one(GoodsReceipt, receipt))
    assert "100%" in head()


def test_a_price_before_tax_and_its_tax_agree_with_the_amount() -> None:
    """fault A10: the tax that was added is the tax that is found again in the amount, whatever the rate."""
    for fen in range(1, 2000):
        for rate in ("0", "0.01", "0.03", "0.06", "0.09", "0.13"):
            net = D(fen) / 100
            tax = line_amount(net, D(rate))
            assert tax_in(net + tax, D(rate)) == tax


def test_parts_of_a_delivery_add_up_to_the_line(office: Any) -> None:
    """fault A10: §8.11: shipped piece by piece, the parts cost what the line costs after the rebate, none below 0."""
    (product,) = office.stocked("100", price="0.5")
    order = office.approved("lin", [(product, "7", "0.333333")], rebate=D("2.30"))
    assert order.total == D("0.03")
    for _each in range(7):
        issue = office.lin.fires("issue", order)
        office.keeper.fires("confirm", issue, lines=[{"id": issue.lines[0].id, "quantity": "1"}])
        office.keeper.fires("ship", issue)
    parts = [shipment.lines[0].amount for shipment in db.session.query(Shipment).order_by(Shipment.id)]
    assert (len(parts), sum(parts), min(parts) >= 0) == (7, D("0.03"), True)
    assert (order.shipped_amount, order.receivable) == (D("0.03"), D("0.03"))
    assert office.mismatches() == []


def test_stopping_settles_on_what_was_delivered_after_the_rebate(office: Any) -> None:
    """fault A1, A10: 10 × 10.00 less 10, 4 delivered: 36 remain."""
    (product,) = office.stocked("100", price="10")
    order = office.approved("lin", [(product, "10", "10")], rebate=D(10))
    issue = office.lin.fires("issue", order)
    office.keeper.fires("confirm", issue, lines=[{"id": issue.lines[0].id, "quantity": "4"}])
    office.keeper.fires("ship", issue)
    office.director.fires("stop", order, reason="客户取消")
    assert (order.contract_value, order.receivable) == (D(36), D(36))
    assert office.mismatches() == []


def test_goods_come_in_at_what_they_cost(office: Any, written: Any) -> None:
    """fault A10: §12.4: the cost of a receipt is the price with tax, after the rebate."""
    product = office.product()
    order = written(PurchaseOrder, [(product, "10", "10")], prices=Prices.net, rebate=D(13))
    office.purchaser.fires("submit", order)
    office.boss.fires("approve", order)
    receipt = office.purchaser.fires("receive", order)
    assert receipt.lines[0].unit_cost == D(10), "(113 - 13) ÷ 10"


def test_a_wrong_amount_of_a_line_is_found(office: Any, written: Any) -> None:
    """fault A10: `crm verify` computes rebate, amount, tax and effective price of every line anew."""
    order = written(SalesOrder, [(office.product(), "3", "10")], rebate=D(1))
    line = order.lines[0]
    for name in ("rebate", "amount", "tax", "effective_price"):
        right = getattr(line, name)
        db.session.execute(type(line).__table__.update().values({name: right + 1}))
        db.session.commit()
        assert [text for text in office.mismatches() if f"line 1: {name} is" in text], name
        db.session.execute(type(line).__table__.update().values({name: right}))
        db.session.commit()
    assert office.mismatches() == []


def test_the_paper_says_what_was_taken_off_and_what_prices_mean(app: Any, office: Any) -> None:
    """fault A10: on paper a line costs quantity times price, and the rebate stands between their sum and the total."""
    order = office.order("lin", [(office.product(), "10", "10"), (office.product(), "1", "13")], rebate=D(13))
    with app.test_request_context():
        paper = printed_document(db.session(), SalesOrder, order.id, office.lin.actor)
        assert [line.amount for line in paper.lines] == [D(100), D(13)]
        assert (paper.price_label, paper.amount_label, paper.rebate, paper.total) == ("含税单价", "金额", D(13), D(100))
        text = "".join("".join(page.split()) for page in pages(document_pdf(paper)))
    assert "明细合计：¥113.00整单优惠：-¥13.00" in text
    office.lin.changes(order, prices=Prices.net, rebate=D(0))
    with app.test_request_context():
        paper = printed_document(db.session(), SalesOrder, order.id, office.lin.actor)
    assert (paper.price_label, paper.amount_label, paper.total) == ("不含税单价", "含税金额", D("127.69"))
    assert paper.terms[0].text == "不含税价；合计中含税额 ¥14.69"
    db.session.rollback()


def test_rebate_and_kind_of_prices_come_in_by_rest(firm: Any) -> None:
    """fault A10: gross unless net is said; six places; the answer says what follows."""
    (product,) = firm.stocked("5")
    written = {"product": product, "quantity": "3", "unit_price": "33.333333"}
    order = firm.order(rebate="10.00", prices="net", lines=[written])
    assert (order["rebate"], order["prices"], order["total"]) == ("10.00", "net", "103.00")
    (line,) = order["lines"]
    assert (line["unit_price"], line["rebate"], line["amount"]) == ("33.333333", "10.00", "103.00")
    assert firm.order(product=product)["prices"] == "gross"
