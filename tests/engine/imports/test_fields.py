"""Imports that follow from a model's fields: contacts, branches of the product tree, warehouses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.core.sheets.open_sheet import open_sheet
from app.imports.engine.importer import IMPORTERS
from app.models.customers.customer import Contact
from app.models.products.product import ProductCategory
from app.models.stock.stock import Warehouse
from app.models.system.import_batch import BatchState
from app.security.roles import RIGHTS
from tests.support.workbooks import workbook


def sheet(kind: str, *rows: dict[str, Any]) -> bytes:
    """A workbook of this kind from rows that name only what they fill in."""
    headings = [column.heading for column in IMPORTERS[kind].columns]
    assert {heading for row in rows for heading in row} <= set(headings)
    filled = [[row.get(heading) for heading in headings] for row in rows]
    return workbook(headings, filled, default_date_format="yyyy-mm-dd")


def contact(customer: str, name: str, **cells: Any) -> dict[str, Any]:
    return {"客户": customer, "姓名": name, **cells}


def test_contacts_come_in_by_the_rules_of_their_form(office: Any, imports: Any) -> None:
    """§6.3, §6.4: for customers of one's own people only, with a mobile number that can be one."""
    mine, namesake = office.customer("lin"), office.customer("lin")
    namesake_number = namesake.number
    other = office.customer("director")
    good = contact(mine.name, "王 明", 手机="138 0000 0001", 生日=dt.date(1990, 2, 3), 性别="男", 主联系人="是")
    batch = imports.does_all(
        "manager", "contact",
        sheet(
            "contact", good, contact(namesake_number, "李四", 生日="1990年2月3日"), contact("没有这家", "王五"),
            contact(other.name, "赵六"), contact(mine.name, "钱七", 手机="123"),
            contact(mine.name, "孙八", 性别="不详"), contact(mine.name, "  "), contact(mine.name, "长" * 61),
        ),
    )  # fmt: skip
    assert imports.faults(batch) == [
        (4, "客户", "unknown_row"), (5, "客户", "unknown_row"), (6, "手机", "bad_mobile"),
        (7, "性别", "unknown_choice"), (8, "姓名", "missing"), (9, "姓名", "too_long"),
    ]  # fmt: skip
    first, second = db.session.scalars(sa.select(Contact).order_by(Contact.id))
    assert (first.mobile, first.birthday, first.sex, first.is_primary) == (
        "13800000001", dt.date(1990, 2, 3), "male", True,
    )  # fmt: skip
    assert (second.customer_id, second.birthday, second.has_left) == (namesake.id, dt.date(1990, 2, 3), False)
    assert imports.takes_back("manager", batch).state == BatchState.reverted
    assert db.session.scalars(sa.select(Contact)).all() == []


def test_a_row_that_was_touched_since_keeps_its_import(office: Any, imports: Any) -> None:
    customer = office.customer("lin")
    batch = imports.does_all("manager", "contact", sheet("contact", contact(customer.name, "王明")))
    office.lin.changes(db.session.scalars(sa.select(Contact)).one(), duty="经理")
    assert imports.takes_back("manager", batch).state == BatchState.done
    assert len(db.session.scalars(sa.select(Contact)).all()) == 1


def test_branches_may_stand_on_branches_of_the_same_file(office: Any, imports: Any) -> None:
    """§10.1: a branch is named by its path; the depth of the tree is its root's."""
    batch = imports.does_all(
        "product", "product_category",
        sheet(
            "product_category", {"分类名称": "劳保用品"}, {"分类名称": "经济级", "上级分类": "劳保用品"},
            {"分类名称": "田岛", "上级分类": "劳保用品 / 经济级"},
            {"分类名称": "田岛", "上级分类": "劳保用品 / 经济级"},
            {"分类名称": "更深", "上级分类": "劳保用品 / 经济级 / 田岛"},
        ),
    )  # fmt: skip
    assert imports.faults(batch) == [(5, "分类名称", "duplicate_name"), (6, "上级分类", "too_deep")]
    paths = set(db.session.scalars(sa.select(ProductCategory.path)))
    assert paths == {"劳保用品", "劳保用品 / 经济级", "劳保用品 / 经济级 / 田岛"}
    assert imports.takes_back("product", batch).state == BatchState.reverted
    assert db.session.scalars(sa.select(ProductCategory)).all() == []


