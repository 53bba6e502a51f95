"""Lists: paged by key without gap, narrowed, sorted, hostile addresses, few statements. design.md §8, §9."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.core.db.base import db
from app.screens.list import list_page
from tests.furnish import goods
from tests.support.everything import VIEWS, distinct_people
from tests.support.pages import Browser
from tests.support.statements import counted

MODELS = [view.route_base for view in VIEWS.values()]
HOSTILE = (
    "page_X=abc", "sort=nope", "sort=-", "sort=__class__", "sort=name&after=xxx", "after=%00", "after=W251bGwsMV0",
    "after=WzEsMV0", "before=WyJ4Iiw5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "after=" + "A" * 5000, "before=W1tdLFtdXQ",
    "owner=abc", "owner=99999999999999999999", "owner=-1", "owner=1&owner=2&owner=%00", "class=3", "state=nope",
    "state=draft&state=x", "signed_on_from=2026-02-30", "signed_on_from=0000-00-00", "signed_on_to=99999-01-01",
    "total_from=1e400", "total_from=NaN", "total_to=-9999999999999999999999", "balance.receivable_from=0.001",
    "created_at_from=2026-11-23T00:00:00", "q=%00", "q=" + "好" * 3000, "q=%25_%5C'\"", "q=%F0%9F%92%A9", "view=nope",
    "count=all", "count=all&q=x", "is_hot=2", "_flt_0_password=1", "q[]=1", "sort=name&sort=-name", "%FF=%FE",
)  # fmt: skip


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three rows, so that a few rows make many pages."""
    monkeypatch.setattr(list_page, "PAGE_ROWS", 3)


def _keys(text: str) -> list[int]:
    return [int(key) for key in re.findall(r'<input type="checkbox" name="id" value="(\d+)"', text)]


def _walk(browser: Browser, path: str, rel: str) -> tuple[list[int], str]:
    """Keys of all rows page by page in one direction, and the last page's address."""
    found: list[int] = []
    for _page in range(50):
        page = browser.open(path)
        assert page.status == 200
        keys = _keys(page.text)
        found = keys + found if rel == "prev" else found + keys
        link = re.search(rf'rel="{rel}" href="([^"]+)"', page.text)
        if link is None:
            return found, path
        path = link[1].replace("&amp;", "&")
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("sort", ["", "name", "-name", "balance.receivable", "-balance.receivable"])
def test_pages_show_every_row_once_forwards_and_backwards(at: Any, office: Any, short_pages: None, sort: str) -> None:
    """Also where many rows share a value or have none."""
    product = office.product()
    rows = [office.customer(name=f"客户{n % 4}{n}") for n in range(11)]
    for customer in rows[2:6]:
        office.approved("lin", [(product, "1")], customer=customer)
    wanted = {customer.id for customer in rows}
    lin = at("lin")
    forwards, last = _walk(lin, f"/customer/list/?sort={sort}", "next")
    assert (len(forwards), set(forwards)) == (11, wanted)
    backwards, _first = _walk(lin, last, "prev")
    assert backwards == forwards
    end = lin.open(f"/customer/list/?sort={sort}&before=end")
    assert 'rel="next"' not in end.text
    size = len(_keys(end.text))
    assert _keys(end.text) == forwards[-size:]
    assert _walk(lin, f"/customer/list/?sort={sort}&before=end", "prev")[0] == forwards


def test_sorting_follows_the_values_and_puts_rows_without_one_last(at: Any, office: Any, short_pages: None) -> None:
    small, large, none = (office.customer() for _n in range(3))
    for customer, quantity in ((small, "1"), (large, "9")):
        office.approved("lin", [(office.product(), quantity)], customer=customer)
    wanted = [small.id, large.id, none.id]
    lin = at("lin")
    assert _walk(lin, "/customer/list/?sort=balance.receivable", "next")[0] == wanted
    assert _walk(lin, "/customer/list/?sort=-balance.receivable", "next")[0] == [wanted[1], wanted[0], wanted[2]]


def test_a_whole_number_is_looked_up_by_itself(at: Any, office: Any) -> None:
    """Its pieces are in every document of a year; small letters do as well."""
    orders = [office.order("lin", [(office.product(), "1")]) for _n in range(2)]
    number, first, second = orders[0].number, orders[0].id, orders[1].id
    lin = at("lin")
    for written in (number, number.lower()):
        with counted() as sent:
            assert _keys(lin.open(f"/salesorder/list/?q={written}").text) == [first]
        assert not [statement for statement in sent if "search_index" in statement]
    assert _keys(lin.open(f"/salesorder/list/?q={number[:-1]}").text) == [second, first]
    assert _keys(lin.open(f"/customer/list/?q={number}").text) == []


