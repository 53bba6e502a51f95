"""What a domain gets whose files lie in the folders of an area; `test_new_domain.py` runs these."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from app.models.loans.loan import Depot, LoanState, ToolLoan, ToolLoanLine, ToolReturn, ToolReturnLine

from app.core.clock import today
from app.core.db.base import db, models_by_name
from app.core.ledger.verify import mismatches
from app.core.record.audit import AuditEntry
from app.demo.firm import build_firm
from app.demo.parts import parts_in_order
from app.query.naming import row_texts
from app.screens.desk.desks import desk_of
from app.screens.frame.menu import menu_of
from app.security.accounts.people import actor_named
from app.security.dictionaries import items
from app.security.policy import CHANGES, VISIBILITY, Sees, is_visible
from app.security.roles import R, default_rights
from app.security.settings import setting
from tests.support.office import D
from tests.support.pages import Browser

At = Callable[[str], Browser]
DUE = today() + dt.timedelta(days=10)


@pytest.fixture
def loan(office: Any) -> ToolLoan:
    """Of 林晓, from a depot with a number and a name."""
    depot = office.boss.creates(Depot, number="D7", name="城南借用点", phone="010-8693-8423")
    lines = [{"product": office.product("冲击钻"), "quantity": D("2")}]
    made: ToolLoan = office.lin.creates(ToolLoan, depot=depot, due_on=DUE, lines=lines)
    return made


def test_its_section_its_pages_and_its_tool_stand_in_the_menu(office: Any, at: At) -> None:
    """By its area, in its place among the sections, first for whoever works with it most."""
    groups = {group.key: group for group in menu_of(actor_named(db.session(), "lin"))}
    assert list(groups)[:2] == ["home", "loans"]
    addresses = [entry.href for entry in groups["loans"].entries]
    assert addresses == ["/toolloan/list/", "/report/loans_by_depot/", "/depot/list/"]
    assert "loans" not in {group.key for group in menu_of(actor_named(db.session(), "keeper"))}
    assert 'href="/toolloan/add"' in at("lin").open("/").text
    assert 'href="/toolloan/add"' not in at("keeper").open("/").text


def test_its_lists_pages_and_forms_open(loan: ToolLoan, at: At) -> None:
    key, depot = loan.id, loan.depot_id
    lin, boss = at("lin"), at("boss")
    for path in ("/toolloan/list/", f"/toolloan/show/{key}", "/depot/list/", f"/depot/show/{depot}"):
        page = lin.open(path)
        assert page.status == 200, path
        assert "城南借用点" in page.text, path
    assert boss.fill(f"/depot/edit/{depot}", name="城南新借用点").status == 303
    assert "城南新借用点" in lin.open(f"/toolloan/show/{key}").text
    assert boss.fill("/depot/add", number="D8", name="城东借用点").status == 303


def test_a_master_record_is_called_by_its_name_wherever_it_stands(loan: ToolLoan, at: At, api_as: Any) -> None:
    """In a link, a picker, the log, REST and a heading; its number stands beside."""
    key, depot = loan.id, loan.depot_id
    assert str(loan.depot) == "城南借用点"
    assert str(loan) == loan.number
    assert row_texts(db.session(), Depot, [depot]) == {depot: "城南借用点"}
    lin = at("lin")
    assert re.search(rf'href="/depot/show/{depot}">城南借用点<', lin.open(f"/toolloan/show/{key}").text)
    assert json.loads(lin.open("/pick/depot?q=城南").text)[0]["text"] == "城南借用点"
    page = lin.open(f"/depot/show/{depot}").text
    assert re.search(r"<h1>\s*城南借用点", page)
    assert "D7" in page
    assert api_as("lin").get(f"tool_loan/{key}")[1]["result"]["depot"] == {"id": depot, "name": "城南借用点"}
    assert "城南借用点" in at("admin").open("/audit/list/?model=depot").text


def test_rest_makes_reads_and_moves_it_with_its_lines(loan: ToolLoan, office: Any, api_as: Any) -> None:
    product, depot = loan.lines[0].product_id, loan.depot_id
    db.session.remove()
    lin = api_as("lin")
    body = {"depot": depot, "due_on": DUE.isoformat(), "lines": [{"product": product, "quantity": "3"}]}
    status, made = lin.post("tool_loan/", body)
    assert status == 201, made
    assert (made["result"]["reason"], made["result"]["state"]) == ("现场施工", "lent")
    assert [line["quantity"] for line in made["result"]["lines"]] == ["3.000"]
    status, refused = lin.post("tool_loan/", {**body, "due_on": (DUE + dt.timedelta(days=60)).isoformat()})
    assert (status, refused["reasons"][0]["field"]) == (422, "due_on")
    status, moved = lin.post(f"tool_loan/{made['id']}/give_back", {})
    assert (status, moved["state"]) == (200, "returned")
    assert api_as("zhou").get(f"tool_loan/{made['id']}")[0] == 404
    assert "/api/v1/tool_loan/" in lin.get("/api/v1/_openapi")[1]["paths"]


def test_the_search_in_the_top_bar_finds_it_by_words_initials_and_phone(loan: ToolLoan, at: At) -> None:
    key, depot, lin, zhou = loan.id, loan.depot_id, at("lin"), at("zhou")
    for words in ("城南", "cnjyd"):
        text = lin.open(f"/search?q={words}").text
        assert f"/toolloan/show/{key}" in text, words
        assert f"/depot/show/{depot}" in text, words
    assert "/toolloan/show/" not in zhou.open("/search?q=城南").text
    assert lin.open("/search?q=010-86938423").location == f"/depot/show/{depot}"


def test_lines_and_what_is_made_of_it_follow_it_without_being_named(loan: ToolLoan, office: Any) -> None:
    follows = Sees(through=("tool_loan",))
    assert VISIBILITY[ToolReturn] == CHANGES[ToolReturn] == follows
    assert VISIBILITY[ToolLoanLine] == Sees(through=("loan",))
    assert VISIBILITY[ToolReturnLine] == Sees(through=("return",))
    line = loan.lines[0]
    back = ToolReturn(number="GH1", tool_loan=loan)
    back.lines = [ToolReturnLine(product_id=line.product_id, loan_line=line, quantity=D("1"))]
    db.session.add(back)
    db.session.commit()
    for login, sees in (("lin", True), ("manager", True), ("boss", True), ("zhou", False), ("keeper", False)):
        actor = office.person(login).actor
        seen = [is_visible(db.session(), row, actor) for row in (loan, line, back, back.lines[0])]
        assert seen == [sees] * 4, login
    granted = {(role, right) for role, right, subject in default_rights() if subject == "tool_return"}
    assert {right for _role, right in granted} == {"read", "export"}


def test_the_desk_and_the_bell_tell_what_waits(loan: ToolLoan, at: At) -> None:
    number = loan.number
    assert [str(part.label) for part in desk_of(R.sales).figures][-1] == "借出未还"
    lin = at("lin")
    page = lin.open("/").text
    assert "借出未还" in page
    assert number in page
    assert lin.client.get("/waiting").get_json()["menu"]["/toolloan/list/"] == 1
    assert number not in at("zhou").open("/").text


def test_its_dictionary_is_seeded_and_kept_by_the_administrator(office: Any, at: At) -> None:
    found = items(db.session(), "loan_reason")
    assert [(item.label, item.is_default) for item in found] == [
        ("现场施工", True), ("演示", False), ("维修替代", False),
    ]  # fmt: skip
    page = at("admin").open("/dictionaryitem/list/?dictionary=loan_reason")
    assert (page.status, "借用原因" in page.text) == (200, True)


def test_its_setting_is_on_the_page_and_holds(loan: ToolLoan, office: Any, at: At) -> None:
    key = loan.id
    assert setting(db.session(), "loan_days") == 30
    page = at("admin").fill("/setting/", loan_days="5")
    assert page.status == 303
    assert setting(db.session(), "loan_days") == 5
    row = db.session.get_one(ToolLoan, key)
    with pytest.raises(Exception, match="借用时间过长"):
        office.lin.changes(row, due_on=DUE)


def test_verify_asks_its_check(loan: ToolLoan) -> None:
    wrong = f"tool_loan {loan.number}: has lines is False, its documents say True"
    assert list(mismatches(db.session())) == []
    db.session.execute(sa.text("DELETE FROM tool_loan_line"))  # past everything that would refuse it
    db.session.commit()
    assert list(mismatches(db.session())) == [wrong]
    db.session.rollback()


def test_its_part_of_the_demo_firm_is_built_behind_what_it_stands_on(office: Any, monkeypatch: Any) -> None:
    names = [part.name for part in parts_in_order()]
    assert names.index("warehouses") < names.index("depots")
    for name in set(names) - {"depots", "warehouses"}:
        monkeypatch.delitem(parts_in_order.__globals__["PARTS"], name)
    assert "depots: 1" in list(build_firm(people_only=False))
    assert "depots: 1" not in list(build_firm(people_only=False))
    assert db.session.scalars(sa.select(Depot.name)).all() == ["北区借用点"]
    db.session.rollback()


def test_its_report_its_filter_and_its_page_of_the_help_are_there(loan: ToolLoan, at: At) -> None:
    depot, lin = loan.depot_id, at("lin")
    page = lin.open(f"/report/loans_by_depot/?depot={depot}")
    assert (page.status, "城南借用点" in page.text) == (200, True)
    assert "各点借用" in lin.open("/report/").text
    help_page = lin.open("/help/loans")
    assert (help_page.status, "借出工具" in help_page.text) == (200, True)
    assert 'href="/help/loans#lend"' in lin.open("/help/?q=应还").text


def test_its_states_acts_and_rights_have_names_and_colours(loan: ToolLoan, office: Any, at: At) -> None:
    office.lin.fires("give_back", loan)
    key = loan.id
    acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.model == "tool_loan"))
    assert set(acts) == {"create", "give_back"}
    page = at("lin").open(f"/toolloan/show/{key}").text
    assert re.search(r'<span class="tag ok">已还</span>', page)
    assert "归还" in page
    page = at("admin").open("/role/edit/3").text
    for name in ("借用单", "借用点", "归还单", "归还", "借用规则"):
        assert name in page, name
    assert LoanState["lent"] in LoanState
    assert models_by_name()["tool_loan"] is ToolLoan
