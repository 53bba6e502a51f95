"""Where one is signed in: seen, and ended one by one; of others by who keeps the list of people. ASVS 7.5.2."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import utc_now
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.record.audit import AuditEntry
from app.models.system.user import UserSession
from app.screens.web.agents import agent_icon, agent_text
from tests.support.office import Api
from tests.support.pages import Browser, Page

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "MicroMessenger/8.0.50(0x18003230) NetType/WIFI Language/zh_CN"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"


def is_in(browser: Browser) -> bool:
    return browser.open("/customer/list/").status == 200


def keys(page: Page) -> list[str]:
    """Of the sessions that can be ended on this page."""
    return [key for key in re.findall(r'name="key" value="(\d*)"', page.text) if key]


def end(browser: Browser, page: str, user_id: int, key: str = "") -> Page:
    pairs = [(name, value) for name, value in browser.open(page).form(f"/session/end/{user_id}") if name != "key"]
    return browser.send(f"/session/end/{user_id}", pairs, key=key)


@pytest.fixture
def lin_id(office: Any) -> int:
    return int(office.lin.actor.user_id)


def test_a_lost_telephone_is_signed_out_from_the_desk(at: Any, app: Flask, lin_id: int) -> None:
    telephone, desk, zhou = at("lin"), at("lin"), at("zhou")
    page = desk.open("/session/")
    assert page.text.count("本机") == 1
    assert page.rows == 2
    (lost,) = keys(page)
    done = end(desk, "/session/", lin_id, lost)
    assert (done.status, done.location) == (303, "/session/")
    assert not is_in(telephone)
    assert all(is_in(each) for each in (desk, zhou))
    assert desk.open("/session/").rows == 1
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.user_id, entry.record_id, entry.action) == (lin_id, lin_id, "sign_out")


def test_all_others_are_signed_out_at_once_and_programs_with_them(at: Any, app: Flask, lin_id: int) -> None:
    telephone, desk, program = at("lin"), at("lin"), Api(app, "lin")
    assert "程序" in desk.open("/session/").text
    assert end(desk, "/session/", lin_id).status == 303
    assert not is_in(telephone)
    assert program.get("customer/")[0] == 401
    assert is_in(desk)
    assert "退出其他设备" not in desk.open("/session/").text


def test_nobody_looks_at_or_ends_the_sessions_of_others(at: Any, office: Any, lin_id: int) -> None:
    lin, telephone, zhou = at("lin"), at("lin"), at("zhou")
    zhou_id = office.zhou.actor.user_id
    assert lin.open(f"/session/user/{zhou_id}").status == 403
    pairs = lin.open("/session/").form(f"/session/end/{lin_id}")
    assert lin.send(f"/session/end/{zhou_id}", pairs, key=None).status == 403
    db.session.rollback()
    theirs = db.session.scalars(sa.select(UserSession.id).where(UserSession.user_id == zhou_id)).all()
    for key in theirs:
        assert lin.send(f"/session/end/{lin_id}", pairs, key=str(key), form_token=None).status == 404
    assert all(is_in(each) for each in (lin, telephone, zhou))


def test_whoever_keeps_the_list_of_people_signs_a_person_out(at: Any, office: Any, lin_id: int) -> None:
    lin, admin = at("lin"), at("admin")
    assert f"/session/user/{lin_id}" in admin.open(f"/user/show/{lin_id}").text
    page = f"/session/user/{lin_id}"
    assert "本机" not in admin.open(page).text
    assert end(admin, page, lin_id).location == page
    assert not is_in(lin)
    assert is_in(admin)
    assert "没有在任何设备上登录" in admin.open(page).text
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.user_id, entry.record_id) == (office.person("admin").actor.user_id, lin_id)


def test_who_was_shut_out_signs_in_anew_when_let_in_again(at: Any, lin_id: int) -> None:
    lin, admin = at("lin"), at("admin")
    for values in ({"active": None}, {"active": "1"}):
        assert admin.fill(f"/user/edit/{lin_id}", **values).status == 303
        assert not is_in(lin)
    assert is_in(at("lin"))


def test_what_was_left_behind_is_cleared_away_at_the_next_sign_in(at: Any, lin_id: int) -> None:
    at("lin")
    session = db.session()
    old = {"began_at": utc_now() - dt.timedelta(hours=13)}
    in_unit_of_work(session, lambda: session.execute(sa.update(UserSession).values(**old)))
    lin = at("lin")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).where(UserSession.user_id == lin_id)) == 1
    assert lin.open("/session/").rows == 1


def test_nobody_makes_a_cookie_of_what_the_table_keeps(at: Any, lin_id: int) -> None:
    lin = at("lin")
    kept = db.session.scalars(sa.select(UserSession.seal).where(UserSession.user_id == lin_id)).one()
    with lin.client.session_transaction() as cookie:
        seal = cookie["seal"]
        assert len(seal) == 32
        assert seal != kept
        cookie["seal"] = kept
    assert not is_in(lin)


@pytest.mark.parametrize(
    ("agent", "told", "icon"),
    [
        (WECHAT, "微信 · iPhone", "device-mobile"),
        (EDGE, "Edge · Windows", "device-desktop"),
        (EDGE.partition(" Edg")[0], "Chrome · Windows", "device-desktop"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox · Linux", "device-desktop"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile DingTalk/7.6", "钉钉 · 安卓", "device-mobile"),
        ("", "未知浏览器", "device-desktop"),
        ("<script>", "未知浏览器", "device-desktop"),
    ],
)
def test_a_device_is_told_in_words(app: Flask, agent: str, told: str, icon: str) -> None:
    with app.test_request_context():
        assert (agent_text(agent), agent_icon(agent)) == (told, icon)


def test_a_program_is_told_by_its_own_first_word(app: Flask) -> None:
    with app.test_request_context():
        assert agent_text("python-requests/2.32 extra", is_program=True) == "程序 python-requests/2.32"
        assert agent_text("", is_program=True) == "程序"
        assert agent_icon("x", is_program=True) == "plug"
