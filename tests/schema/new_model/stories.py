"""What a model gets that says nothing but its fields: pages, REST, import, export. `test_new_model.py` runs them."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from python_calamine import CalamineWorkbook

from app import jobs
from app.core.db.base import db
from app.core.record.audit import AuditEntry
from app.core.sheets.open_sheet import open_sheet
from app.models.customers.customer import Customer
from app.models.system.import_batch import ImportFault
from app.security.dictionaries import item_named
from tests.engine.imports.test_pages import pressed, sent
from tests.engine.pages.test_every_page import faults_of
from tests.schema.new_model.model import Cycle, Maintenance
from tests.support.office import SIGNED, D
from tests.support.pages import Browser, Page
from tests.support.workbooks import workbook

KEYS = {"Ctrl", "Shift", "Esc", "Enter"}  # stand on the keyboard like this
At = Callable[[str], Browser]
HEADINGS = [
    "合同编号", "维保主题", "客户", "年费", "每年次数", "生效日期", "付款周期", "紧急程度", "自动续约", "维保条款",
    "所有者",
]  # fmt: skip
TYPED = {
    "number": "WB-7", "subject": "空压机年度维保", "fee": "12800.50", "begins_on": "2026-12-01", "cycle": "yearly",
    "terms": "每季度一次\n含滤芯", "is_renewed": "1",
}  # fmt: skip


@pytest.fixture
def contracts(office: Any) -> dict[str, int]:
    """Two contracts of 林晓 and one of 周涛; number → key."""
    mine, other = office.customer("lin", name="北京海淀机电公司"), office.customer("zhou", name="上海浦东公司")
    made = {}
    for login, customer, number, subject, fee, cycle in (
        ("lin", mine, "WB-1", "空压机年度维保", "12800", Cycle.yearly),
        ("lin", mine, "WB-2", "叉车保养", "3600", Cycle.monthly),
        ("zhou", other, "WB-3", "电梯巡检", "9000", Cycle.yearly),
    ):
        row = office.person(login).creates(
            Maintenance, customer=customer, number=number, subject=subject, fee=D(fee), cycle=cycle,
            begins_on=SIGNED, urgency=item_named(db.session(), "urgency", "急"), terms="含配件",
        )  # fmt: skip
        made[number] = row.id
    return made


def customer_of(login: str) -> int:
    """The customer of the fixture's contracts."""
    name = {"lin": "北京海淀机电公司", "zhou": "上海浦东公司"}[login]
    return db.session.scalars(sa.select(Customer.id).where(Customer.name == name)).one()


def shows(page: Page, *numbers: str) -> bool:
    """Whether exactly these of the three contracts stand on the page."""
    return {n for n in ("WB-1", "WB-2", "WB-3") if n in page.text} == set(numbers)


def test_the_list_is_searched_filtered_and_sorted(contracts: Any, at: At) -> None:
    """Two Chinese characters and pinyin initials find it; every kind of field that narrows has its filter."""
    key = customer_of("lin")
    boss = at("boss")
    assert shows(boss.open("/maintenance/list/"), "WB-1", "WB-2", "WB-3")
    for address, found in (
        ("q=维保", ["WB-1"]), ("q=kyj", ["WB-1"]), ("q=WB-3", ["WB-3"]), ("cycle=monthly", ["WB-2"]),
        (f"customer={key}", ["WB-1", "WB-2"]), ("fee_from=9000", ["WB-1", "WB-3"]), ("is_renewed=1", []),
        ("begins_on_to=2020-01-01", []), ("visits_from=4&visits_to=4", ["WB-1", "WB-2", "WB-3"]),
    ):  # fmt: skip
        assert shows(boss.open(f"/maintenance/list/?{address}"), *found), address
    text = boss.open("/maintenance/list/?sort=fee").text
    assert text.index("WB-2") < text.index("WB-3") < text.index("WB-1")
    assert "¥12,800.00" in text
    assert "按年" in text


def test_the_search_in_the_top_bar_and_pickers_find_it(contracts: Any, at: At) -> None:
    lin = at("lin")
    for words in ("维保", "kyjndwb", "kongyaji"):
        text = lin.open(f"/search?q={words}").text
        assert f"/maintenance/show/{contracts['WB-1']}" in text, words
    assert "维保合同" in text
    assert json.loads(lin.open("/pick/maintenance?q=叉车").text)[0]["text"] == "WB-2"
    assert "WB-3" not in lin.open("/search?q=电梯").text


