"""What people write in different ways is one thing to every search, filter, list and look-up. Manual 3.2, 6.3, 10.9."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import prison
import pytest
import sqlalchemy as sa

from app.core.db.base import db
from app.core.record.entry import ENTRIES
from app.core.search.normal_forms import DialledForm, NormalForm
from app.core.search.phone import dialled, national, numbers_in, share_a_number
from app.core.text import normalised, without_hidden
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product
from app.models.purchase.supplier import Supplier
from app.query.choices import Circumstances, GoodsName
from app.query.listing import search_condition
from app.reports.customers.call import callers
from app.reports.products.product_names import products_named
from app.reports.products.product_picker import ProductSource
from tests.hostile.payloads import names
from tests.support.office import refused

ALIKE = (
    ("M8*30", "M8×30", "M8x30", "m8X30", "Ｍ８＊３０", "M8 × 30", "M8✕30", "M8∗30", "M8\u200b×30"),
    ("G1/2", "G½", "g 1/2", "Ｇ１／２", "G1⁄2"),
    ("1-1/2寸", "1½寸", "1 1/2寸", "1 ½寸", "１ １／２寸"),
    ("AB-10", "AB–10", "AB—10", "AB−10", "ＡＢ－１０", "ab‐10"),
    ("北京恒通", "北京\u3164恒通", "北京恒\ufe0f通", "北京\u034f恒通", "北京 恒通", "北京\u200d恒通"),
)
FIXED = (
    "0755-27123456", "075527123456", "(0755)27123456", "（０７５５）２７１２３４５６", "+86 755 27123456",
    "0755 2712 3456",    "+86 0755 27123456", "0086-755-27123456", "8675527123456", "0755–27123456",
    "0755-27123456-801", "0755-27123456转801",
)  # fmt: skip
MOBILE = (
    "13800138000",
    "138-0013-8000",
    "138 0013 8000",
    "+86 138 0013 8000",
    "8613800138000",
    "１３８００１３８０００",
)
APART = ("0755-27123457", "0756-27123456", "010-27123456", "13800138001", "4008001234", "12345", "2712345")


@pytest.mark.parametrize("forms", ALIKE, ids=lambda forms: forms[0])
def test_alike_texts_have_one_form(forms: tuple[str, ...]) -> None:
    """fault A9, F12: `M8*30`, `M8×30` and `M8x30` did not find each other; manual 10.9."""
    assert len({normalised(form) for form in forms}) == 1


@pytest.mark.parametrize("forms", ALIKE, ids=lambda forms: forms[0])
def test_a_product_is_found_however_it_is_written(office: Any, forms: tuple[str, ...]) -> None:
    """fault A9: by the list, the grid, the pasted table, and as a second one of its name; manual 10.4, 10.9."""
    product = _product(office, forms[0])
    for form in forms:
        words = f"膨胀螺丝 {form}"
        found = db.session.scalars(sa.select(Product.id).where(search_condition(Product, (), words))).all()
        assert found == [product.id], form
        offered = ProductSource().search(db.session(), form, Circumstances("sell"), office.lin.actor)
        assert [one["id"] for one in offered] == [product.id], form
        for name in (GoodsName(number=form), GoodsName(name="膨胀螺丝", model=form), GoodsName(text=f"膨胀螺丝{form}")):
            (meant,) = products_named(db.session(), [name], Circumstances("sell"), office.lin.actor)
            assert meant.ids == [product.id], (form, name)
        with refused("duplicate_number"):
            _product(office, form, name="别的")


def _product(office: Any, form: str, name: str = "膨胀螺丝") -> Product:
    given = {"number": form, "name": name, "model": form, "category": office.brand()}
    made: Product = office.product_manager.creates(Product, **given)
    return made


@pytest.mark.parametrize("operator", ["ct", "eq", "sw", "ew"])
def test_a_filter_of_rest_finds_it_too(office: Any, api_as: Any, operator: str) -> None:
    """fault A9: filters had a normal form of their own; manual 10.9."""
    product = _product(office, "M8×30").id
    _product(office, "M9×30", name="另一种")
    db.session.remove()
    api = api_as("boss")
    for form in ALIKE[0]:
        for column in ("model", "number"):
            query = quote(prison.dumps({"filters": [{"col": column, "opr": operator, "value": form}]}))
            status, body = api.get(f"product/?q={query}")
            assert (status, body["ids"]) == (200, [product]), (column, operator, form)


@pytest.mark.parametrize("form", ALIKE[4])
def test_names_that_look_the_same_are_the_same(office: Any, form: str) -> None:
    """fault F12: invisible characters made two customers, and two suppliers, of one name; manual 6.3, 12.1."""
    office.customer("lin", name="北京恒通")
    with refused("duplicate_name"):
        office.customer("lin", name=form)
    office.purchaser.creates(Supplier, name="北京恒通")
    with refused("duplicate_name"):
        office.purchaser.creates(Supplier, name=form)


def test_what_nobody_sees_is_not_stored(office: Any, api_as: Any, at: Any) -> None:
    """fault F12: what is typed or sent loses its invisible characters before it is kept; manual 6.3."""
    db.session.remove()
    given = {"kind": "company", "name": "上海\ufe0f明\u3164远\u200b", "remark": "第一行\u2060\n第二行"}
    status, body = api_as("lin").post("customer/", given)
    assert (status, body["result"]["name"], body["result"]["remark"]) == (201, "上海明远", "第一行\n第二行")
    lin = at("lin")
    assert lin.fill("/customer/add", kind="company", name="苏州\ufe0f明\u034f远").status == 303
    assert db.session.scalars(sa.select(Customer.name).where(Customer.name.startswith("苏州"))).all() == ["苏州明远"]


@pytest.mark.parametrize("forms", [FIXED, MOBILE], ids=["fixed", "mobile"])
def test_telephone_numbers_have_one_form(forms: tuple[str, ...]) -> None:
    """fault A9: numbers with brackets, country and full-width digits were other numbers; manual 3.2."""
    assert {national(form) for form in forms} == {"075527123456" if forms is FIXED else "13800138000"}
    assert not any(share_a_number([form], [other]) for form in forms for other in APART)


def test_a_field_may_hold_several_numbers() -> None:
    assert numbers_in("0755-27123456/138 0013 8000 王小姐") == ["075527123456", "13800138000"]
    assert numbers_in("27123456 13800138000") == ["27123456", "13800138000"]
    assert share_a_number(["27123456"], ["+86 755 27123456"])
    assert numbers_in("DD202611230001") == numbers_in("M8-123456") == numbers_in("") == []


@pytest.mark.parametrize(("kept", "forms"), [(FIXED[2], FIXED), (FIXED[0], FIXED), (MOBILE[1], MOBILE)])
def test_who_has_a_number_is_found_however_it_is_written(
    office: Any, api_as: Any, kept: str, forms: tuple[str, ...]
) -> None:
    """fault A9: list, quick call and filter of REST see one number; manual 3.2."""
    customer = office.customer("lin", phone=kept).id
    office.customer("lin", phone=APART[0])
    lin = office.lin.actor
    found = {form: [caller.id for caller in callers(db.session(), form, lin)] for form in forms}
    db.session.remove()
    api = api_as("lin")
    for form in forms:
        assert found[form] == [customer], form
        for operator in ("eq", "ct"):
            query = quote(prison.dumps({"filters": [{"col": "phone", "opr": operator, "value": form}]}))
            status, body = api.get(f"customer/?q={query}")
            assert (status, body["ids"]) == (200, [customer]), (operator, form)


@pytest.mark.parametrize("form", MOBILE)
def test_a_mobile_of_a_contact_is_the_customer_s_too(office: Any, form: str) -> None:
    """fault A9: a mobile on a contact and on a customer were not seen as the same; manual 6.3."""
    first = office.customer("lin", name="甲厂")
    office.contact(first, mobile="13800138000")
    second = office.customer("lin", name="乙厂", phone=form)
    alike = ENTRIES[Customer].alike
    found = office.lin.does(lambda session, actor: alike(session, session.merge(second), actor))
    assert [row.name for row in found] == ["甲厂"]
    third = office.customer("lin", name="丙厂", mobile=form)
    assert third.mobile == "13800138000"
    assert db.session.scalars(sa.select(Contact.mobile)).all() == ["13800138000"]


def test_the_contact_that_a_person_is_is_found(office: Any) -> None:
    """fault A9: the own contact of an individual customer was in no index, so nobody found its number; manual 6.3."""
    customer = office.customer("lin", name="王五", kind="individual", mobile=MOBILE[1])
    found = db.session.scalars(sa.select(Contact.customer_id).where(search_condition(Contact, (), MOBILE[0])))
    assert found.all() == [customer.id]


@pytest.mark.sql
def test_the_database_makes_the_same_forms(office: Any) -> None:
    """fault A9: a filter compares by the database what an import compares in Python."""
    texts = [text for text in (*names(), *(form for forms in ALIKE for form in forms)) if "\x00" not in text]
    wrong = {}
    for text in texts:
        found = db.session.scalar(sa.select(NormalForm(sa.literal(text, sa.String()))))
        if found != normalised(text) and text.lower() == text.casefold():
            wrong[text] = (found, normalised(text))
    for text in (*FIXED, *MOBILE, *APART):
        found = db.session.scalar(sa.select(DialledForm(sa.literal(text, sa.String()))))
        if found != dialled(text) and not text.endswith("-801"):
            wrong[text] = (found, dialled(text))
    assert wrong == {}
    assert without_hidden("a\u200bb") == "ab"
