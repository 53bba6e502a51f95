"""消息 Messages: anybody writes to anybody, and only the person written to reads them. Manual 3.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.actor import Actor
from app.core.db.base import db
from app.models.office.message import LONGEST, Message
from app.models.system.user import AppUser
from app.workflows.office.message import tell
from tests.plugins.trips import tripped
from tests.support.office import Api, Office, refused
from tests.support.pages import Browser

At = Callable[[str], Browser]


def person(login: str) -> AppUser:
    return db.session.scalars(sa.select(AppUser).where(AppUser.username == login)).one()


def told(office: Office, login: str, text: str, about: Any = None) -> Message:
    """A message that a step of 林晓's has caused."""
    message: Message = office.lin.does(lambda session, _actor: tell(session, person(login), text, about))
    return message


@pytest.mark.sql
def test_a_message_is_read_by_the_person_it_is_for(office: Office) -> None:
    """Manual 3.2: the first reading counts, and nobody reads for others."""
    message = told(office, "zhou", "请看一下库存")
    assert (message.read_at, message.created_by_id) == (None, person("lin").id)
    with tripped(Message, "is_its_reader"):
        office.lin.fires("read", message)
    office.zhou.fires("read", message)
    first = message.read_at
    office.zhou.fires("read", message)
    assert (first is not None, message.read_at) == (True, first)


def test_a_message_comes_with_the_step_that_causes_it_or_not_at_all(office: Office) -> None:
    """fault A6: who is told of something can rely on its having happened. Manual 11.5."""

    def fails(session: Any, _actor: Actor) -> None:
        tell(session, person("zhou"), "已占用")
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        office.lin.does(fails)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


def test_what_is_too_long_for_a_message_is_cut_short(office: Office) -> None:
    """Manual 3.2."""
    assert told(office, "zhou", "长" * (LONGEST + 5)).text == "长" * (LONGEST - 1) + "…"


@pytest.mark.committed
def test_programs_send_messages_about_records_they_can_open(app: Any, office: Office) -> None:
    """Manual 3.2: `to` and `text` are needed; about nothing, or about a record that the sender may see."""
    customer, hidden = office.customer("lin").id, office.customer("xu").id
    zhou = person("zhou").id
    db.session.rollback()
    lin = Api(app, "lin")
    about = {"model": "customer", "id": customer}
    status, body = lin.post("message/", {"to": zhou, "text": " 请跟进 ", "about": about})
    assert (status, body["result"]["text"], body["result"]["about"]) == (201, "请跟进", about)
    assert lin.post("message/", {"to": zhou, "text": "你好"})[0] == 201
    for given, expected in (
        ({"to": zhou}, 422), ({"text": "?"}, 422), ({"to": zhou, "text": "  "}, 422),
        ({"to": zhou, "text": "?", "about": {"model": "customer", "id": hidden}}, 404),
        ({"to": zhou, "text": "?", "about": {"model": "message", "id": 999999}}, 404),
        ({"to": zhou, "text": "?", "about": {"model": "nothing", "id": 1}}, 404),
        ({"to": zhou, "text": "?", "about": {"model": "customer", "id": "1"}}, 422),
        ({"to": zhou, "text": "?", "about": "customer/1"}, 422),
        ({"to": 999999, "text": "?"}, 404),
    ):  # fmt: skip
        assert lin.post("message/", given)[0] == expected, given
    assert lin.get("message/")[1]["count"] == 0, "who sent it does not read it"
    status, body = Api(app, "zhou").get("message/")
    assert [row["text"] for row in body["result"]] == ["你好", "请跟进"]
    key = body["ids"][0]
    for method, address, more in (("PUT", f"message/{key}", {"text": "x"}), ("DELETE", f"message/{key}", None)):
        assert Api(app, "zhou").call(method, address, more)[0] in (403, 404, 405)


def test_the_list_has_what_is_unread_and_a_page_leads_to_what_it_is_about(at: At, office: Office) -> None:
    """Manual 3.2."""
    customer = office.customer("zhou")
    first, second = told(office, "zhou", "第一条", customer), told(office, "zhou", "第二条")
    key, to = first.id, customer.id
    office.zhou.fires("read", second)
    db.session.rollback()
    browser = at("zhou")
    shown = browser.open("/message/list/?view=unread").text
    assert "第一条" in shown
    assert "第二条" not in shown
    page = browser.open(f"/message/show/{key}").text
    assert f"/customer/show/{to}" in page
    assert browser.press(f"/message/show/{key}", f"/message/action/{key}/read").status == 303
    assert f"/message/action/{key}/read" not in browser.open(f"/message/show/{key}").text
    assert at("lin").open(f"/message/show/{key}").status == 404
    with refused("not_allowed"):
        office.zhou.changes(db.session.get_one(Message, key), text="别的")
