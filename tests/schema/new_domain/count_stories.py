"""What lines get that count by a field of their own, or by none; `test_counting_lines.py` runs these."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from app.models.counts.handover import GoodsRequest, Handover
from app.models.counts.shelf_count import Leaflet, ShelfCount, ShelfCountLine

from app.core.db.base import db
from app.core.errors import refusal_of
from app.core.kinds.kind import Kind
from app.core.record.fields import Field, fields_of
from app.core.sheets.workbook import cell_text
from app.printing.document import document_pdf, printed_document
from app.security.accounts.people import user_named
from app.workflows.document.lines import new_line
from tests.support.office import D, refused
from tests.support.pages import Browser

At = Callable[[str], Browser]
LIMITED = [name for name, field in fields_of(ShelfCountLine).items() if field.kind.lowest is not None]


@pytest.fixture
def count(office: Any) -> ShelfCount:
    """Of the main warehouse: ten pumps by the books and three saws, filled in by the step that knows them."""
    office.stocked("10", "3", unit="个")
    made: ShelfCount = office.keeper.creates(ShelfCount, warehouse=office.warehouse())
    office.keeper.fires("fill", made)
    return made


def written(count: ShelfCount, *values: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a count as an entry takes them, with these values in the first ones."""
    more = [*values, *({} for _line in count.lines)]
    return [{"id": line.id, "product": line.product, **more[at]} for at, line in enumerate(count.lines)]


def setup_of(page: Any) -> dict[str, Any]:
    """What the script of a document's form begins with."""
    found: dict[str, Any] = json.loads(unescape(page.text.split('id="setup">', 1)[1].split("</script>", 1)[0]))
    return found


def save(browser: Browser, path: str, setup: dict[str, Any], head: dict[str, Any], lines: list[dict[str, Any]]) -> Any:
    """Save as the script of the form does."""
    body = {"head": head, "lines": lines, "version": setup["version"], "form_token": "t" * 20}
    token = browser.open("/password").typed("csrf_token")
    return browser.client.post(path, json=body, headers={"X-CSRFToken": token})


def below(kind: Kind) -> list[Any]:
    """Values that a kind may not take: less than the least, and the bound itself where that is left out."""
    step = 1 if kind.scale == 0 else D(1).scaleb(-kind.scale)
    return [kind.lowest - step, *([kind.lowest] if kind.is_above else [])]


def test_a_step_fills_in_what_the_domain_computes(count: ShelfCount, office: Any) -> None:
    assert [(line.position, line.expected, line.counted) for line in count.lines] == [(1, D(10), None), (2, D(3), None)]
    office.keeper.fires("fill", count)
    assert len(count.lines) == 2
    line = new_line(ShelfCountLine, product=count.lines[0].product, expected=D(7))
    assert (line.expected, line.counted) == (D(7), None)


def test_nought_is_counted_and_the_difference_is_posted(count: ShelfCount, office: Any) -> None:
    office.keeper.changes(count, lines=written(count, {"counted": D(0)}, {"counted": D(5)}))
    office.keeper.fires("post", count)
    assert [office.on_hand(line.product) for line in count.lines] == [D(0), D(5)]
    assert office.mismatches() == []


def test_every_way_in_holds_the_least_value_of_a_field(count: ShelfCount, office: Any, api_as: Any, at: At) -> None:
    """The entry, REST, the grid, a cell of a workbook and the database refuse what lies below, beside the field."""
    key, line_id, product = count.id, count.lines[0].id, count.lines[0].product_id
    keeper, rest = at("keeper"), api_as("keeper")
    fields = fields_of(ShelfCountLine)
    tried = [(fields[name], value) for name in LIMITED for value in below(fields[name].kind)]
    assert [(field.name, str(value)) for field, value in tried] == [
        ("counted", "-0.001"), ("boxes", "-1"), ("boxes", "0")
    ]  # fmt: skip
    for field, value in tried:
        refused_by_the_database(line_id, field, value)
        count = db.session.get_one(ShelfCount, key)
        with refused("invalid") as caught:
            office.keeper.changes(count, lines=written(count, {field.name: value}))
        assert caught.value.field == f"lines.0.{field.name}"
        with refused("bad_number"):
            field.kind.read_cell(cell_text(value))
        db.session.remove()
        sent = value if isinstance(value, int) else str(value)
        status, answer = rest.put(f"shelf_count/{key}", {"lines": [{"id": line_id, field.name: sent}]})
        assert (status, answer["reasons"][0]["field"]) == (422, f"lines.0.{field.name}")
        setup = setup_of(keeper.open(f"/shelfcount/edit/{key}"))
        lines = [{"id": line_id, "product": product, field.name: str(value)}]
        answer = save(keeper, f"/shelfcount/save/{key}", setup, {"warehouse": "1"}, lines)
        assert (answer.status_code, answer.json["reasons"][0]["field"]) == (422, f"lines.0.{field.name}")