def test_the_form_refuses_what_is_wrong_and_keeps_what_was_typed(contracts: Any, at: At) -> None:
    lin, key = at("lin"), str(customer_of("lin"))
    db.session.remove()
    form = lin.open("/maintenance/add")
    assert form.typed("visits") == "4"
    assert form.typed("owner") != ""
    wrong = {**TYPED, "customer": key, "fee": "12.345", "begins_on": "morgen", "cycle": "weekly", "number": ""}
    page = lin.fill("/maintenance/add", **wrong)
    assert page.status == 422
    for name in ("subject", "fee", "begins_on", "terms", "customer"):
        assert page.typed(name).replace("\r", "").strip() == wrong[name], name
    for told in ("请填写“合同编号”", "不是日期", "请从列表中选择"):
        assert told in page.text, told
    taken = lin.fill("/maintenance/add", **{**TYPED, "customer": key, "number": "WB-1"})
    assert "“WB-1”已被使用" in taken.text
    made = lin.fill("/maintenance/add", **{**TYPED, "customer": key})
    assert made.status == 303, made.text
    shown = lin.open(made.location).text
    assert "¥12,800.50" in shown
    emptied = lin.fill(made.location.replace("show", "edit"), visits="")
    assert "请填写“每年次数”" in emptied.text
    assert lin.fill(made.location.replace("show", "edit"), visits="6").status == 303
    assert "<dd>6</dd>" in lin.open(made.location).text.replace(" ", "").replace("\n", "")


def test_nobody_makes_one_for_somebody_elses_customer_or_in_their_name(contracts: Any, at: At) -> None:
    lin = at("lin")
    his, hers = str(customer_of("zhou")), str(customer_of("lin"))
    zhou = db.session.execute(sa.text("select id from ab_user where username = 'zhou'")).scalar_one()
    db.session.remove()
    assert "请从列表中选择" in lin.fill("/maintenance/add", **{**TYPED, "customer": his}).text
    assert (
        "只能为自己或下属登记" in lin.fill("/maintenance/add", **{**TYPED, "customer": hers, "owner": str(zhou)}).text
    )
    assert at("manager").fill("/maintenance/add", **{**TYPED, "customer": hers, "owner": str(zhou)}).status == 303
    assert at("finance").open("/maintenance/add").status == 403


def whole_page(browser: Browser, address: str) -> Page:
    """A record's page with what stands on its tabs."""
    page = browser.open(address)
    tabs = dict.fromkeys(re.findall(r'href="(/maintenance/(?:tab/|show/\d+\?)[^"#]*)', page.text))
    page.text += "".join(browser.open(href.replace("&amp;", "&")).text for href in tabs)
    return page


def test_the_page_has_its_log_and_takes_files(contracts: Any, at: At) -> None:
    lin, address = at("lin"), f"/maintenance/show/{contracts['WB-1']}"
    page = whole_page(lin, address)
    assert re.search(r"<h1>\s*空压机年度维保", page.text), "what it is about; its number stands above"
    for told in ("WB-1", "北京海淀机电公司", "¥12,800.00", "含配件", "林晓", "急"):
        assert told in page.text, told
    form = next(a for a in page.text.split('"') if a.startswith("/attachment/") and "maintenance" in a)
    pairs = dict(page.form(form))
    answer = lin.client.post(form, data={**pairs, "file": (io.BytesIO(b"%PDF-1.4 x"), "合同.pdf")})
    assert answer.status_code in (302, 303), answer.get_data(as_text=True)
    lin.fill(f"/maintenance/edit/{contracts['WB-1']}", fee="13000")
    text = whole_page(lin, address).text
    for told in ("合同.pdf", "¥13,000.00", "年费"):
        assert told in text, told


def test_rest_makes_reads_changes_lists_and_deletes_it(contracts: Any, api_as: Any) -> None:
    key = customer_of("lin")
    db.session.remove()
    api = api_as("lin")
    body = {
        "number": "WB-9", "subject": "冷却塔清洗", "customer": key, "fee": "500.00", "begins_on": "2026-12-01",
        "cycle": "monthly", "urgency": "急", "is_renewed": True,
    }  # fmt: skip
    status, refused = api.post("maintenance/", {**body, "fee": "a lot", "cycle": "weekly", "begins_on": "soon"})
    assert (status, {r["field"] for r in refused["reasons"]}) == (422, {"fee", "cycle", "begins_on"})
    assert api.post("maintenance/", {**body, "number": "WB-1"})[1]["reasons"][0]["code"] == "duplicate_number"
    status, made = api.post("maintenance/", body)
    assert status == 201, made
    row = made["result"]
    assert (row["fee"], row["visits"], row["urgency"], row["owner"]["name"]) == ("500.00", 4, "急", "林晓")
    assert api.put(f"maintenance/{made['id']}", {"fee": "650.00", "version": row["version"]})[0] == 200
    assert api.put(f"maintenance/{made['id']}", {"fee": "1.00", "version": row["version"]})[0] == 409
    status, listed = api.get("maintenance/?q=(filters:!((col:fee,opr:eq,value:'650.00')))")
    assert (status, listed["ids"]) == (200, [made["id"]])
    assert api.get(f"maintenance/{contracts['WB-3']}")[0] == 404
    assert api.delete(f"maintenance/{made['id']}")[0] == 200
    assert api.get(f"maintenance/{made['id']}")[0] == 404
    assert api_as("finance").post("maintenance/", body)[0] == 403