def test_filters_and_search_narrow_the_list(at: Any, office: Any) -> None:
    lin = office.customer("lin", name="上海恒通五金")
    zhou = office.customer("zhou", name="苏州恒通机电", kind="company")
    office.lin.fires("mark_hot", lin, reason="快签了")
    keys = {"lin": lin.id, "zhou": zhou.id}
    owner = zhou.owner_id
    manager = at("manager")

    def listed(query: str) -> set[int]:
        return set(_keys(manager.open(f"/customer/list/?{query}").text))

    assert listed("q=恒通") == set(keys.values())
    assert listed("q=shht") == {keys["lin"]}
    assert listed(f"owner={owner}") == {keys["zhou"]}
    assert listed("is_hot=1") == {keys["lin"]}
    assert listed("view=hot") == {keys["lin"]}
    assert listed("is_hot=0&q=恒通") == {keys["zhou"]}
    assert listed("created_at_from=2199-01-01") == set()
    assert listed("kind=individual") == set()


def test_every_desk_figure_is_the_count_of_the_list_it_leads_to(at: Any, office: Any) -> None:
    """§3.3."""
    product = office.stocked("50")[0]
    for owner in ("lin", "zhou"):
        order = office.order(owner, [(product, "1")])
        office.person(owner).fires("submit", order)
    office.issued(office.approved("lin", [(product, "2")]))
    office.lin.fires("issue", office.approved("lin", [(product, "3")]))
    seen = 0
    for login in ("lin", "manager", "director", "boss", "keeper", "finance", "admin"):
        browser = at(login)
        for href, count in re.findall(
            r'class="fig" href="([^"]+)">(?:(?!class="fig").)*?<span class="v[^"]*">(\d+)<', browser.open("/").text
        ):
            seen += int(count)
            assert len(_keys(browser.open(href).text)) == int(count), (login, href)
    assert seen > 5


@pytest.mark.parametrize("base", MODELS)
def test_hostile_addresses_of_lists_are_never_our_fault(at: Any, office: Any, base: str) -> None:
    office.approved("lin", [(office.product(), "1")])
    boss = at("boss")
    for query in HOSTILE:
        status = boss.open(f"{base}/list/?{query}").status
        assert status in (200, 400), f"{base} {query}: {status}"


@pytest.mark.parametrize("base", MODELS)
def test_hostile_keys_answer_not_found(at: Any, base: str) -> None:
    boss = at("boss")
    token = boss.open("/password").typed("csrf_token")
    for key in ("0", "999999999", "99999999999999999999999", "-1", "abc", "1.5", "%00", "1%2F2"):
        assert boss.open(f"{base}/show/{key}").status == 404
        assert boss.open(f"{base}/edit/{key}").status in (403, 404)
        for path in (f"{base}/delete/{key}", f"{base}/action/{key}/submit"):
            assert boss.send(path, [("csrf_token", token)]).status in (403, 404, 405), path


@pytest.mark.parametrize(
    "name", ["customer", "user", "product", "contact", "sales_order", "warehouse", "nope", "ab_user"]
)
def test_hostile_questions_to_pickers_answer_json(at: Any, office: Any, name: str) -> None:
    office.customer()
    boss = at("boss")
    for query in ("q=%00", "q=" + "x" * 3000, "customer=abc&q=a", "owner=99999999999999999999", "q=%25", ""):
        answer = boss.client.get(f"/pick/{name}?{query}")
        assert answer.status_code in (200, 404)
        assert answer.is_json


def test_a_picker_is_narrowed_by_another_choice(at: Any, office: Any) -> None:
    customer = office.customer()
    mine, key = office.contact(customer).id, customer.id
    office.contact(office.customer(), name="别家的人")
    found = at("lin").client.get(f"/pick/contact?customer={key}").get_json()
    assert [row["id"] for row in found] == [mine]


def test_discontinued_products_and_people_who_left_are_not_picked(at: Any, office: Any) -> None:
    """§10.9: but they stay in lists."""
    product = office.product("停售扳手")
    key = product.id
    office.product_manager.changes(product, discontinued=True)
    ma = office.ma.actor.user_id
    from app.models.system.user import AppUser

    office.admin.changes(db.session.get_one(AppUser, ma), has_left=True)
    lin = at("lin")
    assert lin.client.get("/pick/product?q=停售").get_json() == []
    assert key in _keys(lin.open("/product/list/?q=停售").text)
    assert ma not in [row["id"] for row in lin.client.get("/pick/user?q=马宁").get_json()]


def test_a_list_takes_at_most_ten_statements_whatever_it_shows(at: Any, furnished: dict[str, int], office: Any) -> None:
    """design.md §9: every list, for people of every kind."""
    for _n in range(12):
        office.shipped(office.approved("lin", [(goods(), "1")]))
    read = set()
    for login in distinct_people():
        browser = at(login)
        for base in MODELS:
            with counted() as statements:
                page = browser.open(f"{base}/list/?view=all")
            if page.status == 200:
                read.add(base)
                assert len(statements) <= 10, (login, base, statements)
                assert len(page.text) <= 60_000
    assert read == set(MODELS)