def refused_by_the_database(line_id: int, field: Field, value: Any) -> None:
    units = int(D(value).scaleb(field.kind.scale))
    with pytest.raises(sa.exc.IntegrityError) as broken:
        db.session.execute(sa.text(f"UPDATE shelf_count_line SET {field.name} = {units} WHERE id = {line_id}"))
    told = refusal_of(broken.value)
    assert told is not None
    assert (told.field, field.label in told.message) == (field.name, True)
    db.session.rollback()


def test_the_description_of_the_interface_tells_the_least_values(count: ShelfCount, api_as: Any) -> None:
    db.session.remove()
    described = json.dumps(api_as("keeper").get("/api/v1/_openapi")[1]["components"]["schemas"]["shelf_count_new"])
    line = json.loads(described)["properties"]["lines"]["items"]["properties"]
    counted = line["counted"]["anyOf"]
    assert [part.get("minimum") for part in counted] == [None, 0]
    assert not any(part.get("exclusiveMinimum") for part in counted)
    assert "-?" not in counted[0]["pattern"]
    assert (line["boxes"]["minimum"], line["boxes"]["exclusiveMinimum"]) == (0, True)
    assert "quantity" not in line
    assert line["expected"] == {"readOnly": True}


def test_the_grid_knows_what_counts_what_is_fixed_and_every_long_text(count: ShelfCount, at: At) -> None:
    key = count.id
    setup = setup_of(at("keeper").open(f"/shelfcount/edit/{key}"))
    columns = {column["name"]: column for column in setup["columns"]}
    assert [name for name, column in columns.items() if column["counts"]] == ["counted"]
    assert list(columns)[:4] == ["product", "expected", "counted", "difference"]
    assert [name for name, column in columns.items() if column["kind"] == "remark"] == ["finding", "advice", "remark"]
    assert [(columns[n]["lowest"], columns[n]["isAbove"]) for n in ("counted", "boxes")] == [("0", False), ("0", True)]
    assert (columns["expected"]["kind"], setup["lines"][0]["expected"], setup["direction"]) == ("fixed", "10", "count")
    assert not columns["counted"]["required"]


def test_the_form_saves_every_text_and_writes_nothing_that_is_computed(count: ShelfCount, at: At) -> None:
    key, lines = count.id, [(line.id, line.product_id) for line in count.lines]
    keeper = at("keeper")
    setup = setup_of(keeper.open(f"/shelfcount/edit/{key}"))
    texts = {"finding": "破损", "advice": "报损", "remark": "左边第三层"}
    sent = [{"id": line, "product": product, "counted": "0", "expected": "99", **texts} for line, product in lines]
    answer = save(keeper, f"/shelfcount/save/{key}", setup, {"warehouse": "1"}, sent)
    assert answer.status_code == 200, answer.json
    saved = db.session.get_one(ShelfCount, key).lines[0]
    assert (saved.counted, saved.expected) == (D(0), D(10))
    assert {name: getattr(saved, name) for name in texts} == texts
    db.session.remove()
    page = keeper.open(f"/shelfcount/show/{key}").text
    for text in ("账面数量", "清点数量", "0 个", "13 个", *texts.values()):
        assert text in page, text
    heads = re.findall(r"<th[^>]*>([^<]*)</th>", page)
    assert heads[2:5] == ["账面数量", "清点数量", "差异"], "as in the model"


def test_what_is_counted_whole_is_refused_beside_the_field_that_counts(count: ShelfCount, office: Any) -> None:
    with refused("whole_unit") as caught:
        office.keeper.changes(count, lines=written(count, {"counted": D("1.5")}))
    assert caught.value.field == "lines.0.counted"