def test_the_same_version_is_not_changed_twice(contracts: Any, at: At) -> None:
    """The form of a model without code of its own is stale like any other."""
    lin, manager, address = at("lin"), at("manager"), f"/maintenance/edit/{contracts['WB-1']}"
    opened = lin.open(address).form()
    assert manager.fill(address, fee="1").status == 303
    late = lin.send(address, opened, fee="2")
    assert (late.status, "销售主管" in late.text) == (409, True)


def test_the_description_of_the_interface_tells_its_fields(api_as: Any) -> None:
    status, told = api_as("lin").get("/api/v1/_openapi")
    assert status == 200
    assert {"get", "post"} <= set(told["paths"]["/api/v1/maintenance/"])
    text = json.dumps(told, ensure_ascii=False)
    for label in ("合同编号", "年费", "付款周期", "monthly"):
        assert label in text, label


def row_of(number: str, **changes: Any) -> list[Any]:
    values = dict(
        zip(
            HEADINGS,
            [number, "锅炉检修", "北京海淀机电公司", 800, 2, "2026/12/5", "按月", "普通", "是", "含滤芯", "林晓"],
            strict=True,
        )
    )
    return list({**values, **changes}.values())


def test_a_workbook_comes_in_row_by_row_and_goes_again(contracts: Any, app: Flask, client_as: Any) -> None:
    """Good rows come in, bad ones are told by cell and code; the whole batch can be taken back."""
    db.session.remove()
    client = client_as("lin")
    rows = [
        row_of("WB-20"), row_of("WB-21", 所有者=None, 紧急程度=None, 每年次数=None), row_of("WB-1"), row_of("WB-20"),
        row_of("WB-3", 年费="很多", 生效日期="明天", 付款周期="按周", 自动续约="也许", 每年次数="1.5"),
        row_of("WB-23", 客户="上海浦东公司", 紧急程度="随便", 维保主题=None), row_of("WB-24", 所有者="周涛"),
        row_of("W" * 61, 维保主题="长" * 201),
    ]  # fmt: skip
    address = sent(client, workbook(HEADINGS, rows), "maintenance", "维保.xlsx").headers["Location"]
    run_jobs(app)
    with app.app_context():
        assert faults() == {
            (4, "合同编号", "duplicate_number"), (5, "合同编号", "duplicate_number"),
            (6, "合同编号", "duplicate_number"), (6, "年费", "bad_number"),
            (6, "生效日期", "bad_date"), (6, "付款周期", "unknown_choice"), (6, "自动续约", "bad_flag"),
            (6, "每年次数", "bad_number"), (7, "客户", "unknown_row"), (7, "紧急程度", "unknown_choice"),
            (7, "维保主题", "missing"), (8, "所有者", "not_allowed"), (9, "合同编号", "too_long"),
            (9, "维保主题", "too_long"),
        }  # fmt: skip
        assert numbers() == {"WB-1", "WB-2", "WB-3"}, "a check writes nothing"
    page = client.get(address).get_data(as_text=True)
    for told in ("日期不正确", "不是列表中的值", "“上海浦东公司”，或您无权查看", "只能为自己或下属登记"):
        assert told in page, told
    assert pressed(client, address, "run", mode="valid").status_code == 303
    run_jobs(app)
    with app.app_context():
        assert numbers() == {"WB-1", "WB-2", "WB-3", "WB-20", "WB-21"}
        row = db.session.scalars(sa.select(Maintenance).where(Maintenance.number == "WB-21")).one()
        assert (row.owner.name, row.visits, row.urgency, row.fee, row.cycle) == ("林晓", 4, None, D(800), Cycle.monthly)
        assert str(row.begins_on) == "2026-12-05"
    assert "锅炉" in client.get("/search?q=锅炉").get_data(as_text=True)
    assert pressed(client, address, "revert").status_code == 303
    run_jobs(app)
    with app.app_context():
        assert numbers() == {"WB-1", "WB-2", "WB-3"}
    assert client.get(f"{address}/status").get_json()["state"] == "reverted"


def test_a_list_of_it_goes_into_a_workbook(contracts: Any, at: At) -> None:
    """What the list shows and no more: the rows in sight, narrowed, with figures and days as such."""
    answer = at("lin").post("/maintenance/list/export?cycle=yearly")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    heading = next(row for row in rows if "合同编号" in row)
    (row,) = rows[rows.index(heading) + 1 :]
    told = dict(zip(heading, row, strict=True))
    assert told["合同编号"] == "WB-1"
    assert 12800.0 in row
    assert any(isinstance(cell, dt.date) for cell in row)
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(at("zhou").post("/maintenance/list/export").data))
               .get_sheet_by_index(0).to_python()) == rows.index(heading) + 2  # fmt: skip


