"""A list as people work with it: taken along, narrowed under a name, other columns, many rows at once. design.md §8."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.models.document import ApprovalState
from app.models.sales.sales_order import SalesOrder
from app.models.system.preference import ListPreference
from app.screens.list import list_page
from tests.support.pages import without_right

ORDERS = "/salesorder/list/"


def rows_of(answer: TestResponse) -> list[list[Any]]:
    """The rows of a workbook that came as an answer, from the headings on."""
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    start = next(at for at, row in enumerate(rows) if sum(cell != "" for cell in row) > 3)
    return rows[start:]


def keys(text: str) -> list[int]:
    return [int(key) for key in re.findall(r'name="id" value="(\d+)"', text)]


def heads(text: str) -> list[str]:
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', text)
    return [re.sub(r"<[^>]+>", "", head).strip() for head in found]


class Placed(NamedTuple):
    """An order as it is known from outside."""

    id: int
    number: str


def placed(order: SalesOrder) -> Placed:
    return Placed(order.id, order.number)


def state_of(order: Placed) -> ApprovalState:
    db.session.rollback()
    return db.session.get_one(SalesOrder, order.id).state


@pytest.fixture
def pending(office: Any) -> list[Placed]:
    """Three orders of lin's that wait for approval."""
    product = office.stocked("50")[0]
    orders = [office.order("lin", [(product, str(n))]) for n in (1, 2, 3)]
    for order in orders:
        office.lin.fires("submit", order)
    return [placed(order) for order in orders]


# Export