def test_warehouses_come_with_the_people_who_keep_them(office: Any, imports: Any) -> None:
    """§11.1"""
    batch = imports.does_all(
        "admin", "warehouse",
        sheet(
            "warehouse", {"仓库代码": "EAST", "仓库名称": "东仓", "库管员": "库管、林晓"},
            {"仓库代码": "MAIN", "仓库名称": "又一个主仓"},
            {"仓库代码": "WEST", "仓库名称": "西仓", "库管员": "无此人"},
            {"仓库代码": "NEW", "仓库名称": "东仓"},
        ),
    )  # fmt: skip
    assert imports.faults(batch) == [
        (3, "仓库代码", "duplicate_code"), (4, "库管员", "unknown_row"), (5, "仓库名称", "duplicate_name"),
    ]  # fmt: skip
    east = db.session.scalars(sa.select(Warehouse).where(Warehouse.code == "EAST")).one()
    assert ({keeper.name for keeper in east.keepers}, east.is_active) == ({"库管", "林晓"}, True)


def test_a_check_writes_nothing_and_uses_no_number(office: Any, imports: Any) -> None:
    batch = imports.sends("admin", "warehouse", sheet("warehouse", {"仓库代码": "EAST", "仓库名称": "东仓"}))
    assert (batch.state, batch.accepted, imports.faults(batch)) == (BatchState.checked, 1, [])
    assert "EAST" not in set(db.session.scalars(sa.select(Warehouse.code)))


def test_the_same_code_in_another_chunk_is_seen_by_the_check(
    office: Any, imports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.engine.run.CHUNK", 1)
    rows = [{"仓库代码": "EAST", "仓库名称": "东仓"}, {"仓库代码": "EAST", "仓库名称": "另一个东仓"}]
    batch = imports.sends("admin", "warehouse", sheet("warehouse", *rows))
    assert imports.faults(batch) == [(3, "仓库代码", "duplicate_code")]


def test_the_command_line_takes_every_kind(office: Any, imports: Any) -> None:
    code, lines = imports.command("warehouse", sheet("warehouse", {"仓库代码": "EAST", "仓库名称": "东仓"}))
    assert (code, lines[-1][:20]) == (0, "imported=1 refused=0")


def test_every_right_to_import_has_a_kind_whose_headings_are_distinct(app: Any) -> None:
    offered = {importer.model.__tablename__ for importer in IMPORTERS.values()}
    wanted = {subject for subject, rights in RIGHTS.items() if "import" in rights}
    assert wanted == offered
    with app.app_context():
        for importer in IMPORTERS.values():
            headings = [column.heading for column in importer.columns]
            assert len(set(headings)) == len(headings), importer.kind
            assert all(ord(heading[0]) > 127 or heading == "QQ" for heading in headings), "headings are Chinese"


def test_what_the_form_requires_the_workbook_requires(app: Any) -> None:
    with app.app_context():
        for kind in ("contact", "product_category", "warehouse"):
            importer = IMPORTERS[kind]
            required = {field.name for field in ENTRIES[importer.model].required()}
            assert {column.field for column in importer.columns if column.required} == required


def test_the_template_of_contacts_is_for_who_may_import_them(client_as: Any) -> None:
    answer = client_as("manager").get("/import/contact/template")
    assert open_sheet(answer.data, "a.xlsx").headings[:2] == ["客户", "姓名"]
    assert client_as("lin").get("/import/contact/template").status_code == 403