def test_paper_prints_nought_and_leaves_room_for_what_is_not_counted(count: ShelfCount, office: Any) -> None:
    office.keeper.changes(count, lines=written(count, {"counted": D(0), "finding": "破损"}))
    paper = printed_document(db.session(), ShelfCount, count.id, office.keeper.actor)
    assert paper.quantity_label == "清点数量"
    assert list(paper.columns) == ["账面数量", "差异", "箱数", "差异原因", "处理意见"]
    assert [line.quantity for line in paper.lines] == [D(0), None]
    assert [line.more for line in paper.lines] == [("10", "0", "", "破损", ""), ("3", "0", "", "", "")]
    assert paper.text_columns == {3, 4}
    assert document_pdf(paper).startswith(b"%PDF")
    for line in count.lines:
        line.expected = D(0)
    paper = printed_document(db.session(), ShelfCount, count.id, office.keeper.actor)
    assert [line.more[0] for line in paper.lines] == ["0", "0"]
    db.session.rollback()


def test_who_does_not_keep_the_warehouse_is_told_who_does_and_whom_to_ask(count: ShelfCount, office: Any) -> None:
    """Manual 11.1: by the policy when a row is made or changed, and by the guard of a step."""
    boss = user_named(db.session(), "boss")
    shop = office.warehouse("SHOP")
    office.admin.changes(shop, keepers=[])
    with refused("not_allowed") as caught:
        office.keeper.creates(ShelfCount, warehouse=shop)
    assert caught.value.field == "warehouse"
    assert shop.name in caught.value.message
    assert "管理员" in caught.value.message
    office.admin.changes(office.warehouse(), keepers=[boss])
    for act in (
        lambda: office.keeper.changes(count, lines=written(count, {"counted": D(1)})),
        lambda: office.keeper.fires("post", count),
    ):
        with refused("not_allowed") as caught:
            act()
        for told in (office.warehouse().name, boss.name, "管理员"):
            assert told in caught.value.message, told


def test_what_is_made_from_lines_takes_and_counts_by_the_fields_of_both(office: Any, at: At) -> None:
    (pump,) = office.stocked("10")
    wanted = office.lin.creates(
        GoodsRequest, warehouse=office.warehouse(), lines=[{"product": pump, "wanted": D(6)}]
    )  # fmt: skip
    office.lin.fires("submit", wanted)
    office.boss.fires("approve", wanted)
    made = office.lin.fires("hand_over", wanted, lines=[{"id": wanted.lines[0].id, "quantity": "4"}])
    assert [line.taken for line in made.lines] == [D(4)]
    office.keeper.fires("confirm", made, lines=[{"id": made.lines[0].id, "quantity": "3"}])
    assert (made.lines[0].taken, wanted.lines[0].handed, office.on_hand(pump)) == (D(3), D(3), D(7))
    assert [line.taken for line in office.lin.fires("hand_over", wanted).lines] == [D(3)]
    assert office.mismatches() == []
    paper = printed_document(db.session(), Handover, made.id, office.keeper.actor)
    assert (paper.quantity_label, paper.quantities) == ("交接数量", [(D(3), str(pump.unit))])
    key, child = wanted.id, made.id
    page = at("lin").open(f"/goodsrequest/show/{key}").text
    for text in ("申请数量", "已交接", "3 / 6"):
        assert text in page, text
    assert "交接数量" in at("keeper").open(f"/handover/show/{child}").text


def test_lines_may_count_nothing_at_all(office: Any, at: At, api_as: Any) -> None:
    products = [office.product("冲击钻"), office.product("角磨机")]
    lines = [{"product": product, "remark": "新品"} for product in products]
    leaflet = office.keeper.creates(Leaflet, lines=lines)
    paper = printed_document(db.session(), Leaflet, leaflet.id, office.keeper.actor)
    assert (paper.is_counted, list(paper.quantities), [line.quantity for line in paper.lines]) == (
        False,
        [],
        [None] * 2,
    )
    assert document_pdf(paper).startswith(b"%PDF")
    key, ids = leaflet.id, [product.id for product in products]
    keeper = at("keeper")
    page = keeper.open(f"/leaflet/show/{key}")
    assert (page.status, "角磨机" in page.text) == (200, True)
    form = keeper.open(f"/leaflet/edit/{key}")
    setup = setup_of(form)
    assert [column["kind"] for column in setup["columns"]] == ["product", "remark"]
    assert "data-lines-pieces" not in form.text
    assert not re.search(r'<th class="(quantity|stock|amount)"', form.text)
    answer = save(keeper, f"/leaflet/save/{key}", setup, {}, [{"product": ids[0]}])
    assert answer.status_code == 200, answer.json
    status, made = api_as("keeper").post("leaflet/", {"lines": [{"product": ids[1], "remark": "再荐"}]})
    assert (status, [line["remark"] for line in made["result"]["lines"]]) == (201, ["再荐"])
    assert "quantity" not in made["result"]["lines"][0]
