"""Customers from a workbook: the planted faults, what is read correctly all the same, and who may. Manual 6.2, 6.3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.search.index import matches
from app.core.sheets.open_sheet import open_sheet
from app.imports.customers.customer import has_known_area, is_tax_number
from app.models.customers.customer import Contact, Customer, CustomerKind
from app.models.system.import_batch import BatchState
from app.models.system.user import AppUser
from tests.support.office import refused
from tests.support.workbooks import company, customers, demo, person

pytestmark = pytest.mark.sql

PLANTED: dict[str, list[int]] = json.loads((Path(__file__).parent / "faults.json").read_text())["faults"]
COLUMN_OF = {
    "duplicate_name": "客户名称",
    "no_name": "客户名称",
    "bad_mobile": "手机",
    "unknown_owner": "所有者",
    "unknown_kind": "客户性质",
}


def named(name: str) -> Customer:
    return db.session.scalars(sa.select(Customer).where(Customer.name == name)).one()


def contacts_of(customer: Customer) -> list[Contact]:
    return list(db.session.scalars(sa.select(Contact).where(Contact.customer_id == customer.id)))


def count(model: Any) -> int:
    found: int = db.session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
    return found


def test_exactly_the_planted_rows_are_refused_each_for_its_reason(imports: Any) -> None:
    batch = imports.does_all("admin", "customers", demo("customers.xlsx"))
    expected = {(row, COLUMN_OF[code], code) for code in COLUMN_OF for row in PLANTED[code]}
    assert set(imports.faults(batch)) == expected
    assert (batch.state, batch.refused, batch.accepted) == (BatchState.done, len(expected), 1200 - len(expected))
    assert count(Customer) == 1200 - len(expected)


def test_every_other_row_of_the_given_workbook_is_on_file_as_written(imports: Any) -> None:
    """Padded names without padding, numbers as digits, formulas and full-width brackets as the text they are."""
    imports.does_all("admin", "customers", demo("customers.xlsx"))
    sheet = open_sheet(demo("customers.xlsx"), "customers.xlsx")
    refused_rows = {row for code in COLUMN_OF for row in PLANTED[code]}
    owners = {user.id: user.name for user in db.session.scalars(sa.select(AppUser))}
    contacts = {contact.customer_id: contact for contact in db.session.scalars(sa.select(Contact))}
    found = db.session.scalars(sa.select(Customer).order_by(Customer.id)).all()
    rows = [row for row in sheet.rows() if row.number not in refused_rows]
    assert len(rows) == len(found)
    for row, customer in zip(rows, found, strict=True):
        kind, name, contact, duty, mobile, phone, city, address, owner, tax = (str(v).strip() for v in row.values)
        assert (customer.kind == CustomerKind.company) == (kind == "企业")
        assert (customer.name, owners[customer.owner_id]) == (name, owner)
        told = (customer.phone, customer.city, customer.address, customer.tax_number)
        assert tuple(value or "" for value in told) == (phone, city, address, tax)
        mobile = mobile.removesuffix(".0")
        own = contacts[customer.id]
        assert (own.name, own.mobile, own.is_primary) == (contact or name, mobile, True)
        assert (own.duty or "") == duty
        assert customer.mobile == (mobile if kind == "个人" else None)


@pytest.mark.parametrize("kind", ["mobile_as_number_ok", "padded_name_ok", "fullwidth_brackets_ok", "formula_as_text"])
def test_rows_that_only_look_odd_come_in(imports: Any, kind: str) -> None:
    batch = imports.sends("admin", "customers", demo("customers.xlsx"))
    assert not {row for row, _heading, _code in imports.faults(batch)} & set(PLANTED[kind])


def test_a_formula_stays_text_down_to_the_database(imports: Any) -> None:
    imports.does_all("admin", "customers", demo("customers.xlsx"))
    formulas = db.session.scalars(sa.select(Customer.address).where(Customer.address.like("=%"))).all()
    assert formulas == ['=HYPERLINK("http://127.0.0.1","x")'] * len(PLANTED["formula_as_text"])


def test_an_imported_customer_is_like_one_entered_by_hand(imports: Any) -> None:
    """Number, class, life cycle, history, search: nothing tells it apart."""
    office = imports.office
    imports.does_all("admin", "customers", customers(company("北京丰达五金有限公司")))
    imported, typed = named("北京丰达五金有限公司"), office.customer("lin", "北京安德五金有限公司")
    assert imported.number.startswith("KH")
    for field in ("class_id", "life_cycle", "is_class_by_hand", "is_life_cycle_by_hand", "is_hot", "owner_id"):
        assert getattr(imported, field) == getattr(typed, field), field
    assert imported.created_by_id == office.admin.actor.user_id
    assert office.history(imported) == office.history(typed) == ["create"]
    for query in ("丰达", "bjfd", "beijing", imported.number.lower()):
        assert imported in db.session.scalars(sa.select(Customer).where(matches(Customer, query))).all(), query
    office.lin.changes(imported, city="天津")
    assert office.history(imported) == ["create", "update"]


def test_a_company_gets_its_primary_contact_and_a_person_is_their_own(imports: Any) -> None:
    """§6.3."""
    rows = [
        company("北京丰达五金有限公司"),
        person("王小明"),
        company("北京无人五金店", 联系人=None, mobile="13700000002"),
    ]
    imports.does_all("admin", "customers", customers(*rows))
    (primary,) = contacts_of(named("北京丰达五金有限公司"))
    assert (primary.name, primary.duty, primary.mobile, primary.is_primary) == ("王明", "经理", "13800000001", True)
    (own,) = contacts_of(named("王小明"))
    assert (own.name, own.mobile, named("王小明").mobile) == ("王小明", "13900000001", "13900000001")
    assert contacts_of(named("北京无人五金店")) == []
    assert named("北京无人五金店").mobile == "13700000002"


def test_companies_are_compared_without_width_case_and_spaces(imports: Any) -> None:
    rows = [
        company("ABC 五金(有限公司)"),
        company("abc五金（有限公司）"),
        company("ＡＢＣ五金（有限公司）"),
        company("另一家"),
    ]
    batch = imports.does_all("admin", "customers", customers(*rows))
    assert imports.faults(batch) == [(3, "客户名称", "duplicate_name"), (4, "客户名称", "duplicate_name")]


def test_a_company_on_file_already_refuses_the_row(imports: Any) -> None:
    imports.office.customer("zhou", "北京丰达五金有限公司")
    batch = imports.sends("admin", "customers", customers(company("北京丰达五金 有限公司")))
    assert imports.faults(batch) == [(2, "客户名称", "duplicate_name")]


def test_a_row_refused_for_something_else_takes_no_name(imports: Any) -> None:
    rows = [company("北京丰达五金有限公司", mobile="123"), company("北京丰达五金有限公司")]
    batch = imports.does_all("admin", "customers", customers(*rows))
    assert imports.faults(batch) == [(2, "手机", "bad_mobile")]
    assert batch.accepted == 1


def test_individuals_may_share_a_name_even_with_a_company(imports: Any) -> None:
    rows = [person("王明"), person("王明", "13900000002"), company("王明")]
    assert imports.does_all("admin", "customers", customers(*rows)).accepted == 3


def test_every_fault_of_a_row_is_told(imports: Any) -> None:
    row = company("", mobile="139", owner="查无此人", 客户性质="集团")
    batch = imports.sends("admin", "customers", customers(row))
    assert {code for _row, _heading, code in imports.faults(batch)} == {
        "no_name",
        "bad_mobile",
        "unknown_owner",
        "unknown_kind",
    }
    assert batch.refused == 1


@pytest.mark.parametrize(
    "mobile",
    [13812345678, "13812345678", " 138 1234 5678 ", "138-1234-5678", "１３８１２３４５６７８", "+8613812345678"],
)
def test_a_mobile_number_is_read_however_it_is_written(imports: Any, mobile: Any) -> None:
    imports.does_all("admin", "customers", customers(person("王明", mobile)))
    assert named("王明").mobile == "13812345678"


@pytest.mark.parametrize("mobile", ["12812345678", "1381234567", "138123456789", "王明", "=1+1", 1.5])
def test_what_is_no_mobile_number_is_refused(imports: Any, mobile: Any) -> None:
    batch = imports.sends("admin", "customers", customers(person("王明", mobile)))
    assert imports.faults(batch) == [(2, "手机", "bad_mobile")]


def test_an_owner_must_be_one_person_of_the_firm(imports: Any) -> None:
    office = imports.office
    leaver = db.session.get_one(AppUser, office.zhou.actor.user_id)
    office.admin.changes(leaver, has_left=True)
    twin = db.session.get_one(AppUser, office.ma.actor.user_id)
    office.admin.changes(twin, name="许可")
    rows = [
        company("甲", owner="周涛"),
        company("乙", owner="许可"),
        company("丙", owner=""),
        company("丁", owner=" 林 晓 "),
    ]
    batch = imports.sends("admin", "customers", customers(*rows))
    assert imports.faults(batch) == [
        (2, "所有者", "unknown_owner"),
        (3, "所有者", "ambiguous_owner"),
        (4, "所有者", "unknown_owner"),
    ]


def test_texts_longer_than_their_field_are_refused(imports: Any) -> None:
    rows = [company("长" * 121), company("短", 地址="远" * 201)]
    batch = imports.sends("admin", "customers", customers(*rows))
    assert imports.faults(batch) == [(2, "客户名称", "too_long"), (3, "地址", "too_long")]


def test_doubtful_digits_warn_and_come_in(imports: Any) -> None:
    """电话 and 税号: a check digit or area code that cannot be right is only doubtful."""
    rows = [company("甲", 电话="0188-99135907", 税号="91110108MA01ABCD29"), company("乙", 税号="91350100M000100Y43")]
    batch = imports.sends("admin", "customers", customers(*rows))
    doubts = [(2, "电话", "doubtful_phone"), (2, "税号", "doubtful_tax_number")]
    assert imports.faults(batch, warnings=True) == doubts
    assert imports.imports("admin", batch).accepted == 2


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("91350100M000100Y43", True), ("91350100M000100Y44", False), ("91350100I000100Y43", False),
        ("123456789012345", True), ("1234", False),
    ],
)  # fmt: skip
def test_the_check_digit_of_a_tax_number(text: str, right: bool) -> None:
    assert is_tax_number(text) is right


@pytest.mark.parametrize(
    ("text", "known"), [("0755-83123456", True), ("010-66668888", True), ("0188-99135907", False), ("x", False)]
)
def test_an_area_code_is_known_or_not(text: str, known: bool) -> None:
    assert has_known_area(text) is known


@pytest.mark.parametrize("login", ["boss", "director", "lin", "assistant", "product", "keeper", "finance"])
def test_only_the_administrator_imports_customers(imports: Any, login: str) -> None:
    with refused("not_allowed"):
        imports.sends(login, "customers", customers(company("北京丰达五金有限公司")))
    assert count(Customer) == 0


def test_missing_headings_refuse_the_file_by_name(imports: Any) -> None:
    from tests.support.workbooks import CUSTOMER_HEADINGS, workbook

    with refused("bad_file") as caught:
        imports.sends("admin", "customers", workbook(CUSTOMER_HEADINGS[:4], [["企业", "甲", None, None]]))
    for heading in CUSTOMER_HEADINGS[4:]:
        assert heading in caught.value.message


def test_headings_may_stand_in_another_order_with_others_between(imports: Any) -> None:
    from tests.support.workbooks import CUSTOMER_HEADINGS, workbook

    headings = ["备注", *reversed(CUSTOMER_HEADINGS)]
    batch = imports.does_all("admin", "customers", workbook(headings, [["x", *reversed(company("甲公司"))]]))
    assert (batch.accepted, batch.unread_headings) == (1, ["备注"])
    assert named("甲公司").city == "北京"


def test_a_check_asks_the_database_no_more_for_many_rows_than_for_few(imports: Any) -> None:
    """A constant number of statements per chunk of 500."""
    counted = []
    for rows in (5, 400):
        content = customers(*(company(f"公司{rows}的第{n}家") for n in range(rows)))
        batch = imports.sends("admin", "customers", content)
        with statements() as seen:
            imports.imports("admin", batch)
        counted.append(len(seen))
    assert counted[1] <= counted[0] + 4, counted


class statements:  # noqa: N801 - reads as a verb in a `with`
    """Statements sent while the block runs."""

    def __enter__(self) -> list[str]:
        self.seen: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", self._note)
        return self.seen

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.seen.append(statement)
