"""CSV files come in by the very rules of workbooks: columns, faults, warnings, refused rows, taking back."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db
from app.core.errors import Refused
from app.core.sheets.columns import FAULT_HEADING
from app.core.sheets.open_sheet import open_sheet
from app.models.customers.customer import Contact, Customer
from app.models.stock.stock import StockInit
from app.models.system.import_batch import BatchState
from tests.customers.test_customer_import import count
from tests.engine.imports.test_command import counts
from tests.engine.imports.test_pages import ClientAs, customers_on_file, pressed, run_jobs, sent
from tests.stock.test_stock_import import line, stock
from tests.support.workbooks import CUSTOMER_HEADINGS, DEMO, as_csv, company, customers, demo, person


def on_file() -> list[tuple[Any, ...]]:
    columns = (Customer.kind, Customer.name, Customer.mobile, Customer.city, Customer.address, Customer.tax_number)
    found = [*db.session.execute(sa.select(*columns)), *db.session.execute(sa.select(Contact.name, Contact.mobile))]
    return sorted((tuple(row) for row in found), key=repr)


@pytest.mark.parametrize(("encoding", "separator"), [("gb18030", ","), ("utf-8-sig", ";"), ("utf-16", "\t")])
def test_the_same_rows_as_csv_have_the_same_faults_and_come_in_alike(
    imports: Any, encoding: str, separator: str
) -> None:
    """All 1,200 rows of the demo workbook with its planted faults, formulas among them."""
    book = imports.sends("admin", "customers", demo("customers.xlsx"))
    content = as_csv(demo("customers.xlsx"), encoding, separator)
    text = imports.sends("admin", "customers", content, name="客户.csv")
    assert imports.faults(text) == imports.faults(book)
    assert imports.faults(text, warnings=True) == imports.faults(book, warnings=True)
    text = imports.imports("admin", text)
    assert (text.state, text.accepted, text.refused) == (BatchState.done, 1183, 17)
    by_text = on_file()
    assert imports.takes_back("admin", text).state == BatchState.reverted
    assert count(Customer) == 0
    imports.does_all("admin", "customers", demo("customers.xlsx"))
    assert on_file() == by_text


def test_columns_may_stand_in_any_order_and_others_are_told(imports: Any) -> None:
    sheet = open_sheet(customers(company("甲")), "a.xlsx")
    values = dict(zip(sheet.headings, next(iter(sheet.rows())).values, strict=True))
    headings = ["备注", *reversed(CUSTOMER_HEADINGS)]
    text = ",".join(headings) + "\n" + ",".join(str(values.get(heading, "x")) for heading in headings) + "\n"
    batch = imports.does_all("admin", "customers", text.encode("gbk"), name="a.csv")
    assert (batch.accepted, batch.unread_headings) == (1, ["备注"])


@pytest.mark.parametrize("change", [("客户名称", "名字"), ("城市", "客户名称")])
def test_a_missing_or_doubled_heading_refuses_the_file(imports: Any, change: tuple[str, str]) -> None:
    text = as_csv(customers(company("甲")), "utf-8").decode().replace(*change, 1)
    with pytest.raises(Refused) as caught:
        imports.sends("admin", "customers", text.encode(), name="a.csv")
    assert caught.value.code == "bad_file"
    assert "客户名称" in caught.value.message


def test_opening_stock_comes_in_as_csv_with_noughts_in_front(imports: Any) -> None:
    office = imports.office
    product = office.product("手套")
    office.product_manager.changes(product, number="00120", model="008")
    content = as_csv(stock(line(product, "3")), "gbk")
    assert content.endswith("00120,手套,008,3\r\n".encode("gbk"))
    code, lines = imports.command("opening_stock", content, name="期初.csv", warehouse="MAIN")
    assert (code, counts(lines), count(StockInit)) == (0, (1, 0), 1)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_number_that_lost_its_digits_is_refused_in_either_file(imports: Any, name: str) -> None:
    """Excel saves 13800138000 in a narrow column as 1.38E+10: nobody can be called there."""
    content = customers(
        company("甲", mobile="1.38E+10"), company("乙", 电话="7.55831E+11"), company("丙", 税号="9.14403E+17"),
        company("丁", 地址="1.2E+5 号"), person("戊"),
    )  # fmt: skip
    batch = imports.sends("admin", "customers", as_csv(content) if name == "a.csv" else content, name=name)
    assert imports.faults(batch) == [(2, "手机", "bad_mobile"), (3, "电话", "digits_lost"), (4, "税号", "digits_lost")]


def test_the_command_takes_csv_and_tells_the_same(imports: Any) -> None:
    file = imports.folder / "客户.csv"
    file.write_bytes(as_csv(demo("customers.xlsx")))
    book = imports.command("customers", DEMO / "customers.xlsx", dry_run=True)
    text = imports.command("customers", file, dry_run=True)
    assert text[0] == book[0] == 2
    assert text[1][:-1] == book[1][:-1]


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (as_csv(customers(company("甲"))), "a.xlsx", ".csv"), (customers(company("甲")), "a.csv", ".xlsx"),
        ("客户名称\n甲\n".encode() + b"\xff\xff", "a.csv", "3"), (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.csv", ".xlsx"),
        (as_csv(customers(company("甲"))) + b'\n"' + b"x\n" * 80_000, "a.csv", "4"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_told_on_the_page_and_by_the_command(
    app: Flask, client_as: ClientAs, imports: Any, content: bytes, name: str, told: str
) -> None:
    """On the page of imports what can be seen from outside, on that of the batch what a job found in the file."""
    client = client_as("admin")
    answer = sent(client, content, name=name)
    assert answer.status_code == (422 if told.startswith(".") else 303)
    if answer.status_code == 303:
        run_jobs(app)
        assert client.get(f"{answer.headers['Location']}/status").get_json()["state"] == "failed"
        answer = client.get(answer.headers["Location"])
    assert told in answer.get_data(as_text=True).partition('role="alert"')[2].partition("</div>")[0]
    code, lines = imports.command("customers", content, name=name)
    assert (code, lines[0].partition("\t")[0], told in lines[0]) == (1, "bad_file", True)


def test_a_csv_goes_from_the_page_to_its_refused_rows_and_back(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    assert 'accept=".xlsx,.csv"' in client.get("/import/").get_data(as_text=True)
    content = as_csv(customers(company("甲", 地址="=1+1"), company("乙", mobile="1")))
    address = sent(client, content, name="客户.csv").headers["Location"]
    run_jobs(app)
    assert pressed(client, address, "run", mode="valid").status_code == 303
    run_jobs(app)
    assert customers_on_file(app) == 1
    with app.app_context():
        assert db.session.scalars(sa.select(Customer.address)).all() == ["=1+1"]
    refused = open_sheet(client.get(f"{address}/refused").data, "a.xlsx")
    assert refused.headings == [*CUSTOMER_HEADINGS, FAULT_HEADING]
    assert [row.values[1] for row in refused.rows()] == ["乙"]
    assert pressed(client, address, "revert").status_code == 303
    run_jobs(app)
    assert customers_on_file(app) == 0


def test_of_a_csv_that_is_sent_in_pieces_nothing_is_lost(imports: Any) -> None:
    """A cell of several lines in a row of its own, at the border of what is read at once."""
    names = [f"公司{n}" for n in range(1200)]
    content = customers(*(company(name, 地址=f"{name}路\n{'二楼' * 20}") for name in names))
    batch = imports.does_all("admin", "customers", as_csv(content), name="a.csv")
    assert (batch.accepted, batch.checkpoint) == (1200, 1201)
    assert set(db.session.scalars(sa.select(Customer.name))) == set(names)
    assert io.StringIO(db.session.scalars(sa.select(Customer.address)).first()).readline().endswith("路\n")