def test_a_list_is_taken_along_as_it_is_narrowed_and_sorted(at: Any, office: Any) -> None:
    """Figures stay figures, days days; what the person may not see is not in it."""
    product = office.product(price="10")
    totals = ["20", "30", "10"]
    for total in totals:
        office.order("lin", [(product, str(int(total) // 10))])
    office.order("zhou", [(product, "9")])
    lin = at("lin")
    heading, *rows = rows_of(lin.post(f"{ORDERS}export?sort=-total"))
    total = heading.index("总金额")
    assert [row[total] for row in rows] == [30, 20, 10]
    narrowed = rows_of(lin.post(f"{ORDERS}export?total_from=20&sort=total"))
    assert [row[total] for row in narrowed[1:]] == [20, 30]
    assert all(isinstance(row[heading.index("签约日期")], dt.date) for row in rows)


def test_an_export_holds_the_rows_that_were_ticked(at: Any, pending: list[Placed]) -> None:
    rows = rows_of(at("lin").post(f"{ORDERS}export", id=[pending[0].id, pending[2].id]))
    assert {row[0] for row in rows[1:]} == {pending[0].number, pending[2].number}


def test_somebody_elses_ticked_row_is_not_taken_along(at: Any, pending: list[Placed]) -> None:
    """§6.1: nor does ticking it by hand help."""
    rows = rows_of(at("zhou").post(f"{ORDERS}export", id=[pending[0].id]))
    assert len(rows) == 1  # the headings


def test_texts_that_look_like_formulas_stay_texts(at: Any, office: Any) -> None:
    """R13."""
    office.customer(name="=HYPERLINK(1)工具行")
    answer = at("lin").post("/customer/list/export")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK(1)" in sheet
    assert "<f>" not in sheet


def test_the_log_keeps_who_took_how_many_rows(at: Any, pending: list[Placed]) -> None:
    at("lin").post(f"{ORDERS}export?state=pending")
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert entry.model == "sales_order"
    assert entry.note is not None
    assert entry.note.startswith("3")
    assert "待" in entry.note  # what it was narrowed to


def test_more_rows_than_a_workbook_takes_are_refused_with_the_way_out(
    at: Any, pending: list[Placed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_page, "MOST_EXPORTED", 2)
    lin = at("lin")
    page = lin.post(f"{ORDERS}export?state=pending")
    assert (page.status_code, page.location) == (303, f"{ORDERS}?state=pending")
    assert "缩小到 2 行" in lin.open(page.location).text


def test_without_the_right_there_is_neither_button_nor_file(at: Any, pending: list[Placed]) -> None:
    without_right("sales", "sales_order", "export")
    lin = at("lin")
    assert "/list/export" not in lin.open(ORDERS).text
    assert lin.post(f"{ORDERS}export").status_code == 403


# Columns


def test_columns_are_chosen_and_remembered_by_each_for_themselves(at: Any, pending: list[Placed]) -> None:
    lin, boss = at("lin"), at("boss")
    standard = heads(lin.open(ORDERS).text)
    page = lin.post(f"{ORDERS}columns?state=pending", column=["customer", "total", "remark", "nope"])
    assert page.location == f"{ORDERS}?state=pending"
    chosen = heads(lin.open(ORDERS).text)
    assert len(chosen) < len(standard)
    assert chosen[0] == standard[0]  # what the row is opened by cannot be left out
    assert heads(boss.open(ORDERS).text) == standard
    lin.post(f"{ORDERS}columns", standard="1")
    assert heads(lin.open(ORDERS).text) == standard


def test_a_column_one_may_not_see_cannot_be_chosen(at: Any, office: Any) -> None:
    """§10.3: cost exists only for who may see it, whoever asks by hand."""
    office.product(cost="6.1234")
    service = at("service")
    service.post("/product/list/columns", column=["name", "cost_price"])
    assert "6.1234" not in service.open("/product/list/").text
    director = at("director")
    director.post("/product/list/columns", column=["name", "cost_price"])
    assert "6.1234" in director.open("/product/list/").text


# Views


def test_a_view_is_saved_opened_replaced_and_dropped(at: Any, pending: list[Placed]) -> None:
    lin = at("lin")
    saved = lin.post(f"{ORDERS}views?state=pending&sort=-total", name=" 等  批 ")
    assert saved.location == f"{ORDERS}?state=pending&sort=-total"
    text = lin.open(ORDERS).text
    link = re.search(r'class="chip own" href="([^"]+)"', text)
    assert link
    opened = lin.open(link[1].replace("&amp;", "&"))
    assert len(keys(opened.text)) == 3
    assert 'class="chip own on"' in opened.text
    assert "等 批" in opened.text
    lin.post(f"{ORDERS}views?state=draft", name="等 批")
    assert len(re.findall('class="chip own"', lin.open(ORDERS).text)) == 1
    assert "等 批" not in at("boss").open(ORDERS).text
    lin.post(f"{ORDERS}views", drop="等 批")
    assert "等 批" not in lin.open(ORDERS).text


def test_a_view_needs_a_name_and_there_are_not_endlessly_many(at: Any, office: Any) -> None:
    lin = at("lin")
    lin.post(f"{ORDERS}views?state=draft", name="  ")
    assert "请填写视图名称" in lin.open(ORDERS).text
    for n in range(12):
        lin.post(f"{ORDERS}views?state=draft", name=f"v{n}")
    lin.post(f"{ORDERS}views?state=draft", name="one more")
    assert "已有 12 个视图" in lin.open(ORDERS).text
    db.session.rollback()
    assert len(db.session.scalars(sa.select(ListPreference)).one().views) == 12


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\x00", "x" * 3000, "%s %(n)s {{ 7*7 }}"])
def test_hostile_names_of_views_do_no_harm(at: Any, office: Any, name: str) -> None:
    lin = at("lin")
    assert lin.post(f"{ORDERS}views?q={quote(name)}", name=name).status_code == 303
    text = lin.open(ORDERS).text
    assert "<script>alert" not in text
    assert "49" not in re.findall(r'class="chip own"[^>]*>(.*?)</a>', text)


# Many rows at once


def test_several_orders_are_approved_at_once_and_what_is_refused_says_why(
    at: Any, office: Any, pending: list[Placed]
) -> None:
    """§8.7: each row by the same rules as on its page; one refusal does not hold up the others."""
    draft = placed(office.order("lin", [(office.product(name="另一种", price="5"), "1")]))
    manager = at("manager")
    ids = [pending[0].id, draft.id, pending[2].id]
    page = manager.post(f"{ORDERS}bulk/approve?owner=1", id=ids)
    assert (page.status_code, page.location) == (303, f"{ORDERS}?owner=1")
    text = manager.open(ORDERS).text
    assert "同意：已完成 2 条" in text
    assert draft.number in text
    assert [state_of(order) for order in (pending[0], pending[1], pending[2], draft)] == [
        ApprovalState.approved, ApprovalState.pending, ApprovalState.approved, ApprovalState.draft,
    ]  # fmt: skip
    assert office.mismatches() == []


def test_a_row_out_of_sight_is_not_touched(at: Any, pending: list[Placed]) -> None:
    zhou = at("zhou")
    zhou.post(f"{ORDERS}bulk/withdraw", id=[pending[0].id, 99999, "x", "-1"])
    text = zhou.open(ORDERS).text
    assert pending[0].number not in text
    assert "没有" in text or "不存在" in text
    assert state_of(pending[0]) is ApprovalState.pending


def test_steps_nobody_has_or_that_ask_something_are_not_there(at: Any, pending: list[Placed]) -> None:
    """Rejecting needs a reason, and a salesperson approves nothing."""
    manager, lin = at("manager"), at("lin")
    assert "bulk/approve" in manager.open(ORDERS).text
    assert "bulk/approve" not in lin.open(ORDERS).text
    for browser, action in ((manager, "reject"), (lin, "approve"), (manager, "nope")):
        assert browser.post(f"{ORDERS}bulk/{action}", id=[pending[0].id]).status_code == 404
    assert state_of(pending[0]) is ApprovalState.pending


def test_the_way_forward_stands_first_and_is_blue(at: Any, pending: list[Placed]) -> None:
    bar = at("manager").open(ORDERS).text.split('class="bulk"', 1)[1].split("</form>", 1)[0]
    buttons = re.findall(r'class="btn([^"]*)" formaction="[^"]*bulk/(\w+)', bar)
    assert buttons.index((" btn-primary", "approve")) < buttons.index(("", "withdraw"))


def test_drafts_are_deleted_at_once_into_the_recycle_bin(at: Any, office: Any, pending: list[Placed]) -> None:
    product = office.product(name="又一种", price="5")
    drafts = [placed(office.order("lin", [(product, "1")])) for _n in range(2)]
    lin = at("lin")
    ids = [*(order.id for order in drafts), pending[0].id]
    lin.post(f"{ORDERS}bulk/delete", id=ids)
    db.session.rollback()
    left = set(db.session.scalars(sa.select(SalesOrder.id)))
    assert left == {order.id for order in pending}
    text = lin.open("/recycle/list/").text
    assert all(order.number in text for order in drafts)


# Sums


def test_a_list_adds_up_when_asked(at: Any, office: Any) -> None:
    """Every row counts, not only those of this page."""
    product = office.product(price="10")
    for quantity in ("1", "2", "4"):
        office.order("lin", [(product, quantity)])
    lin = at("lin")
    assert "<tfoot>" not in lin.open(ORDERS).text
    foot = lin.open(f"{ORDERS}?count=all").text.split("<tfoot>", 1)[1].split("</tfoot>", 1)[0]
    assert "¥70.00" in foot
