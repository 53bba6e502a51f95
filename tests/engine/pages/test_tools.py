"""The tools of the top bar: who calls, help, menu of the role. Manual 3.1, 3.2."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.screens.frame.cells import dialled
from app.screens.frame.help_topics import topics
from app.screens.frame.menu import TOOLS, menu_of
from app.security.accounts.people import actor_named


@pytest.fixture
def customer(office: Any) -> Any:
    """Of lin, with a fixed line written with dashes, a contact with a mobile number, four orders and money due."""
    found = office.customer("lin", "北京来电五金店", phone="010-8693-8423")
    office.contact(found, name="陈建国", mobile="138 0013 8001")
    product = office.stocked("50")[0]
    for _number in range(3):
        office.approved("lin", [(product, "1")], customer=found)
    office.order("lin", [(product, "1")], customer=found, subject="最后一单")
    return found


@pytest.mark.parametrize(
    "typed",
    ["13800138001", "+86 138-0013-8001", "86938423", "01086938423", "010-86938423", "8423", "0086 138 0013 8001"],
)
def test_a_caller_is_found_however_the_number_is_written(typed: str, customer: Any, at: Any) -> None:
    """§3.2: by the customer's own number and by a contact's."""
    page = at("lin").open(f"/call/?number={typed.replace('+', '%2B')}").text
    assert "北京来电五金店" in page


def test_a_call_shows_how_the_caller_stands(customer: Any, at: Any) -> None:
    """§3.2: contact, receivable and the last three orders, each a link."""
    key = customer.id
    page = at("lin").open("/call/?number=13800138001").text
    assert "陈建国" in page
    assert "¥30.00" in page
    assert "最后一单" in page
    assert len(re.findall(r'href="/salesorder/show/\d+"', page)) == 3
    assert f'href="/salesorder/add?customer={key}"' in page


def test_a_call_tells_nothing_of_customers_one_does_not_see(customer: Any, at: Any) -> None:
    """spec.md §1: zhou sees neither the customer nor that there is one; the superiors do."""
    assert "北京来电五金店" not in at("zhou").open("/call/?number=13800138001").text
    assert "陈建国" not in at("zhou").open("/call/?number=13800138001").text
    assert "北京来电五金店" in at("manager").open("/call/?number=13800138001").text


def test_an_unknown_caller_becomes_a_customer_with_that_number(customer: Any, at: Any) -> None:
    """§3.2: the number is filled in, a mobile one as such."""
    lin = at("lin")
    page = lin.open("/call/?number=139-9999-0000").text
    [href] = re.findall(r'href="(/customer/add\?[^"]+)"', page)
    assert lin.open(href).typed("mobile") == "13999990000"
    [href] = re.findall(r'href="(/customer/add\?[^"]+)"', lin.open("/call/?number=021-55667788").text)
    assert lin.open(href).typed("phone") == "02155667788"
    assert "/customer/add?" not in at("keeper").open("/call/?number=021-55667788").text


@pytest.mark.parametrize("typed", ["", "1", "ab", "%00", "%27%22<", "1" * 300, "１３８００１３８００１"])
def test_what_is_no_number_is_nobodys(typed: str, customer: Any, at: Any) -> None:
    assert at("lin").open(f"/call/?number={typed}").status == 200


def test_numbers_dial_where_they_stand(customer: Any, at: Any) -> None:
    """On the list, on the page, and where a caller is looked up; not what is more than one number."""
    key = customer.id
    lin = at("lin")
    for path in ("/contact/list/", "/call/?number=13800138001", f"/customer/show/{key}"):
        assert '<a href="tel:13800138001">13800138001</a>' in lin.open(path).text, path
    assert '<a href="tel:01086938423">010-8693-8423</a>' in lin.open(f"/customer/show/{key}").text
    assert dialled("010-86938423 / 010-86938424") == "010-86938423 / 010-86938424"


def test_a_hit_tells_whose_it_is_how_much_and_how_it_stands(customer: Any, at: Any) -> None:
    page = at("lin").open("/search?q=最后").text
    assert "<mark>最后</mark>" not in page, "only what a row is called is marked"
    hit = page.split('href="/salesorder/show/', 1)[1].split("</li>", 1)[0]
    assert [told in hit for told in ("北京来电五金店", "最后一单", "¥10.00", "待申请")] == [True] * 4
    contact = at("lin").open("/search?q=陈建").text
    assert "<mark>陈建</mark>国" in contact
    assert "北京来电五金店" in contact


def test_help_is_found_by_its_words_and_leads_where_one_may_go(at: Any, office: Any) -> None:
    """§3.2: every page opens for everybody, search finds headings by what stands below them."""
    for login in ("lin", "engineer", "keeper"):
        browser = at(login)
        for topic in topics():
            page = browser.open(f"/help/{topic.name}")
            assert page.status == 200
            for href in re.findall(r'<a class="lk" href="([^"]+)"', page.text):
                assert browser.open(href).status in (200, 302), (login, href)
    lin = at("lin")
    assert 'href="/help/orders#approval"' in lin.open("/help/?q=否决").text
    assert 'href="/help/orders#approval"' not in lin.open("/help/?q=期初").text
    assert "没有“没有这个词”" in lin.open("/help/?q=没有这个词").text
    assert lin.open("/help/nothing").status == 404


@pytest.mark.parametrize(
    ("login", "first"),
    [("lin", "customers"), ("keeper", "stock"), ("finance", "money"), ("product", "goods"), ("admin", "system")],
)
def test_the_menu_begins_with_what_the_role_works_with(login: str, first: str, office: Any) -> None:
    """§3.1: the desk, then the role's own order; every entry is there once."""
    groups = menu_of(actor_named(db.session(), login))
    assert [group.key for group in groups][:2] == ["home", first]
    addresses = [entry.href for group in groups for entry in group.entries]
    assert len(addresses) == len(set(addresses))


def test_tools_are_offered_to_whoever_may_use_them(at: Any, office: Any) -> None:
    """§3.2."""
    for login, wanted in (("lin", 4), ("keeper", 3), ("engineer", 2)):
        actor = actor_named(db.session(), login)
        offered = [tool for tool in TOOLS if tool.is_for(actor)]
        assert len(offered) == wanted, [str(tool.label) for tool in offered]
        page = at(login).open("/").text
        for tool in TOOLS:
            strip = re.search(r'<nav class="tools".*?</nav>', page)
            assert strip is not None
            assert (f'href="{tool.href}"' in strip[0]) == (tool in offered)