def test_its_template_says_what_each_column_takes(client_as: Any) -> None:
    answer = client_as("lin").get("/import/maintenance/template")
    assert open_sheet(answer.data, "a.xlsx").headings == HEADINGS
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        styles = re.findall(r'<c r="[A-Z]+1" s="(\d+)"', file.read("xl/worksheets/sheet1.xml").decode())
    looks = dict(zip(HEADINGS, styles, strict=True))
    assert looks["年费"] == looks["客户"] != looks["每年次数"] == looks["所有者"], "what must be filled in stands out"
    notes = {
        row[0]: row[1:]
        for row in CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(1).to_python()
    }
    assert notes["年费"] == ["是", "元"]
    assert notes["每年次数"] == ["", "整数"]
    assert notes["生效日期"] == ["是", "日期，写作 2026-11-23"]
    assert notes["合同编号"] == ["是", "不得重复；最多 60 个字符。"]
    assert client_as("finance").get("/import/maintenance/template").status_code == 403


def run_jobs(app: Flask) -> None:
    with app.app_context():
        while jobs.run_next():
            pass


def numbers() -> set[str]:
    return set(db.session.scalars(sa.select(Maintenance.number)))


def faults() -> set[tuple[int, str, str]]:
    query = sa.select(ImportFault.sheet_row, ImportFault.heading, ImportFault.code)
    return {tuple(row) for row in db.session.execute(query)}


def test_other_peoples_rows_are_not_there_at_all(contracts: Any, at: At, api_as: Any) -> None:
    """Missing and invisible answer alike on every path; superiors see what is below them."""
    key = contracts["WB-3"]
    lin = at("lin")
    assert shows(lin.open("/maintenance/list/"), "WB-1", "WB-2")
    for path in (f"/maintenance/show/{key}", f"/maintenance/edit/{key}"):
        assert lin.open(path).status == 404, path
    assert json.loads(lin.open("/pick/maintenance?q=WB").text) != []
    assert "WB-3" not in lin.open("/pick/maintenance?q=WB").text
    assert api_as("lin").get("maintenance/")[1]["count"] == 2
    assert shows(at("manager").open("/maintenance/list/"), "WB-1", "WB-2", "WB-3")
    assert shows(at("finance").open("/maintenance/list/"))


def test_a_deleted_one_waits_in_the_recycle_bin_and_stands_in_the_audit(contracts: Any, at: At) -> None:
    lin, key = at("lin"), contracts["WB-2"]
    assert lin.press(f"/maintenance/show/{key}", f"/maintenance/delete/{key}").status == 303
    assert lin.open(f"/maintenance/show/{key}").status == 404
    bin_page = lin.open("/recycle/list/").text
    assert "WB-2" in bin_page
    assert "维保合同" in bin_page
    deleted = next(part for part in bin_page.split('"') if part.startswith("/recycle/restore/"))
    assert lin.press("/recycle/list/", deleted).status == 303
    assert "叉车保养" in lin.open(f"/maintenance/show/{key}").text
    assert "WB-2" in lin.open("/search?q=叉车").text
    query = sa.select(AuditEntry.action).where(AuditEntry.model == "maintenance", AuditEntry.record_id == key)
    assert list(db.session.scalars(query.order_by(AuditEntry.id))) == ["create", "delete", "restore"]
    db.session.remove()
    audit = at("admin").open("/audit/list/?model=maintenance").text
    assert "维保合同" in audit


def test_every_page_of_it_wears_the_skin(contracts: Any, at: At) -> None:
    """Frame and menu, nothing in English, nothing empty that says None, a label on every input."""
    key, lin = contracts["WB-1"], at("lin")
    for path in ("/maintenance/list/", "/maintenance/add", f"/maintenance/show/{key}", f"/maintenance/edit/{key}"):
        page = lin.open(path)
        assert (page.status, faults_of(path, page.text)) == (200, [])
        assert 'href="/maintenance/list/"' in page.text, "its menu entry"
        assert "维保合同" in page.text
        body = re.sub(r"<(script|kbd|title)\b.*?</\1>", "", page.text, flags=re.DOTALL)
        visible = " ".join(re.findall(r">([^<]*)", body))
        assert set(re.findall(r"[A-Za-z]{3,}", visible)) <= KEYS, path
    assert 'href="/maintenance/list/"' not in at("keeper").open("/").text, "a section for whom it concerns"
    db.session.remove()
    assert "维保合同" in at("admin").open("/role/edit/3").text, "its rights are the administrator's to give"
